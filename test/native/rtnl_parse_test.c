/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/if_link.h>
#include "check.h"
#include "message.h"
#include "../../native/sources/rtnl_parse.c"
#include "../../native/sources/rtnl_parse_bond.c"

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
	RUN(knows_a_link_that_moved_from_one_that_is_removed);
	RUN(knows_what_carries_a_stacked_link);
	RUN(reads_the_tag_of_a_vlan);
	RUN(leaves_aside_what_bridges_say);
	RUN(refuses_malformed_links);
	RUN(takes_the_near_end_of_a_point_to_point_address);
	RUN(walks_whole_messages_only);
	return check_done();
}
