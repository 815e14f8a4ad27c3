/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of frames about bonds, teams and NICs, as agent/wire.ts names them, in its order. */
#include "frame_put.h"

void frame_put_bond(struct json *j, const struct frame_bond *p)
{
	if (!p->present) {
		json_put_null(j, "bond");
		return;
	}
	json_open(j, "bond", '{');
	json_put_uint(j, "mode", p->mode);
	put_id_or_null(j, "active_ifindex", p->active_ifindex);
	json_put_uint(j, "miimon_ms", p->miimon_ms);
	json_put_uint(j, "updelay_ms", p->updelay_ms);
	json_put_uint(j, "downdelay_ms", p->downdelay_ms);
	json_put_uint(j, "arp_interval_ms", p->arp_interval_ms);
	json_put_uint(j, "arp_missed_max", p->arp_missed_max);
	json_put_uint(j, "peer_notify_count", p->peer_notify_count);
	json_put_uint(j, "peer_notify_delay_ms", p->peer_notify_delay_ms);
	if (!p->lacp.present) {
		json_put_null(j, "lacp");
	} else {
		json_open(j, "lacp", '{');
		json_put_bool(j, "rate_fast", p->lacp.rate_fast);
		json_put_uint(j, "aggregator_id", p->lacp.aggregator_id);
		json_put_uint(j, "port_count", p->lacp.port_count);
		json_put_uint(j, "actor_key", p->lacp.actor_key);
		json_put_uint(j, "partner_key", p->lacp.partner_key);
		put_mac(j, "partner_mac", p->lacp.partner_mac);
		json_close(j, '}');
	}
	json_close(j, '}');
}

