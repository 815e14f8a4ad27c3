/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/nexthop.h>
#include "check.h"
#include "message.h"
#include "../../native/sources/rtnl_parse_route.c"

static struct rtmsg unicast(uint8_t family, uint8_t bits)
{
	return (struct rtmsg){.rtm_family = family,
			      .rtm_dst_len = bits,
			      .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = RTPROT_STATIC,
			      .rtm_type = RTN_UNICAST};
}

static void add_hops(unsigned int count)
{
	size_t list = open_attr(RTA_MULTIPATH);

	for (unsigned int i = 0; i < count; i++) {
		struct rtnexthop head = {.rtnh_len = sizeof(head) + 8,
					 .rtnh_flags = i == 1 ? RTNH_F_DEAD | RTNH_F_LINKDOWN : 0,
					 .rtnh_hops = (uint8_t)(i % 256),
					 .rtnh_ifindex = (int)(31 + i)};

		memcpy(built.bytes + built.size, &head, sizeof(head));
		built.size += sizeof(head);
		add(RTA_GATEWAY, "\x0a\x4d\x01\x02", 4);
	}
	close_attr(list);
}

static void reads_multipath_routes(void)
{
	struct rtmsg info = unicast(AF_INET, 32);
	struct frame f;
	unsigned long cut = rtnl_parse_cut;

	begin(RTM_NEWROUTE, &info, sizeof(info));
	add(RTA_DST, "\x0a\x4d\x09\x02", 4);
	add_u32(RTA_TABLE, 1000);
	add_u32(RTA_PRIORITY, 5);
	add(RTA_PREFSRC, "\x0a\x4d\x09\x01", 4);
	add_u32(RTA_NH_ID, 10);
	add_hops(2);
	CHECK(rtnl_parse_route(message(), &f) == 0);
	CHECK(f.route.hop_count == 2 && f.route.table == 1000 && f.route.metric == 5 && f.route.nhid == 10);
	CHECK(f.route.hops[0].ifindex == 31 && f.route.hops[0].weight == 1 && !f.route.hops[0].dead);
	CHECK(f.route.hops[1].ifindex == 32 && f.route.hops[1].weight == 2);
	CHECK(f.route.hops[1].dead && f.route.hops[1].linkdown && f.route.hops[1].gateway.family == 4);
	CHECK(f.route.prefsrc.bytes[2] == 9 && f.route.prefix_len == 32);

	begin(RTM_NEWROUTE, &info, sizeof(info));
	add_hops(20);
	CHECK(rtnl_parse_route(message(), &f) == 0);
	CHECK(f.route.hop_count == FRAME_HOPS_MAX && rtnl_parse_cut == cut + 1);
}

static void reads_a_single_hop_with_a_gateway_of_another_family(void)
{
	struct rtmsg info = unicast(AF_INET, 0);
	struct frame f;
	char via[18] = {0};
	uint16_t family = AF_INET6;

	info.rtm_flags = RTNH_F_LINKDOWN;
	memcpy(via, &family, sizeof(family));
	via[2] = (char)0xfe;
	via[3] = (char)0x80;
	begin(RTM_DELROUTE, &info, sizeof(info));
	add(RTA_VIA, via, sizeof(via));
	add_u32(RTA_OIF, 4);
	CHECK(rtnl_parse_route(message(), &f) == 0);
	CHECK(f.route.gone && f.route.hop_count == 1 && f.route.hops[0].gateway.family == 6);
	CHECK(f.route.hops[0].linkdown && !f.route.hops[0].dead && f.route.hops[0].weight == 1);
	CHECK(f.route.dst.family == 4 && f.route.prefix_len == 0);
}

static void leaves_aside_routes_of_no_concern(void)
{
	struct rtmsg info = unicast(AF_INET, 32);
	struct frame f;

	info.rtm_type = RTN_LOCAL;
	begin(RTM_NEWROUTE, &info, sizeof(info));
	CHECK(rtnl_parse_route(message(), &f) == -ENOMSG);
	info = unicast(AF_INET6, 128);
	info.rtm_flags = RTM_F_CLONED;
	begin(RTM_NEWROUTE, &info, sizeof(info));
	CHECK(rtnl_parse_route(message(), &f) == -ENOMSG);
	info = unicast(AF_INET6, 8);
	begin(RTM_NEWROUTE, &info, sizeof(info));
	add_u32(RTA_TABLE, RT_TABLE_LOCAL);
	CHECK(rtnl_parse_route(message(), &f) == -ENOMSG);
	info = unicast(AF_INET, 33);
	begin(RTM_NEWROUTE, &info, sizeof(info));
	CHECK(rtnl_parse_route(message(), &f) == -EINVAL);
}

static void reads_next_hops_and_groups(void)
{
	struct nhmsg info = {.nh_family = AF_INET, .nh_flags = RTNH_F_DEAD, .nh_protocol = 3};
	struct nexthop_grp group[2] = {{.id = 1}, {.id = 2, .weight = 4}};
	struct frame f;

	begin(RTM_NEWNEXTHOP, &info, sizeof(info));
	add_u32(NHA_ID, 1);
	add_u32(NHA_OIF, 31);
	add(NHA_GATEWAY, "\x0a\x4d\x01\x02", 4);
	CHECK(rtnl_parse_nexthop(message(), &f) == 0);
	CHECK(f.nexthop.id == 1 && f.nexthop.ifindex == 31 && f.nexthop.dead && f.nexthop.member_count == 0);

	info = (struct nhmsg){0};
	begin(RTM_NEWNEXTHOP, &info, sizeof(info));
	add_u32(NHA_ID, 10);
	add(NHA_GROUP, group, sizeof(group));
	CHECK(rtnl_parse_nexthop(message(), &f) == 0);
	CHECK(f.nexthop.member_count == 2 && f.nexthop.members[1].id == 2 &&
	      f.nexthop.members[1].weight == 5);
	add(NHA_GROUP, group, sizeof(group) - 1);
	CHECK(rtnl_parse_nexthop(message(), &f) == -EINVAL);
}

int main(void)
{
	RUN(reads_multipath_routes);
	RUN(reads_a_single_hop_with_a_gateway_of_another_family);
	RUN(leaves_aside_routes_of_no_concern);
	RUN(reads_next_hops_and_groups);
	return check_done();
}
