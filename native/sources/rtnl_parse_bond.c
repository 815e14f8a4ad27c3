/* SPDX-License-Identifier: Apache-2.0 */
/* IFLA_LINKINFO: of which kind a link and its membership are, a VLAN's tag, and all of bonds
 * (drivers/net/bonding). */
#include <arpa/inet.h>
#include <linux/if_link.h>
#include <net/ethernet.h>
#include "rtnl_attr.h"
#include "rtnl_parse.h"

/* The last of them, 4095, is reserved, and 0 is no VLAN (IEEE 802.1Q, 9.6). */
#define VLAN_MAX 4094

/* Before 5.17 the kernel does not tell; it was fixed at this. */
#define MISSED_MAX_DEFAULT 2

static bool get_u8(const struct attr *a, uint32_t *out)
{
	uint8_t value = 0;
	bool ok = attr_u8(a, &value);

	*out = value;
	return ok;
}

static bool get_mac(const struct attr *a, uint8_t out[6])
{
	if (a->size != 6)
		return false;
	memcpy(out, a->value, 6);
	return true;
}

/* Told of the aggregator in use; there may be none. */
static bool get_aggregator(struct attr_walk walk, struct frame_bond *out)
{
	bool ok = true;

	out->lacp.present = true;
	ATTR_EACH(a, &walk)
	{
		switch (a.type) {
		case IFLA_BOND_AD_INFO_AGGREGATOR:
			ok &= attr_u16(&a, &out->lacp.aggregator_id);
			break;
		case IFLA_BOND_AD_INFO_NUM_PORTS:
			ok &= attr_u16(&a, &out->lacp.port_count);
			break;
		case IFLA_BOND_AD_INFO_ACTOR_KEY:
			ok &= attr_u16(&a, &out->lacp.actor_key);
			break;
		case IFLA_BOND_AD_INFO_PARTNER_KEY:
			ok &= attr_u16(&a, &out->lacp.partner_key);
			break;
		case IFLA_BOND_AD_INFO_PARTNER_MAC:
			ok &= get_mac(&a, out->lacp.partner_mac);
			break;
		}
	}
	return ok && !walk.malformed;
}

static bool get_bond_attr(const struct attr *a, struct frame_bond *out, uint8_t *rate)
{
	switch (a->type) {
	case IFLA_BOND_MODE:
		return attr_u8(a, &out->mode);
	case IFLA_BOND_ACTIVE_SLAVE:
		return attr_u32(a, &out->active_ifindex);
	case IFLA_BOND_MIIMON:
		return attr_u32(a, &out->miimon_ms);
	case IFLA_BOND_UPDELAY:
		return attr_u32(a, &out->updelay_ms);
	case IFLA_BOND_DOWNDELAY:
		return attr_u32(a, &out->downdelay_ms);
	case IFLA_BOND_ARP_INTERVAL:
		return attr_u32(a, &out->arp_interval_ms);
	case IFLA_BOND_MISSED_MAX:
		return get_u8(a, &out->arp_missed_max);
	case IFLA_BOND_NUM_PEER_NOTIF:
		return get_u8(a, &out->peer_notify_count);
	case IFLA_BOND_PEER_NOTIF_DELAY:
		return attr_u32(a, &out->peer_notify_delay_ms);
	case IFLA_BOND_AD_LACP_RATE:
		return attr_u8(a, rate);
	case IFLA_BOND_AD_INFO:
		return get_aggregator(attr_walk(a->value, a->size), out);
	}
	return true;
}

static bool get_bond(struct attr_walk walk, struct frame_bond *out)
{
	uint8_t rate = 0;
	bool ok = true;

	out->present = true;
	out->arp_missed_max = MISSED_MAX_DEFAULT;
	ATTR_EACH(a, &walk)
	{
		ok &= get_bond_attr(&a, out, &rate);
	}
	out->lacp.rate_fast = out->lacp.present && rate;
	return ok && !walk.malformed;
}

static bool get_bond_member(struct attr_walk walk, struct frame_bond_member *out)
{
	uint16_t partner_state = 0;
	bool ok = true;

	out->present = true;
	ATTR_EACH(a, &walk)
	{
		switch (a.type) {
		case IFLA_BOND_SLAVE_STATE:
			ok &= attr_u8(&a, &out->state);
			break;
		case IFLA_BOND_SLAVE_MII_STATUS:
			ok &= attr_u8(&a, &out->mii_status);
			break;
		case IFLA_BOND_SLAVE_LINK_FAILURE_COUNT:
			ok &= attr_u32(&a, &out->link_failure_count);
			break;
		case IFLA_BOND_SLAVE_PERM_HWADDR:
			/* Of InfiniBand it is longer, and no MAC. */
			out->has_perm_mac = get_mac(&a, out->perm_mac);
			break;
		case IFLA_BOND_SLAVE_AD_AGGREGATOR_ID:
			out->lacp.present = true;
			ok &= attr_u16(&a, &out->lacp.aggregator_id);
			break;
		case IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE:
			ok &= attr_u8(&a, &out->lacp.actor_state);
			break;
		case IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE:
			/* Two bytes in the kernel's structure, one in the standard. */
			ok &= attr_u16(&a, &partner_state);
			break;
		}
	}
	out->lacp.partner_state = (uint8_t)partner_state;
	return ok && !walk.malformed;
}

static bool get_vlan(struct attr_walk walk, struct frame_link *out)
{
	uint16_t id = 0, protocol = htons(ETHERTYPE_VLAN);
	bool ok = true;

	ATTR_EACH(a, &walk)
	{
		if (a.type == IFLA_VLAN_ID)
			ok &= attr_u16(&a, &id);
		else if (a.type == IFLA_VLAN_PROTOCOL)
			ok &= attr_u16(&a, &protocol);
	}
	if (protocol == htons(ETHERTYPE_VLAN) && id <= VLAN_MAX)
		out->vlan = id;
	return ok && !walk.malformed;
}

bool rtnl_parse_linkinfo(const struct attr *info, struct frame_link *out)
{
	struct attr_walk walk = attr_walk(info->value, info->size), data = {0}, member_data = {0};

	ATTR_EACH(a, &walk)
	{
		if (a.type == IFLA_INFO_KIND)
			attr_text(&a, out->kind, sizeof(out->kind));
		else if (a.type == IFLA_INFO_SLAVE_KIND)
			attr_text(&a, out->member_kind, sizeof(out->member_kind));
		else if (a.type == IFLA_INFO_DATA)
			data = attr_walk(a.value, a.size);
		else if (a.type == IFLA_INFO_SLAVE_DATA)
			member_data = attr_walk(a.value, a.size);
	}
	if (walk.malformed)
		return false;
	if (!strcmp(out->kind, "bond") && !get_bond(data, &out->bond))
		return false;
	if (!strcmp(out->kind, "vlan") && !get_vlan(data, out))
		return false;
	return strcmp(out->member_kind, "bond") || get_bond_member(member_data, &out->bond_member);
}
