/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include "check.h"
#include "message.h"
#include "../../native/sources/rtnl_parse.c"
#include "../../native/sources/rtnl_parse_bond.c"
#include "../../native/sources/rtnl_parse_route.c"

static void begin_link(uint16_t type, uint8_t family, int ifindex, unsigned int flags)
{
	struct ifinfomsg info = {.ifi_family = family, .ifi_index = ifindex, .ifi_flags = flags};

	begin(type, &info, sizeof(info));
}

static void reads_a_link(void)
{
	struct frame f;
	uint32_t lower;

	begin_link(RTM_NEWLINK, AF_UNSPEC, 7, IFF_UP);
	add_text(IFLA_IFNAME, "ens1f0");
	add(IFLA_ADDRESS, "\x02\x00\x00\x00\x00\x07", 6);
	add_u32(IFLA_MTU, 9000);
	add_u8(IFLA_CARRIER, 1);
	add_u8(IFLA_OPERSTATE, 6);
	add_u32(IFLA_CARRIER_UP_COUNT, 3);
	add_u32(IFLA_CARRIER_DOWN_COUNT, 2);
	add_text(IFLA_PARENT_DEV_NAME, "0000:3b:00.0");
	add_text(IFLA_PARENT_DEV_BUS_NAME, "pci");
	CHECK(rtnl_parse_link(message(), &f, &lower) == 0);
	CHECK(f.link.ifindex == 7 && f.link.iflink == 7 && lower == 0);
	CHECK(f.link.admin_up && f.link.carrier && f.link.operstate == 6 && f.link.mtu == 9000);
	CHECK(f.link.carrier_up_count == 3 && f.link.carrier_down_count == 2);
	CHECK_TEXT(f.link.ifname, "ens1f0");
	CHECK_TEXT(f.link.parent_dev, "0000:3b:00.0");
	CHECK(f.link.has_mac && f.link.mac[5] == 7 && !f.link.gone);
}

static void reads_bonds_and_members(void)
{
	struct frame f;
	uint32_t lower;
	size_t info, data;

	begin_link(RTM_NEWLINK, AF_UNSPEC, 9, IFF_UP | IFF_LOWER_UP);
	add_text(IFLA_IFNAME, "bond0");
	info = open_attr(IFLA_LINKINFO | NLA_F_NESTED);
	/* The data before the kind: the order is the sender's choice. */
	data = open_attr(IFLA_INFO_DATA | NLA_F_NESTED);
	add_u8(IFLA_BOND_MODE, 1);
	add_u32(IFLA_BOND_ACTIVE_SLAVE, 7);
	add_u32(IFLA_BOND_MIIMON, 100);
	close_attr(data);
	add_text(IFLA_INFO_KIND, "bond");
	close_attr(info);
	CHECK(rtnl_parse_link(message(), &f, &lower) == 0);
	CHECK(f.link.bond.present && f.link.bond.mode == 1 && f.link.bond.active_ifindex == 7);
	CHECK(f.link.bond.miimon_ms == 100 && !f.link.bond_member.present && f.link.carrier);

	begin_link(RTM_NEWLINK, AF_UNSPEC, 7, IFF_UP);
	add_text(IFLA_IFNAME, "ens1f0");
	add_u32(IFLA_MASTER, 9);
	info = open_attr(IFLA_LINKINFO);
	add_text(IFLA_INFO_SLAVE_KIND, "bond");
	data = open_attr(IFLA_INFO_SLAVE_DATA);
	add_u8(IFLA_BOND_SLAVE_STATE, 1);
	add_u8(IFLA_BOND_SLAVE_MII_STATUS, 2);
	add_u32(IFLA_BOND_SLAVE_LINK_FAILURE_COUNT, 4);
	close_attr(data);
	close_attr(info);
	CHECK(rtnl_parse_link(message(), &f, &lower) == 0);
	CHECK(f.link.master_ifindex == 9 && f.link.bond_member.present && !f.link.bond.present);
	CHECK(f.link.bond_member.state == 1 && f.link.bond_member.mii_status == 2);
	CHECK(f.link.bond_member.link_failure_count == 4);
}