void frame_put_bond_member(struct json *j, const struct frame_bond_member *p)
{
	if (!p->present) {
		json_put_null(j, "bond_member");
		return;
	}
	json_open(j, "bond_member", '{');
	json_put_uint(j, "state", p->state);
	json_put_uint(j, "mii_status", p->mii_status);
	json_put_uint(j, "link_failure_count", p->link_failure_count);
	put_mac_or_null(j, "perm_mac", p->has_perm_mac, p->perm_mac);
	if (!p->lacp.present) {
		json_put_null(j, "lacp");
	} else {
		json_open(j, "lacp", '{');
		json_put_uint(j, "aggregator_id", p->lacp.aggregator_id);
		json_put_uint(j, "actor_state", p->lacp.actor_state);
		json_put_uint(j, "partner_state", p->lacp.partner_state);
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void put_active_member(struct json *j, const struct frame_active_member *p)
{
	json_put_uint(j, "ifindex", p->ifindex);
	put_id_or_null(j, "from_ifindex", p->from_ifindex);
	put_id_or_null(j, "to_ifindex", p->to_ifindex);
	json_put_text(j, "via", p->by_fentry ? "fentry" : "netlink", 7);
}

static void put_announce(struct json *j, const struct frame_announce *p)
{
	json_put_uint(j, "ifindex", p->ifindex);
	json_put_text(j, "kind", p->na ? "na" : "garp", 4);
	put_address(j, "address", &p->address);
}

static void put_lacp_port(struct json *j, const struct frame_lacp_port *p)
{
	static const char *const churn[] = {
	    [LACP_CHURN_NONE] = "none", [LACP_CHURN_MONITORING] = "monitoring", [LACP_CHURNED] = "churned"};

	json_put_uint(j, "ifindex", p->ifindex);
	json_put_uint(j, "bond_ifindex", p->bond_ifindex);
	json_put_uint(j, "aggregator_id", p->aggregator_id);
	put_choice(j, "actor_churn", churn, COUNT(churn), p->actor_churn);
	put_choice(j, "partner_churn", churn, COUNT(churn), p->partner_churn);
	json_put_uint(j, "actor_churned_count", p->actor_churned_count);
	json_put_uint(j, "partner_churned_count", p->partner_churned_count);
	if (!p->has_partner) {
		json_put_null(j, "partner");
	} else {
		json_open(j, "partner", '{');
		put_mac(j, "system", p->partner_system);
		json_put_uint(j, "key", p->partner_key);
		json_put_uint(j, "port", p->partner_port);
		json_put_uint(j, "state", p->partner_state);
		json_close(j, '}');
	}
	json_put_bool(j, "gone", p->gone);
}

static void put_team(struct json *j, const struct frame_team *p)
{
	json_put_uint(j, "ifindex", p->ifindex);
	json_put_text(j, "mode", p->mode, sizeof(p->mode));
	put_id_or_null(j, "active_ifindex", p->active_ifindex);
	json_open(j, "ports", '[');
	for (unsigned int i = 0; i < p->port_count && i < FRAME_PORTS_MAX; i++) {
		json_open(j, NULL, '{');
		json_put_uint(j, "ifindex", p->ports[i].ifindex);
		json_put_bool(j, "linkup", p->ports[i].linkup);
		put_bool_or_null(j, "enabled", p->ports[i].has_enabled, p->ports[i].enabled);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_put_bool(j, "gone", p->gone);
}

static void put_nic_mode(struct json *j, const struct frame_nic_mode *p)
{
	json_put_uint(j, "ifindex", p->ifindex);
	put_id_or_null(j, "speed_mbps", p->speed_mbps);
	put_text_or_null(j, "duplex", p->duplex == 0 ? "half" : p->duplex == 1 ? "full" : "", 4);
	put_bool_or_null(j, "autoneg", p->autoneg <= 1, p->autoneg == 1);
	put_id_or_null(j, "advertised_mbps", p->advertised_mbps);
	json_put_bool(j, "gone", p->gone);
}

static void put_nic_errors(struct json *j, const struct frame_nic_errors *p)
{
	json_put_uint(j, "ifindex", p->ifindex);
	json_put_uint(j, "rx_packets", p->rx_packets);
	json_put_uint(j, "tx_packets", p->tx_packets);
	json_put_uint(j, "rx_errors", p->rx_errors);
	json_put_uint(j, "tx_errors", p->tx_errors);
	put_count_or_null(j, "rx_crc_errors", p->rx_crc_errors);
	put_count_or_null(j, "rx_frame_errors", p->rx_frame_errors);
	put_count_or_null(j, "tx_carrier_errors", p->tx_carrier_errors);
	put_count_or_null(j, "symbol_errors", p->symbol_errors);
	put_count_or_null(j, "fec_corrected", p->fec_corrected);
	put_count_or_null(j, "fec_uncorrectable", p->fec_uncorrectable);
	json_put_bool(j, "gone", p->gone);
}

static void put_hex(struct json *j, const char *name, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * FRAME_EEPROM_PAGE_BYTES];

	if (count > FRAME_EEPROM_PAGE_BYTES)
		count = FRAME_EEPROM_PAGE_BYTES;
	for (size_t i = 0; i < count; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	json_put_text(j, name, text, 2 * count);
}

static void put_module_eeprom(struct json *j, const struct frame_module_eeprom *p)
{
	json_put_uint(j, "ifindex", p->ifindex);
	json_open(j, "pages", '[');
	for (unsigned int i = 0; i < p->page_count && i < FRAME_EEPROM_PAGES_MAX; i++) {
		json_open(j, NULL, '{');
		json_put_uint(j, "i2c_address", p->pages[i].i2c_address);
		json_put_uint(j, "bank", p->pages[i].bank);
		json_put_uint(j, "page", p->pages[i].page);
		json_put_uint(j, "offset", p->pages[i].offset);
		put_hex(j, "bytes", p->pages[i].bytes, p->pages[i].size);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_put_bool(j, "gone", p->gone);
}

void frame_fields_nic(struct json *j, const struct frame *f)
{
	switch (f->type) {
	case FRAME_ACTIVE_MEMBER:
		put_active_member(j, &f->active_member);
		break;
	case FRAME_ANNOUNCE:
		put_announce(j, &f->announce);
		break;
	case FRAME_LACP_PORT:
		put_lacp_port(j, &f->lacp_port);
		break;
	case FRAME_TEAM:
		put_team(j, &f->team);
		break;
	case FRAME_NIC_MODE:
		put_nic_mode(j, &f->nic_mode);
		break;
	case FRAME_NIC_ERRORS:
		put_nic_errors(j, &f->nic_errors);
		break;
	case FRAME_MODULE_EEPROM:
		put_module_eeprom(j, &f->module_eeprom);
		break;
	case FRAME_TX_TIMEOUT:
		json_put_uint(j, "ifindex", f->tx_timeout.ifindex);
		json_put_uint(j, "queue", f->tx_timeout.queue);
		break;
	default:
		break;
	}
}
