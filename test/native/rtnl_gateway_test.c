/* SPDX-License-Identifier: Apache-2.0 */
/* Which routes with a single hop are told for their gateway, and how many at most. */
#include <linux/rtnetlink.h>
#include "check.h"
#include "message.h"
#include "encoder.h"
#include "../../native/sources/told.c"
#include "../../native/sources/pci_name.c"
#include "../../native/sources/rtnl_parse.c"
#include "../../native/sources/rtnl_parse_bond.c"
#include "../../native/sources/rtnl_parse_route.c"
#include "../../native/sources/rtnl_gateway.c"
#include "../../native/sources/rtnl_state.c"
#include "../../native/sources/sysfs.c"

enum { BOND = 20, NIC = 5 };

static uint64_t clock_us = 1;
static struct frame emitted;
static size_t emitted_count;
static unsigned int dumps_wanted;

uint64_t now_us(void)
{
	return clock_us;
}
void helper_emit(struct helper *h, const struct frame *f)
{
	(void)h;
	emitted = *f;
	emitted_count++;
}
void helper_degrade(struct helper *h, const char *source, const char *state, const char *fmt, ...)
{
	(void)h;
	(void)source;
	(void)state;
	(void)fmt;
}
bool rtnl_over_bond(const struct helper *h, uint32_t ifindex)
{
	(void)h;
	return ifindex == BOND || ifindex == BOND + 1;
}
bool rtnl_is_leg(const struct helper *h, uint32_t ifindex)
{
	(void)h;
	return ifindex != 0;
}
void nexthops_link_gone(uint32_t ifindex)
{
	(void)ifindex;
}
void rtnl_dump_want(struct helper *h, unsigned int kinds)
{
	(void)h;
	dumps_wanted |= kinds;
}
bool rtnl_dump_running(enum rtnl_table table)
{
	(void)table;
	return false;
}
bool rtnl_resyncing(void)
{
	return false;
}
void rtnl_dump_spoiled(enum rtnl_table table)
{
	(void)table;
}
void rtnl_link_event(struct helper *h, uint32_t ifindex)
{
	(void)h;
	(void)ifindex;
}
void rtnl_legs_resolve(struct frame_route *route)
{
	(void)route;
}
void rtnl_legs_mark(void)
{
}
void rtnl_legs_tell_members(struct helper *h)
{
	(void)h;
}
void rtnl_bond_ahead(struct helper *h, const struct frame_link *was, const struct frame_link *is, bool quiet)
{
	(void)h;
	(void)was;
	(void)is;
	(void)quiet;
}
void rtnl_bond_told(struct helper *h, const struct frame_link *was, const struct frame_link *is)
{
	(void)h;
	(void)was;
	(void)is;
}
void tcp_trace(struct helper *h, const char *why, uint32_t for_ms)
{
	(void)h;
	(void)why;
	(void)for_ms;
}
void carrier_links_changed(struct helper *h)
{
	(void)h;
}

static void start(void)
{
	rtnl_state_free();
	rtnl_state_init();
	rtnl_gateway_changed();
	peer_count = emitted_count = 0;
	dumps_wanted = 0;
	rtnl_state_dump_begins(RTNL_ROUTES);
}

/* 10.<second>.0.0/<length>, as a dump names it. gateway: the last byte of 10.0.0.x; 0: none. */
static void route(uint8_t second, uint8_t length, int ifindex, uint8_t gateway)
{
	const struct rtmsg info = {.rtm_family = AF_INET,
				   .rtm_dst_len = length,
				   .rtm_table = RT_TABLE_MAIN,
				   .rtm_type = RTN_UNICAST};
	const uint8_t dst[] = {10, second, 0, 0}, via[] = {10, 0, 0, gateway};

	begin(RTM_NEWROUTE, &info, sizeof(info));
	if (length)
		add(RTA_DST, dst, sizeof(dst));
	if (gateway)
		add(RTA_GATEWAY, via, sizeof(via));
	add_u32(RTA_OIF, (uint32_t)ifindex);
	CHECK(rtnl_state_message(NULL, message(), true, false));
}

static size_t told_count(void)
{
	return rtnl_told[RTNL_ROUTES].count;
}

static void next_dump(void)
{
	rtnl_state_dump_ended(NULL, RTNL_ROUTES, 4);
	rtnl_state_dump_begins(RTNL_ROUTES);
}

