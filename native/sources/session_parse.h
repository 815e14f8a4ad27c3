/* SPDX-License-Identifier: Apache-2.0 */
/* Text in which the kernel tells of sessions with storage targets. */
#ifndef PATHWARDEN_SESSION_PARSE_H
#define PATHWARDEN_SESSION_PARSE_H

#include "frame.h"

/* An IPv4 or IPv6 address, with or without a zone (fe80::1%eth0). False, and family 0: it is none. */
bool session_parse_address(const char *text, struct ip_address *out);

/*
 * The file `address` of an NVMe over fabrics controller (nvmf_get_address()): traddr=10.0.0.1,trsvcid=4420,
 * host_traddr=…,src_addr=…. Sets remote, remote_port and local.
 */
void session_parse_nvme_address(const char *text, struct frame_session *out);

/* A line of /proc/self/mountinfo (proc_pid_mountinfo(5)). False: no NFS mount. Changes the text. */
bool session_parse_mount(char *line, struct frame_session *out);

/*
 * The connection state (cs:) of a minor in the text of /proc/drbd, as DRBD 8.4 writes it; 9 names no device
 * there. False: it is not in it.
 */
bool session_parse_drbd(const char *text, unsigned int minor, char *state, size_t size);

/* The same of the device with that name, from the file below root. */
bool session_drbd_state(const char *root, const char *name, char *state, size_t size);

#endif
