/* SPDX-License-Identifier: Apache-2.0 */
/* A netlink socket with a membership: what the kernel tells by itself, and that it told more than we read. */
#ifndef PATHWARDEN_MULTICAST_H
#define PATHWARDEN_MULTICAST_H

#include <stdbool.h>
#include "sources/rtnl_parse.h"

struct multicast {
	int fd;	      /* -1: not open */
	bool overrun; /* the kernel dropped messages since multicast_take_overrun() */
};

/* Bound, not a member of anything yet. receive_buffer: bytes, as far as we may. 0 or -errno. */
int multicast_open(struct multicast *m, int protocol, int receive_buffer);
/* 0 or -errno. */
int multicast_join(struct multicast *m, unsigned int group);
void multicast_close(struct multicast *m);
/*
 * Hands on the messages that have come, so many reads at most that other callbacks get their turn. True: the
 * queue is empty now.
 */
bool multicast_read(struct multicast *m, rtnl_message_fn fn, void *data);
/*
 * True once for each overrun. To be asked when the queue is empty: the kernel tells of an overrun before it
 * hands out what it had queued, and what it dropped is newer than that; a dump that was asked for before the
 * end of the queue could be overwritten by it.
 */
bool multicast_take_overrun(struct multicast *m);

#endif