static void reads_how_a_bond_is_set_up(void)
{
	struct frame f;
	uint32_t lower;
	size_t info, data, aggregator;

	begin_link(RTM_NEWLINK, AF_UNSPEC, 9, IFF_UP);
	add_text(IFLA_IFNAME, "bond0");
	info = open_attr(IFLA_LINKINFO);
	add_text(IFLA_INFO_KIND, "bond");
	data = open_attr(IFLA_INFO_DATA);
	add_u8(IFLA_BOND_MODE, 4);
	add_u32(IFLA_BOND_UPDELAY, 200);
	add_u32(IFLA_BOND_DOWNDELAY, 300);
	add_u32(IFLA_BOND_ARP_INTERVAL, 250);
	add_u8(IFLA_BOND_MISSED_MAX, 3);
	add_u8(IFLA_BOND_NUM_PEER_NOTIF, 5);
	add_u32(IFLA_BOND_PEER_NOTIF_DELAY, 1000);
	add_u8(IFLA_BOND_AD_LACP_RATE, 1);
	aggregator = open_attr(IFLA_BOND_AD_INFO);
	add_u16(IFLA_BOND_AD_INFO_AGGREGATOR, 2);
	add_u16(IFLA_BOND_AD_INFO_NUM_PORTS, 1);
	add_u16(IFLA_BOND_AD_INFO_ACTOR_KEY, 15);
	add_u16(IFLA_BOND_AD_INFO_PARTNER_KEY, 17);
	add(IFLA_BOND_AD_INFO_PARTNER_MAC, "\x02\x00\x00\x00\x00\x09", 6);
	close_attr(aggregator);
	close_attr(data);
	close_attr(info);
	CHECK(rtnl_parse_link(message(), &f, &lower) == 0);
	CHECK(f.link.bond.updelay_ms == 200 && f.link.bond.downdelay_ms == 300);
	CHECK(f.link.bond.arp_interval_ms == 250 && f.link.bond.arp_missed_max == 3);
	CHECK(f.link.bond.peer_notify_count == 5 && f.link.bond.peer_notify_delay_ms == 1000);
	CHECK(f.link.bond.lacp.present && f.link.bond.lacp.rate_fast);
	CHECK(f.link.bond.lacp.aggregator_id == 2 && f.link.bond.lacp.port_count == 1);
	CHECK(f.link.bond.lacp.actor_key == 15 && f.link.bond.lacp.partner_key == 17);
	CHECK(f.link.bond.lacp.partner_mac[5] == 9);

	/* No aggregator, so nothing of LACP; and a kernel that does not tell how many ARPs may be missed. */
	begin_link(RTM_NEWLINK, AF_UNSPEC, 9, IFF_UP);
	add_text(IFLA_IFNAME, "bond0");
	info = open_attr(IFLA_LINKINFO);
	add_text(IFLA_INFO_KIND, "bond");
	data = open_attr(IFLA_INFO_DATA);
	add_u8(IFLA_BOND_AD_LACP_RATE, 1);
	close_attr(data);
	close_attr(info);
	CHECK(rtnl_parse_link(message(), &f, &lower) == 0);
	CHECK(!f.link.bond.lacp.present && !f.link.bond.lacp.rate_fast && f.link.bond.arp_missed_max == 2);

	/* The nest is as bounded as any. */
	begin_link(RTM_NEWLINK, AF_UNSPEC, 9, IFF_UP);
	add_text(IFLA_IFNAME, "bond0");
	info = open_attr(IFLA_LINKINFO);
	add_text(IFLA_INFO_KIND, "bond");
	data = open_attr(IFLA_INFO_DATA);
	aggregator = open_attr(IFLA_BOND_AD_INFO);
	add(IFLA_BOND_AD_INFO_PARTNER_MAC, "\x02\x00\x00\x00", 4);
	close_attr(aggregator);
	close_attr(data);
	close_attr(info);
	CHECK(rtnl_parse_link(message(), &f, &lower) == -EINVAL);
}

