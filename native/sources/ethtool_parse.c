/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdlib.h>
#include "ethtool_parse.h"
#include "rtnl_attr.h"

static bool is_generic(const struct nlmsghdr *m)
{
	return m->nlmsg_type >= NLMSG_MIN_TYPE && attr_header(m, GENL_HDRLEN);
}

/* A count of 64 bits, which netlink aligns to 4 only. */
static bool get_u64(const char *value, size_t size, uint64_t *out)
{
	if (size < sizeof(*out))
		return false;
	memcpy(out, value, sizeof(*out));
	return true;
}

/* "10000baseT/Full" → 10000; "Autoneg", "FIBRE" and other capabilities have no "base": 0. */
static uint32_t speed_of_mode(const char *name)
{
	char *end;
	unsigned long mbps = strtoul(name, &end, 10);

	return end != name && !strncmp(end, "base", 4) && mbps <= UINT32_MAX ? (uint32_t)mbps : 0;
}

/* A mode that this end can do; with a value: that it advertises. */
static void take_mode(struct attr_walk walk, uint32_t *fastest)
{
	char name[64] = "";
	bool advertised = false;
	uint32_t mbps;

	ATTR_EACH(a, &walk)
	{
		if (a.type == ETHTOOL_A_BITSET_BIT_NAME)
			attr_text(&a, name, sizeof(name));
		else if (a.type == ETHTOOL_A_BITSET_BIT_VALUE)
			advertised = true;
	}
	mbps = advertised ? speed_of_mode(name) : 0;
	if (mbps > *fastest)
		*fastest = mbps;
}

static bool take_modes(struct attr_walk bitset, uint32_t *fastest)
{
	bool ok = true;

	ATTR_EACH(a, &bitset)
	{
		struct attr_walk bits = attr_walk(a.value, a.size);

		if (a.type != ETHTOOL_A_BITSET_BITS)
			continue;
		ATTR_EACH(bit, &bits)
		{
			if (bit.type == ETHTOOL_A_BITSET_BITS_BIT)
				take_mode(attr_walk(bit.value, bit.size), fastest);
		}
		ok &= !bits.malformed;
	}
	return ok && !bitset.malformed;
}

bool ethtool_parse_linkmodes(const struct nlmsghdr *m, struct frame_nic_mode *out)
{
	struct attr_walk walk;
	bool ok = true;

	if (!is_generic(m))
		return false;
	walk = attr_walk_message(m, GENL_HDRLEN);
	out->speed_mbps = out->advertised_mbps = 0;
	out->duplex = out->autoneg = 0xff;
	ATTR_EACH(a, &walk)
	{
		switch (a.type) {
		case ETHTOOL_A_LINKMODES_AUTONEG:
			ok &= attr_u8(&a, &out->autoneg);
			break;
		case ETHTOOL_A_LINKMODES_OURS:
			ok &= take_modes(attr_walk(a.value, a.size), &out->advertised_mbps);
			break;
		case ETHTOOL_A_LINKMODES_SPEED:
			ok &= attr_u32(&a, &out->speed_mbps);
			break;
		case ETHTOOL_A_LINKMODES_DUPLEX:
			ok &= attr_u8(&a, &out->duplex);
			break;
		}
	}
	/* SPEED_UNKNOWN, DUPLEX_UNKNOWN */
	if (out->speed_mbps == UINT32_MAX)
		out->speed_mbps = 0;
	if (out->duplex > DUPLEX_FULL)
		out->duplex = 0xff;
	if (out->autoneg > AUTONEG_ENABLE)
		out->autoneg = 0xff;
	return ok && !walk.malformed;
}

static bool take_stats_group(struct attr_walk walk, struct frame_nic_errors *out)
{
	uint32_t group = UINT32_MAX;
	bool ok = true;

	ATTR_EACH(a, &walk)
	{
		struct attr_walk stat = attr_walk(a.value, a.size);

		if (a.type == ETHTOOL_A_STATS_GRP_ID)
			ok &= attr_u32(&a, &group);
		if (a.type != ETHTOOL_A_STATS_GRP_STAT)
			continue;
		ATTR_EACH(one, &stat)
		{
			if (group == ETHTOOL_STATS_ETH_PHY && one.type == ETHTOOL_A_STATS_ETH_PHY_5_SYM_ERR)
				ok &= get_u64(one.value, one.size, &out->symbol_errors);
			if (group == ETHTOOL_STATS_ETH_MAC && one.type == ETHTOOL_A_STATS_ETH_MAC_6_FCS_ERR)
				ok &= get_u64(one.value, one.size, &out->rx_crc_errors);
		}
		ok &= !stat.malformed;
	}
	return ok && !walk.malformed;
}

bool ethtool_parse_stats(const struct nlmsghdr *m, struct frame_nic_errors *out)
{
	struct attr_walk walk;
	bool ok = true;

	if (!is_generic(m))
		return false;
	walk = attr_walk_message(m, GENL_HDRLEN);
	ATTR_EACH(a, &walk)
	{
		if (a.type == ETHTOOL_A_STATS_GRP)
			ok &= take_stats_group(attr_walk(a.value, a.size), out);
	}
	return ok && !walk.malformed;
}

