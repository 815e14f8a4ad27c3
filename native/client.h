/* SPDX-License-Identifier: Apache-2.0 */
/* One connection of the helper's socket: requests in, frames out at the pace that it reads them. */
#ifndef PATHWARDEN_CLIENT_H
#define PATHWARDEN_CLIENT_H

#include <sys/types.h>
#include "framing.h"
#include "helper.h"

#define CLIENT_OUT_BYTES (4 * FRAME_ENCODED_MAX)
/* Requests that are well-formed JSON and yet wrong: this many in a row of its life, and it is closed. */
#define CLIENT_BAD_MAX 3

struct client {
	struct helper *helper;
	int fd; /* -1: free */
	uid_t uid;
	pid_t pid;
	bool attached, half_closed, blocked;
	unsigned int bad;
	uint64_t since_us;
	struct ring_cursor cursor;
	struct framing in;
	size_t out_from, out_to; /* what of out is still to be sent */
	char *out;
};

/* Takes over fd, non-blocking. 0 or -errno; on an error fd is closed. */
int client_open(struct client *c, struct helper *h, int fd, uid_t uid, pid_t pid);
/* Sends what the ring has for it, until it is empty or the socket is full. */
void client_flush(struct client *c);
void client_close(struct client *c, const char *why);

#endif