static void reads_a_member_of_an_aggregator(void)
{
	struct frame f;
	uint32_t lower;
	size_t info, data;

	begin_link(RTM_NEWLINK, AF_UNSPEC, 7, IFF_UP);
	add_text(IFLA_IFNAME, "ens1f0");
	info = open_attr(IFLA_LINKINFO);
	add_text(IFLA_INFO_SLAVE_KIND, "bond");
	data = open_attr(IFLA_INFO_SLAVE_DATA);
	add(IFLA_BOND_SLAVE_PERM_HWADDR, "\x02\x00\x00\x00\x00\x07", 6);
	add_u16(IFLA_BOND_SLAVE_AD_AGGREGATOR_ID, 2);
	add_u8(IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE, 63);
	add_u16(IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE, 199);
	close_attr(data);
	close_attr(info);
	CHECK(rtnl_parse_link(message(), &f, &lower) == 0);
	CHECK(f.link.bond_member.has_perm_mac && f.link.bond_member.perm_mac[5] == 7);
	CHECK(f.link.bond_member.lacp.present && f.link.bond_member.lacp.aggregator_id == 2);
	CHECK(f.link.bond_member.lacp.actor_state == 63 && f.link.bond_member.lacp.partner_state == 199);
}

static void knows_a_link_that_moved_from_one_that_is_removed(void)
{
	struct frame f;
	uint32_t lower;

	begin_link(RTM_DELLINK, AF_UNSPEC, 7, 0);
	add_text(IFLA_IFNAME, "ens1f0");
	CHECK(rtnl_parse_link(message(), &f, &lower) == 0 && f.link.gone && !f.link.moved);
	add_u32(IFLA_NEW_NETNSID, 0);
	CHECK(rtnl_parse_link(message(), &f, &lower) == 0 && f.link.gone && f.link.moved);
	/* The kernel writes them into this message only; elsewhere they mean nothing. */
	begin_link(RTM_NEWLINK, AF_UNSPEC, 7, 0);
	add_text(IFLA_IFNAME, "ens1f0");
	add_u32(IFLA_NEW_IFINDEX, 8);
	CHECK(rtnl_parse_link(message(), &f, &lower) == 0 && !f.link.moved);
}

static void knows_what_carries_a_stacked_link(void)
{
	struct frame f;
	uint32_t lower;
	size_t info;

	for (int other_namespace = 0; other_namespace < 2; other_namespace++) {
		begin_link(RTM_NEWLINK, AF_UNSPEC, 20, IFF_UP);
		add_text(IFLA_IFNAME, "ens1f0.7");
		add_u32(IFLA_LINK, 7);
		if (other_namespace)
			add_u32(IFLA_LINK_NETNSID, 0);
		info = open_attr(IFLA_LINKINFO);
		add_text(IFLA_INFO_KIND, "vlan");
		close_attr(info);
		CHECK(rtnl_parse_link(message(), &f, &lower) == 0);
		CHECK(f.link.iflink == 7 && lower == (other_namespace ? 0 : 7));
	}
}

static void reads_the_tag_of_a_vlan(void)
{
	static const struct {
		uint16_t id, ethertype, expected;
	} cases[] = {{7, 0x8100, 7}, {4094, 0x8100, 4094}, {4095, 0x8100, 0}, {0, 0x8100, 0}, {7, 0x88a8, 0}};
	struct frame f;
	uint32_t lower;
	size_t info, data;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint8_t protocol[] = {(uint8_t)(cases[i].ethertype >> 8), (uint8_t)cases[i].ethertype};

		begin_link(RTM_NEWLINK, AF_UNSPEC, 20, IFF_UP);
		add_text(IFLA_IFNAME, "bond0.7");
		info = open_attr(IFLA_LINKINFO);
		add_text(IFLA_INFO_KIND, "vlan");
		data = open_attr(IFLA_INFO_DATA);
		add_u16(IFLA_VLAN_ID, cases[i].id);
		add(IFLA_VLAN_PROTOCOL, protocol, sizeof(protocol));
		close_attr(data);
		close_attr(info);
		CHECK(rtnl_parse_link(message(), &f, &lower) == 0 && f.link.vlan == cases[i].expected);
	}
}

