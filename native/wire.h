/* SPDX-License-Identifier: Apache-2.0 */
/* The unix socket on which the helper serves frames: to root and to the agent's uid, at most
 * WIRE_CLIENTS_MAX. */
#ifndef PATHWARDEN_WIRE_H
#define PATHWARDEN_WIRE_H

#include "helper.h"

#define WIRE_CLIENTS_MAX 8

/*
 * Binds and listens at options.socket_path, makes its folder if need be, and leaves the socket to the agent's
 * uid, mode 0600. 0, -EADDRINUSE when a living helper answers there, or -errno; the reason is logged.
 */
int wire_start(struct helper *h);
/* Sends what has been appended since, to everybody. */
void wire_flush(void *helper);
void wire_stop(struct helper *h);

#endif
