/* SPDX-License-Identifier: Apache-2.0 */
/* Generic netlink: finding a family, and requests of a few flat or once nested attributes. */
#ifndef PATHWARDEN_GENL_H
#define PATHWARDEN_GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>

struct genl_family {
	uint16_t id;
	uint32_t group; /* number of the multicast group that was asked for; 0: it has none of that name */
};

/*
 * Asks the kernel for the family, and waits for the answer: microseconds, no lock of a subsystem is taken.
 * group: name of a multicast group, or NULL. 0, -ENOENT: the kernel has no such family (its module is not
 * loaded), or -errno.
 */
int genl_find(const char *name, const char *group, struct genl_family *out);

/* A request being written: at most what a netlink_relay takes. */
struct genl_request {
	union {
		struct nlmsghdr head;
		char bytes[256];
	};
	bool overflow; /* an attribute did not fit: do not send it */
};

/* flags: NLM_F_DUMP or NLM_F_ACK, besides NLM_F_REQUEST. */
void genl_begin(struct genl_request *r, uint16_t family, uint8_t command, uint8_t version, uint16_t flags,
		uint32_t seq);
void genl_put(struct genl_request *r, uint16_t type, const void *value, size_t size);
void genl_put_u8(struct genl_request *r, uint16_t type, uint8_t value);
void genl_put_u32(struct genl_request *r, uint16_t type, uint32_t value);
/* Returns what genl_close() takes. */
size_t genl_open(struct genl_request *r, uint16_t type);
void genl_close(struct genl_request *r, size_t nest);

#endif
