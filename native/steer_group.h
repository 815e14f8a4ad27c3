/* SPDX-License-Identifier: Apache-2.0 */
/* Path groups as the agent names them (agent/topology/groups.ts): ecmp:10.0.0.9/32, nhg:10, bond:bond0,
 * team:team0. */
#ifndef PATHWARDEN_STEER_GROUP_H
#define PATHWARDEN_STEER_GROUP_H

#include "frame.h"

/* rtm_protocol of the routes that steering makes ('p'); free in linux/rtnetlink.h and in iproute2's
 * rt_protos. */
#define STEER_PROTOCOL 112
#define STEER_GROUPS_MAX 32

enum steer_kind { STEER_ECMP, STEER_NEXTHOP_GROUP, STEER_BOND, STEER_TEAM };

struct steer_group {
	enum steer_kind kind;
	char id[FRAME_GROUP_MAX]; /* as the agent writes it */
	struct ip_address dst;	  /* ECMP: its destination, in this table */
	uint8_t prefix_len;
	uint32_t table;
	uint32_t nhid;	     /* next hop group: its id */
	char name[IFNAMSIZ]; /* bond, team */
};

/* A group that the root-owned configuration allows to be steered. */
struct steer_allowed {
	struct steer_group group;
	bool link_down; /* by taking our own end of the leg down */
};

/* 0, or -EINVAL: no group has such a name. */
int steer_group_parse(const char *text, struct steer_group *out);
/* The group that is this route. */
void steer_group_of_route(const struct frame_route *route, struct steer_group *out);

#endif
