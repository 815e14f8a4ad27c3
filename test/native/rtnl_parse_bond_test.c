/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/if_link.h>
#include "check.h"
#include "message.h"
#include "../../native/sources/rtnl_parse.c"
#include "../../native/sources/rtnl_parse_bond.c"

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

int main(void)
{
	RUN(reads_bonds_and_members);
	RUN(reads_how_a_bond_is_set_up);
	RUN(reads_a_member_of_an_aggregator);
	return check_done();
}