static void tells_one_for_each_gateway_behind_a_bond(void)
{
	start();
	route(0, 0, NIC, 1);
	route(1, 16, BOND, 0);
	CHECK(emitted_count == 0);
	route(0, 0, BOND, 1);
	CHECK(emitted_count == 1 && emitted.route.lone && emitted.route.hops[0].gateway.bytes[3] == 1);
	route(2, 16, BOND, 1);
	CHECK(emitted_count == 1);
	route(3, 16, BOND, 2);
	route(4, 16, BOND + 1, 1);
	CHECK(emitted_count == 3 && told_count() == 3);
	next_dump();
	/* The one that was told is not there any more; so by the next dump another one is. */
	route(2, 16, BOND, 1);
	route(3, 16, BOND, 2);
	route(4, 16, BOND + 1, 1);
	CHECK(emitted_count == 3);
	next_dump();
	CHECK(emitted_count == 4 && emitted.route.gone && emitted.route.prefix_len == 0 && told_count() == 2);
	route(2, 16, BOND, 1);
	CHECK(emitted_count == 5 && emitted.route.dst.bytes[1] == 2 && !emitted.route.gone);
}

static void tells_what_leads_to_a_storage_peer(void)
{
	const struct ip_address storage = {4, {10, 9, 0, 7}}, other = {6, {0xfd, [15] = 7}};

	start();
	rtnl_storage_peer(NULL, NIC, &storage);
	CHECK(dumps_wanted == 0);
	rtnl_storage_peer(NULL, BOND, &storage);
	CHECK(dumps_wanted == DUMP_BIT(DUMP_ROUTES4));
	dumps_wanted = 0;
	rtnl_storage_peer(NULL, BOND, &storage);
	CHECK(dumps_wanted == 0);
	rtnl_storage_peer(NULL, BOND, &other);
	CHECK(dumps_wanted == DUMP_BIT(DUMP_ROUTES6));
	route(0, 0, BOND, 1);
	route(8, 16, BOND, 1);
	CHECK(told_count() == 1);
	route(8, 15, BOND, 1); /* 10.8.0.0/15 has 10.9 in it */
	route(9, 16, BOND, 1);
	CHECK(told_count() == 3);
}

static void a_full_table_is_not_told(void)
{
	start();
	for (unsigned int i = 0; i < 100000; i++)
		route((uint8_t)i, 16, BOND, 1);
	CHECK(emitted_count == 1 && told_count() == 1);
	for (unsigned int device = 0; device < 2; device++)
		for (unsigned int i = 2; i < 256; i++)
			route((uint8_t)i, (uint8_t)(17 + device), (int)(BOND + device), (uint8_t)i);
	CHECK(told_count() == RTNL_LONE_MAX && emitted_count == RTNL_LONE_MAX);
}

static void a_peer_in_use_is_not_forgotten_for_another(void)
{
	start();
	for (uint8_t i = 0; i < PEERS_MAX + 1; i++)
		rtnl_storage_peer(NULL, BOND, &(struct ip_address){4, {10, 9, 0, i}});
	dumps_wanted = 0;
	rtnl_storage_peer(NULL, BOND, &(struct ip_address){4, {10, 9, 0, PEERS_MAX}});
	CHECK(dumps_wanted == 0);
	clock_us += PEER_KEPT_US + 1;
	rtnl_storage_peer(NULL, BOND, &(struct ip_address){4, {10, 9, 0, 0}});
	CHECK(dumps_wanted == 0);
	rtnl_storage_peer(NULL, BOND, &(struct ip_address){4, {10, 9, 0, PEERS_MAX}});
	CHECK(dumps_wanted != 0);
	dumps_wanted = 0;
	rtnl_storage_peer(NULL, BOND, &(struct ip_address){4, {10, 9, 0, 0}});
	CHECK(dumps_wanted == 0);
}

static void a_route_that_gets_a_second_hop_is_a_group_from_then_on(void)
{
	const struct rtmsg info = {
	    .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST};
	const struct rtnexthop hops[] = {{.rtnh_len = sizeof(hops[0]), .rtnh_ifindex = BOND},
					 {.rtnh_len = sizeof(hops[0]), .rtnh_ifindex = NIC}};

	start();
	route(0, 0, BOND, 1);
	next_dump();
	begin(RTM_NEWROUTE, &info, sizeof(info));
	add(RTA_MULTIPATH, hops, sizeof(hops));
	CHECK(rtnl_state_message(NULL, message(), true, false));
	CHECK(emitted_count == 2 && !emitted.route.lone && emitted.route.hop_count == 2);
	next_dump();
	route(0, 0, BOND, 1);
	CHECK(emitted_count == 3 && !emitted.route.lone && emitted.route.hop_count == 1);
	next_dump();
	next_dump();
	CHECK(emitted_count == 4 && emitted.route.gone && told_count() == 1);
}

int main(void)
{
	RUN(tells_one_for_each_gateway_behind_a_bond);
	RUN(tells_what_leads_to_a_storage_peer);
	RUN(a_full_table_is_not_told);
	RUN(a_peer_in_use_is_not_forgotten_for_another);
	RUN(a_route_that_gets_a_second_hop_is_a_group_from_then_on);
	start();
	rtnl_state_free();
	return check_done();
}
