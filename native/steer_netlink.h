/* SPDX-License-Identifier: Apache-2.0 */
/* Questions and orders to the kernel that wait for its answer: for the thread that steers, never for the
 * loop. */
#ifndef PATHWARDEN_STEER_NETLINK_H
#define PATHWARDEN_STEER_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel never makes a part of a dump larger than this. */
#define STEER_NETLINK_BYTES 32768
#define STEER_MESSAGE_MAX 2048

struct steer_netlink {
	int fd; /* -1: not open */
	uint32_t seq;
	union {
		struct nlmsghdr head;
		char bytes[STEER_NETLINK_BYTES];
	} answer;
};

/* A message being written. */
struct steer_message {
	union {
		struct nlmsghdr head;
		char bytes[STEER_MESSAGE_MAX];
	};
	bool overflow; /* an attribute did not fit: it is not sent */
};

/* protocol: NETLINK_ROUTE or NETLINK_GENERIC. 0 or -errno. */
int steer_netlink_open(struct steer_netlink *nl, int protocol);
void steer_netlink_close(struct steer_netlink *nl);

/* Each message of the answer that belongs to it, not the one that ends it. */
typedef void (*steer_message_fn)(void *data, const struct nlmsghdr *m);
/*
 * Sends it with NLM_F_ACK, or NLM_F_DUMP when it has that, and waits for the end of the answer, two seconds
 * at most for each part. 0, -EINTR: a dump was overtaken by a change, or -errno.
 */
int steer_netlink_ask(struct steer_netlink *nl, struct steer_message *m, steer_message_fn fn, void *data);

/* header: the fixed part behind the netlink header, of a multiple of four bytes. */
void steer_begin(struct steer_message *m, uint16_t type, uint16_t flags, const void *header, size_t size);
void steer_put(struct steer_message *m, uint16_t type, const void *value, size_t size);
void steer_put_u32(struct steer_message *m, uint16_t type, uint32_t value);
/* Returns what steer_close() takes. */
size_t steer_open(struct steer_message *m, uint16_t type);
void steer_close(struct steer_message *m, size_t at);

#endif