static void leaves_aside_what_bridges_say(void)
{
	struct frame f;
	uint32_t lower;

	begin_link(RTM_DELLINK, AF_BRIDGE, 7, IFF_UP);
	add_text(IFLA_IFNAME, "ens1f0");
	CHECK(rtnl_parse_link(message(), &f, &lower) == -ENOMSG);
}

static void refuses_malformed_links(void)
{
	struct frame f;
	uint32_t lower;
	uint16_t beyond = 200;
	size_t at;

	begin_link(RTM_NEWLINK, AF_UNSPEC, 7, 0);
	CHECK(rtnl_parse_link(message(), &f, &lower) == -EINVAL); /* no name */
	add_text(IFLA_IFNAME, "a");
	add(IFLA_MTU, "\1\2", 2);
	CHECK(rtnl_parse_link(message(), &f, &lower) == -EINVAL);
	begin_link(RTM_NEWLINK, AF_UNSPEC, 7, 0);
	at = built.size;
	add_text(IFLA_IFNAME, "a");
	memcpy(built.bytes + at, &beyond, sizeof(beyond));
	CHECK(rtnl_parse_link(message(), &f, &lower) == -EINVAL);
	begin_link(RTM_NEWLINK, AF_UNSPEC, 0, 0);
	add_text(IFLA_IFNAME, "a");
	CHECK(rtnl_parse_link(message(), &f, &lower) == -EINVAL);
	built.size = NLMSG_HDRLEN + 4;
	CHECK(rtnl_parse_link(message(), &f, &lower) == -EINVAL);
	/* Every way to cut a good message short: refused or understood in part, never read beyond. */
	reads_a_link();
	for (size_t size = NLMSG_HDRLEN; size < 150; size++) {
		built.size = size;
		rtnl_parse_link(message(), &f, &lower);
	}
}

static void takes_the_near_end_of_a_point_to_point_address(void)
{
	struct ifaddrmsg info = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = 3};
	struct frame f;

	begin(RTM_NEWADDR, &info, sizeof(info));
	add(IFA_LOCAL, "\x0a\x00\x00\x01", 4);
	add(IFA_ADDRESS, "\x0a\x00\x00\x02", 4);
	CHECK(rtnl_parse_address(message(), &f) == 0);
	CHECK(f.address.address.family == 4 && f.address.address.bytes[3] == 1 && !f.address.gone);
	info.ifa_prefixlen = 33;
	begin(RTM_DELADDR, &info, sizeof(info));
	add(IFA_LOCAL, "\x0a\x00\x00\x01", 4);
	CHECK(rtnl_parse_address(message(), &f) == -EINVAL);
}

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

static unsigned int counted;

static void count(void *data, const struct nlmsghdr *m)
{
	(void)data;
	(void)m;
	counted++;
}

static void walks_whole_messages_only(void)
{
	struct {
		struct nlmsghdr head[2];
	} two = {{{.nlmsg_len = sizeof(struct nlmsghdr)}, {.nlmsg_len = sizeof(struct nlmsghdr)}}};

	CHECK(rtnl_each_message((char *)&two, sizeof(two), count, NULL) == 0 && counted == 2);
	two.head[1].nlmsg_len = 17;
	CHECK(rtnl_each_message((char *)&two, sizeof(two), count, NULL) == 1 && counted == 3);
	two.head[0].nlmsg_len = 3;
	CHECK(rtnl_each_message((char *)&two, sizeof(two), count, NULL) == 1 && counted == 3);
}

int main(void)
{
	RUN(reads_a_link);
	RUN(reads_bonds_and_members);
	RUN(reads_how_a_bond_is_set_up);
	RUN(reads_a_member_of_an_aggregator);
	RUN(knows_a_link_that_moved_from_one_that_is_removed);
	RUN(knows_what_carries_a_stacked_link);
	RUN(reads_the_tag_of_a_vlan);
	RUN(leaves_aside_what_bridges_say);
	RUN(refuses_malformed_links);
	RUN(takes_the_near_end_of_a_point_to_point_address);
	RUN(reads_multipath_routes);
	RUN(reads_a_single_hop_with_a_gateway_of_another_family);
	RUN(leaves_aside_routes_of_no_concern);
	RUN(reads_next_hops_and_groups);
	RUN(walks_whole_messages_only);
	return check_done();
}
