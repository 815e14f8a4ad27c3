/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls that the helper still makes after start; all others are refused (seccomp). */
#ifndef PATHWARDEN_SYSCALLS_H
#define PATHWARDEN_SYSCALLS_H

/*
 * Installs the list for every thread, for ever. A call that is not on it fails with EPERM and is logged by
 * the kernel (audit): on a host, one path that is missing here must degrade, not end the monitoring of all
 * others. The sanitizer build, which the tests run, is killed instead, so that such a path is found before. 0
 * or -errno.
 */
int syscalls_restrict(void);

#endif
