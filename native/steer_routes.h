/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes of a group, and those that steering puts in front of them. The operator's route is never touched:
 * ours has the same destination with fewer hops and wins the lookup (IPv4: the same table, type of service
 * and metric, and first in the list, as `ip route prepend` does; IPv6: a lower metric). Deleting it is the
 * way back.
 */
#ifndef PATHWARDEN_STEER_ROUTES_H
#define PATHWARDEN_STEER_ROUTES_H

#include "steer_group.h"
#include "steer_netlink.h"
#include "steer_policy.h"

/* A group of next hop objects carries this many routes at most, else it is not steered. */
#define STEER_ROUTES_MAX 8

struct steer_route {
	struct frame_route route;
	union {
		struct nlmsghdr head;
		char bytes[STEER_MESSAGE_MAX];
	} raw; /* as the kernel tells it */
};

struct steer_routes {
	unsigned int original_count, ours_count;
	struct steer_route original[STEER_ROUTES_MAX], ours[2 * STEER_ROUTES_MAX];
	uint32_t lowest[STEER_ROUTES_MAX]; /* metric of the first route to this destination, ours or not */
	bool too_many;
};

/* What the kernel has now of this group. 0 or -errno. */
int steer_routes_read(struct steer_netlink *nl, const struct steer_group *group, struct steer_routes *out);
/* Legs, owner, existence; `proven` is left false. */
void steer_routes_facts(const struct steer_routes *routes, const struct steer_group *group,
			struct steer_facts *out);
/* Puts routes with these hops alone in front, takes those of ours that were there away. 0, or -errno: as
 * before. */
int steer_routes_leave(struct steer_netlink *nl, const struct steer_routes *routes, const uint32_t *keep,
		       size_t keep_count, struct frame_route *after);
/* Deletes all of ours. 0 or -errno. */
int steer_routes_undo(struct steer_netlink *nl, const struct steer_routes *routes);

/* Every route of ours in any table, so that one without a group that it belongs to can be found. 0 or -errno.
 */
int steer_routes_each_ours(struct steer_netlink *nl, void (*fn)(void *data, const struct frame_route *route),
			   void *data);

#endif
