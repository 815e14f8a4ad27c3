/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtnetlink messages into frames. Each length is checked before it is used, whoever sent the bytes; an
 * attribute of another size than expected makes the message malformed, an unknown one is passed over.
 */
#ifndef PATHWARDEN_RTNL_PARSE_H
#define PATHWARDEN_RTNL_PARSE_H

#include <linux/netlink.h>
#include "frame.h"

/* More hops or group members than FRAME_HOPS_MAX were cut off since the start. */
extern unsigned long rtnl_parse_cut;

/* The whole messages in `bytes`, in turn. Returns how many were malformed at their head (0 or 1: nothing
 * follows). */
typedef void (*rtnl_message_fn)(void *data, const struct nlmsghdr *m);
int rtnl_each_message(const char *bytes, size_t size, rtnl_message_fn fn, void *data);

/*
 * 0; -ENOMSG: not of our concern; -EINVAL: malformed. Every byte of *f is set, unused ones to 0, so that two
 * frames can be compared as memory. t_us is left 0; gone follows the message's type.
 */
int rtnl_parse_link(const struct nlmsghdr *m, struct frame *f, uint32_t *lower);
/* The value of IFLA_LINKINFO (rtnl_parse_bond.c). False: malformed. */
struct attr;
bool rtnl_parse_linkinfo(const struct attr *info, struct frame_link *out);
int rtnl_parse_address(const struct nlmsghdr *m, struct frame *f);
/*
 * Routes that forward to somewhere: RTN_UNICAST, any table but local, no cached ones, no type of service (a
 * route for one is not distinguishable on the wire). hops is empty when the kernel names only a next hop
 * object (nhid).
 */
int rtnl_parse_route(const struct nlmsghdr *m, struct frame *f);
int rtnl_parse_nexthop(const struct nlmsghdr *m, struct frame *f);

#endif
