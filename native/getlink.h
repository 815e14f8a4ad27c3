/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One link asked for by RTM_GETLINK, not as a part of a dump: since 6.8 the kernel looks at the carrier
 * before it answers such a question (linkwatch_sync_dev in rtnl_getlink), and tells everybody if it had
 * changed.
 */
#ifndef PATHWARDEN_GETLINK_H
#define PATHWARDEN_GETLINK_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/netlink.h>

/* Large enough for any RTM_NEWLINK of a device with few virtual functions; a longer one is cut and not
 * believed. */
#define GETLINK_ANSWER_MAX 16384

struct getlink_answer {
	uint32_t ifindex;
	bool admin_up, carrier;
	uint8_t operstate; /* IF_OPER_* */
	uint32_t carrier_up_count, carrier_down_count;
	uint64_t bytes; /* received and sent, 0 if not asked for */
};

/* A NETLINK_ROUTE socket without membership; blocking or not. Its descriptor, or -errno. */
int getlink_open(bool blocking);
/* Asks. The kernel answers within the call, and waits for the rtnl lock in it. 0 or -errno. */
int getlink_ask(int fd, uint32_t ifindex, uint32_t seq, bool with_bytes);
/* Asks for all links: a dump, which makes the kernel look at nothing. 0 or -errno. */
int getlink_dump(int fd, uint32_t seq);
/* True if the message is a link's state. */
bool getlink_parse(const struct nlmsghdr *message, struct getlink_answer *out);

#endif