bool ethtool_parse_fec(const struct nlmsghdr *m, struct frame_nic_errors *out)
{
	struct attr_walk walk;
	bool ok = true;

	if (!is_generic(m))
		return false;
	walk = attr_walk_message(m, GENL_HDRLEN);
	ATTR_EACH(a, &walk)
	{
		struct attr_walk stats = attr_walk(a.value, a.size);

		if (a.type != ETHTOOL_A_FEC_STATS)
			continue;
		/* Arrays: the sum, then lane by lane. Empty: the driver does not count it. */
		ATTR_EACH(one, &stats)
		{
			if (one.type == ETHTOOL_A_FEC_STAT_CORRECTED)
				get_u64(one.value, one.size, &out->fec_corrected);
			else if (one.type == ETHTOOL_A_FEC_STAT_UNCORR)
				get_u64(one.value, one.size, &out->fec_uncorrectable);
		}
		ok &= !stats.malformed;
	}
	return ok && !walk.malformed;
}

static void take_link_stats(const struct attr *a, struct frame_nic_errors *out)
{
	struct rtnl_link_stats64 stats = {0};

	/* The kernel's structure grows at its end. */
	memcpy(&stats, a->value, a->size < sizeof(stats) ? a->size : sizeof(stats));
	out->rx_packets = stats.rx_packets;
	out->tx_packets = stats.tx_packets;
	out->rx_errors = stats.rx_errors;
	out->tx_errors = stats.tx_errors;
	out->rx_crc_errors = stats.rx_crc_errors;
	out->rx_frame_errors = stats.rx_frame_errors;
	out->tx_carrier_errors = stats.tx_carrier_errors;
}

bool ethtool_parse_link_stats(const struct nlmsghdr *m, struct frame_nic_errors *out)
{
	const struct if_stats_msg *head = attr_header(m, sizeof(*head));
	struct attr_walk walk;
	bool found = false;

	if (m->nlmsg_type != RTM_NEWSTATS || !head || !head->ifindex || head->ifindex > INT32_MAX)
		return false;
	out->ifindex = head->ifindex;
	walk = attr_walk_message(m, sizeof(*head));
	ATTR_EACH(a, &walk)
	{
		if (a.type != IFLA_STATS_LINK_64 || a.size < offsetof(struct rtnl_link_stats64, collisions))
			continue;
		take_link_stats(&a, out);
		found = true;
	}
	return found && !walk.malformed;
}

size_t ethtool_parse_eeprom(const struct nlmsghdr *m, uint8_t *out)
{
	struct attr_walk walk;
	size_t size = 0;

	if (!is_generic(m))
		return 0;
	walk = attr_walk_message(m, GENL_HDRLEN);
	ATTR_EACH(a, &walk)
	{
		if (a.type != ETHTOOL_A_MODULE_EEPROM_DATA)
			continue;
		size = a.size < FRAME_EEPROM_PAGE_BYTES ? a.size : FRAME_EEPROM_PAGE_BYTES;
		memcpy(out, a.value, size);
	}
	return walk.malformed ? 0 : size;
}

#define LOWER_ADDRESS 0x50
#define DIAGNOSTICS_ADDRESS 0x51 /* SFF-8472: A2h as an 8-bit address */

/* SFF-8472: byte 92 bit 6, digital diagnostic monitoring implemented. */
static bool sfp_page(const uint8_t *lower, unsigned int read, struct module_page *next)
{
	if (read > 1 || !(lower[92] & 0x40))
		return false;
	*next = (struct module_page){.i2c_address = DIAGNOSTICS_ADDRESS};
	return true;
}

/* SFF-8636: page 00h says what the module is and measures; byte 2 bit 2, flat memory; thresholds are in page
 * 03h. */
static bool qsfp_page(const uint8_t *lower, unsigned int read, struct module_page *next)
{
	if (read > 2 || (read == 2 && lower[2] & 0x04))
		return false;
	*next = (struct module_page){.i2c_address = LOWER_ADDRESS, .page = read == 1 ? 0 : 3, .offset = 128};
	return true;
}

/* CMIS: byte 2 bit 7, flat memory; 01h advertises the monitors, 02h holds thresholds, 11h what lanes measure.
 */
static bool cmis_page(const uint8_t *lower, unsigned int read, struct module_page *next)
{
	static const uint8_t pages[] = {0x01, 0x02, 0x11};

	if (read > sizeof(pages) || lower[2] & 0x80)
		return false;
	*next = (struct module_page){.i2c_address = LOWER_ADDRESS, .page = pages[read - 1], .offset = 128};
	return true;
}

bool ethtool_next_page(const struct frame_module_eeprom *read, struct module_page *next)
{
	const uint8_t *lower = read->pages[0].bytes;

	if (read->page_count == 0) {
		*next = (struct module_page){.i2c_address = LOWER_ADDRESS};
		return true;
	}
	if (read->page_count == FRAME_EEPROM_PAGES_MAX || read->pages[0].size < FRAME_EEPROM_PAGE_BYTES)
		return false;
	switch (lower[0]) {
	case 0x03: /* SFP, SFP+, SFP28 */
		return sfp_page(lower, read->page_count, next);
	case 0x0c: /* QSFP */
	case 0x0d: /* QSFP+ */
	case 0x11: /* QSFP28 */
		return qsfp_page(lower, read->page_count, next);
	case 0x18: /* QSFP-DD */
	case 0x19: /* OSFP */
	case 0x1b: /* DSFP */
	case 0x1e: /* QSFP+ or later with CMIS */
	case 0x1f: /* SFP-DD with CMIS */
	case 0x20: /* SFP+ and later with CMIS */
		return cmis_page(lower, read->page_count, next);
	}
	return false;
}
