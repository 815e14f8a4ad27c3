/* SPDX-License-Identifier: Apache-2.0 */
/* Routes and next hops. */
#ifndef PATHWARDEN_FRAME_ROUTE_H
#define PATHWARDEN_FRAME_ROUTE_H

#include <stdbool.h>
#include <stdint.h>
#include "frame_base.h"

#define FRAME_HOPS_MAX 16

struct frame_hop {
	uint32_t ifindex;
	struct ip_address gateway;
	uint16_t weight; /* 1..256 */
	bool dead, linkdown;
};

struct frame_route {
	struct ip_address dst; /* family is always set; all zero with prefix 0 = default route */
	uint8_t prefix_len, protocol;
	uint32_t table, metric, nhid; /* nhid 0: none */
	struct ip_address prefsrc;
	uint8_t hop_count;
	bool gone;
	bool lone; /* it never had a second hop, and is told for its gateway: rtnl_gateway.c */
	struct frame_hop hops[FRAME_HOPS_MAX]; /* last: only hop_count of them are stored */
};

struct frame_nexthop {
	uint32_t id, ifindex;
	struct ip_address gateway;
	uint8_t protocol;
	bool dead, linkdown, gone;
	uint8_t member_count; /* > 0: a group */
	struct {
		uint32_t id;
		uint16_t weight;
	} members[FRAME_HOPS_MAX];
};

#endif
