/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of links, addresses, routes, next hops, what probes them and what steers by them; and of the helper
 * itself. */
#ifndef PATHWARDEN_FRAME_SAMPLES_NET_H
#define PATHWARDEN_FRAME_SAMPLES_NET_H

#include <string.h>
#include "frame.h"

static struct ip_address v4(uint8_t last)
{
	return (struct ip_address){.family = 4, .bytes = {10, 77, 9, last}};
}

static struct ip_address v6(void)
{
	return (struct ip_address){.family = 6, .bytes = {0xfe, 0x80, [15] = 1}};
}

static struct frame full_link(void)
{
	struct frame f = {.type = FRAME_LINK, .t_us = 2000};

	f.link = (struct frame_link){
	    .ifindex = 7,
	    .iflink = 7,
	    .vlan = 4094,
	    .master_ifindex = 9,
	    .mtu = 9000,
	    .ifname = "\f\"\\\xff\x01lanlan",
	    .kind = "bond",
	    .member_kind = "bond",
	    .parent_dev = "0000:3b:00.0",
	    .parent_bus = "pci",
	    .pci = "0000:3b:00.0",
	    .mac = {2, 0, 0, 0, 0, 7},
	    .has_mac = true,
	    .admin_up = true,
	    .carrier = true,
	    .operstate = 6,
	    .carrier_up_count = 3,
	    .carrier_down_count = UINT32_MAX,
	    .bond = {.present = true,
		     .mode = 4,
		     .active_ifindex = 7,
		     .miimon_ms = 100,
		     .arp_interval_ms = UINT32_MAX,
		     .peer_notify_count = 255,
		     .lacp = {.present = true,
			      .rate_fast = true,
			      .aggregator_id = UINT16_MAX,
			      .partner_mac = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}},
	    .bond_member = {.present = true,
			    .state = 1,
			    .mii_status = 2,
			    .has_perm_mac = true,
			    .lacp = {.present = true, .actor_state = 255, .partner_state = 255}}};
	return f;
}

static struct frame full_route(void)
{
	struct frame f = {.type = FRAME_ROUTE, .t_us = 2000};

	f.route = (struct frame_route){.dst = v6(),
				       .prefix_len = 128,
				       .table = UINT32_MAX,
				       .metric = UINT32_MAX,
				       .protocol = 255,
				       .nhid = UINT32_MAX,
				       .prefsrc = v6(),
				       .hop_count = FRAME_HOPS_MAX,
				       .lone = true};
	for (size_t i = 0; i < FRAME_HOPS_MAX; i++) {
		f.route.hops[i] =
		    (struct frame_hop){.ifindex = INT32_MAX, .gateway = v6(), .weight = 256, .dead = true};
		memset(f.route.hops[i].gateway.bytes, 0xff, 16);
	}
	return f;
}

static struct frame full_nexthop(void)
{
	struct frame f = {.type = FRAME_NEXTHOP, .t_us = 2000};

	f.nexthop = (struct frame_nexthop){.id = 10, .protocol = 3, .member_count = FRAME_HOPS_MAX};
	for (size_t i = 0; i < FRAME_HOPS_MAX; i++) {
		f.nexthop.members[i].id = (uint32_t)i + 1;
		f.nexthop.members[i].weight = UINT16_MAX;
	}
	return f;
}

static struct frame full_steering(void)
{
	struct frame f = {.type = FRAME_STEERING, .t_us = 2000};

	f.steering = (struct frame_steering){.group = "ecmp:10.77.9.2/32@4294967295",
					     .outcome = STEERING_REFUSED,
					     .how = STEER_LINK_DOWN,
					     .from_ifindex = INT32_MAX,
					     .to_ifindex = INT32_MAX,
					     .asked_us = 1};
	memset(f.steering.before, '\f', sizeof(f.steering.before) - 1);
	memset(f.steering.after, '"', sizeof(f.steering.after) - 1);
	memset(f.steering.reason, 0xff, sizeof(f.steering.reason) - 1);
	return f;
}

static struct frame *net_samples(struct frame *f)
{
	*f++ = (struct frame){.type = FRAME_HEARTBEAT, .t_us = 2000, .heartbeat = {-5, 1, 2, 3, 4, 5}};
	*f++ = (struct frame){.type = FRAME_SNAPSHOT, .snapshot = {.source = "rtnl"}};
	*f++ = (struct frame){.type = FRAME_SNAPSHOT,
			      .snapshot = {.source = "rtnl", .end = true, .complete = true}};
	*f++ = (struct frame){.type = FRAME_LOST,
			      .lost = {.source = "tcp", .count = 3, .reason = "ring \"full\""}};
	*f++ = full_link();
	*f++ = (struct frame){.type = FRAME_LINK, .link = {.ifindex = 1, .ifname = "lo", .gone = true}};
	*f++ =
	    (struct frame){.type = FRAME_CARRIER, .carrier = {.ifindex = 1, .carrier = true, .via = "timer"}};
	*f++ = (struct frame){.type = FRAME_ADDRESS,
			      .address = {.ifindex = 1, .address = v4(1), .prefix_len = 32}};
	*f++ = (struct frame){.type = FRAME_ADDRESS,
			      .address = {.ifindex = 1, .address = v6(), .prefix_len = 64}};
	*f++ = full_route();
	*f++ = (struct frame){.type = FRAME_ROUTE, .route = {.dst = {.family = 4}, .gone = true}};
	*f++ = (struct frame){.type = FRAME_ROUTE, .route = {.dst = {.family = 6}}};
	*f++ = full_nexthop();
	*f++ = (struct frame){.type = FRAME_NEXTHOP, .nexthop = {.id = 1, .ifindex = 31, .gateway = v4(2)}};
	*f++ = (struct frame){.type = FRAME_NUDGE, .nudge = {.ifindex = 1, .how = NUDGE_ASK, .error = 1}};
	*f++ = (struct frame){.type = FRAME_NUDGE,
			      .nudge = {.ifindex = 1, .how = NUDGE_OPERSTATE, .honoured = true}};
	*f++ = (struct frame){.type = FRAME_LEG_PROBE,
			      .leg_probe = {.ifindex = 31, .target = v4(2), .since_us = 1}};
	*f++ = full_steering();
	*f++ = (struct frame){.type = FRAME_STEERING,
			      .steering = {.outcome = STEERING_STANDS, .from_ifindex = 3}};
	*f++ = (struct frame){.type = FRAME_BFD,
			      .bfd = {.ifindex = INT32_MAX,
				      .local = v6(),
				      .remote = v6(),
				      .micro = true,
				      .state = BFD_UP,
				      .remote_state = BFD_INIT,
				      .diagnostic = 31,
				      .remote_diagnostic = 31,
				      .since_us = 1,
				      .tx_us = UINT32_MAX,
				      .detect_us = UINT64_C(255) * UINT32_MAX}};
	*f++ = (struct frame){
	    .type = FRAME_BFD,
	    .bfd = {.ifindex = 3, .local = v4(1), .remote = v4(2), .remote_state = BFD_DOWN, .gone = true}};
	return f;
}

#endif
