/* SPDX-License-Identifier: Apache-2.0 */
/* One connection of a socket that serves: requests in, frames out. Its owner obeys, and says what is told. */
#ifndef PATHWARDEN_CONNECTION_H
#define PATHWARDEN_CONNECTION_H

#include <sys/types.h>
#include "framing.h"
#include "source.h"

/* Requests that are well-formed JSON and yet wrong: this many in its life, and it is closed. */
#define CONNECTION_BAD_MAX 3

struct connection {
	int fd; /* -1: free */
	pid_t pid;
	uint64_t since_us;
	bool half_closed, blocked;
	unsigned int bad;
	struct framing in;
	char *out; /* from..to is still to be sent */
	size_t from, to, size;
	struct loop *loop;
	const struct frame_identity *who;
	void *owner;
	/* One has come. 0; else it was refused, and -EBADMSG (no JSON at all) is its end. */
	int (*request)(void *owner, const char *message, size_t size);
	/* Before each sending: may put more into out. */
	void (*fill)(void *owner);
};

static inline size_t connection_waits(const struct connection *c)
{
	return c->to - c->from;
}

/*
 * Takes over fd, not blocking, and begins to read requests. The owner has set fd, pid, size (what out has at
 * first) and all from loop on, the rest to zero. 0 or -errno; on an error fd is closed.
 */
int connection_open(struct connection *c);
/* Why: for the log; NULL: it went by itself. */
void connection_close(struct connection *c, const char *why);
/* Sends what there is, until there is no more or the socket is full. */
void connection_flush(struct connection *c);
/* Where so many more bytes have room: at the end of out, which grows. NULL: no memory. */
char *connection_room(struct connection *c, size_t size);
/* So many are there now; none if it is negative. */
void connection_put(struct connection *c, int length);
/* Logs and counts it. Length of the message in at (FRAME_ENCODED_MAX bytes; NULL: no room, 0), or -ENOSPC. */
int connection_refuse(struct connection *c, const char *request, const char *reason, char *at);

#endif
