/* SPDX-License-Identifier: Apache-2.0 */
/* What the process gives up once everything is loaded, attached and allocated. */
#ifndef PATHWARDEN_PRIVILEGE_H
#define PATHWARDEN_PRIVILEGE_H

#include "source.h"

/*
 * In this order: SCHED_FIFO and locked memory (best effort, a refusal is logged), the uid and gid of the
 * options, no capability but keep_caps (bits 1ULL << CAP_x), no_new_privs, the seccomp list. Started without
 * root, it keeps the uid that it has. 0, or -errno when something could not be given up (logged): then do not
 * go on.
 */
int privilege_drop(const struct helper_options *o, uint64_t keep_caps);

/*
 * Of these only: uid and gid, capabilities, no_new_privs, for a process beside the loop's. 0, or -errno
 * (logged).
 */
int privilege_reduce(const struct helper_options *o, uint64_t keep_caps);

#endif
