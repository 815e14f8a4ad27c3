/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object of the kernel's network state, as its dump message: how two of them are compared, and what to
 * send so that the kernel makes it again. Shared by the guard and by what restores next hop objects.
 */
#ifndef PATHWARDEN_RECORD_H
#define PATHWARDEN_RECORD_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_purpose {
	RECORD_COMPARE, /* equal bytes = equal objects */
	RECORD_REPLAY,	/* what to send so that the kernel makes it again */
};
/* A message that this program can keep: type, lengths, attribute chains and the size of each known attribute.
 */
bool record_valid(const struct nlmsghdr *msg);
/*
 * Writes the message without what is volatile (see record.c) into out; elapsed_s is taken from
 * lifetimes for a replay. Returns its size, 0 if it does not fit into size bytes: nlmsg_len + 32 always does.
 */
size_t record_normalise(const struct nlmsghdr *msg, enum record_purpose purpose, uint32_t elapsed_s,
			void *out, size_t size);
/* Same name (destination, table and metric of a route; address and link; id …), whatever else it says. */
bool record_same_name(const struct nlmsghdr *a, const struct nlmsghdr *b);
/* "route 10.1.0.0/24 via 10.77.1.2 dev c-a table 254 metric 0 proto 3" */
void record_text(const struct nlmsghdr *msg, char *buf, size_t size);
/* Made by the kernel itself as a consequence of addresses and link state. */
bool record_kernel_made(const struct nlmsghdr *msg);
/* A route of a routing daemon or a router advertisement: whoever put it there puts it back. */
bool record_owned(const struct nlmsghdr *msg);
bool record_attr_u32(const struct nlmsghdr *msg, uint16_t type, uint32_t *value);
const void *record_attr(const struct nlmsghdr *msg, uint16_t type, size_t *size); /* NULL: not there */
/* Calls fn for each device index that the route or next hop names; true as soon as fn says so. */
bool record_any_link(const struct nlmsghdr *msg, bool (*fn)(uint32_t ifindex, void *data), void *data);
bool record_is_tentative(const struct nlmsghdr *msg);

/* --- record_group.c --- */
struct nexthop_grp;
/* The members of a group of next hop objects, within msg; 0: it is none. */
size_t record_members(const struct nlmsghdr *msg, const struct nexthop_grp **out);
/* As record_normalise() for a replay, with those members alone that are to be kept. 0: none, or no room. */
size_t record_group_of(const struct nlmsghdr *group, bool (*keep)(uint32_t id, void *data), void *data,
		       void *out, size_t size);
/* `rest` is the group `whole` with all of its members or some, in their order, and nothing else differs. */
bool record_is_rest(const struct nlmsghdr *whole, const struct nlmsghdr *rest);
/* Equal objects: of one type, up to 2 KiB. */
bool record_same(const struct nlmsghdr *a, const struct nlmsghdr *b);
/* A next hop object of a routing daemon, by its protocol: whoever put it there puts it back. */
bool record_of_daemon(const struct nlmsghdr *nexthop);

#endif
