/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of ethtool netlink (Documentation/networking/ethtool-netlink.rst of the kernel). */
#include <linux/ethtool_netlink.h>
#include "ethtool.h"

static void put_header(struct genl_request *r, uint16_t type, uint32_t ifindex, uint32_t flags)
{
	size_t nest = genl_open(r, type);

	genl_put_u32(r, ETHTOOL_A_HEADER_DEV_INDEX, ifindex);
	if (flags)
		genl_put_u32(r, ETHTOOL_A_HEADER_FLAGS, flags);
	genl_close(r, nest);
}

static void put_groups(struct genl_request *r)
{
	size_t nest = genl_open(r, ETHTOOL_A_STATS_GROUPS);

	genl_put(r, ETHTOOL_A_BITSET_NOMASK, NULL, 0);
	genl_put_u32(r, ETHTOOL_A_BITSET_SIZE, ETHTOOL_STATS_ETH_MAC + 1);
	genl_put_u32(r, ETHTOOL_A_BITSET_VALUE, 1u << ETHTOOL_STATS_ETH_PHY | 1u << ETHTOOL_STATS_ETH_MAC);
	genl_close(r, nest);
}

static void put_page(struct genl_request *r, const struct module_page *p)
{
	genl_put_u32(r, ETHTOOL_A_MODULE_EEPROM_OFFSET, p->offset);
	genl_put_u32(r, ETHTOOL_A_MODULE_EEPROM_LENGTH, FRAME_EEPROM_PAGE_BYTES);
	genl_put_u8(r, ETHTOOL_A_MODULE_EEPROM_PAGE, p->page);
	genl_put_u8(r, ETHTOOL_A_MODULE_EEPROM_BANK, p->bank);
	genl_put_u8(r, ETHTOOL_A_MODULE_EEPROM_I2C_ADDRESS, p->i2c_address);
}

bool ethtool_write_question(const struct ethtool_question *q, uint16_t family, uint32_t seq,
			    struct genl_request *out)
{
	static const struct {
		uint8_t command;
		uint16_t header;
		uint32_t flags;
	} how[ASKS] = {
	    [ASK_MODE] = {ETHTOOL_MSG_LINKMODES_GET, ETHTOOL_A_LINKMODES_HEADER, 0},
	    [ASK_STATS] = {ETHTOOL_MSG_STATS_GET, ETHTOOL_A_STATS_HEADER, 0},
	    [ASK_FEC] = {ETHTOOL_MSG_FEC_GET, ETHTOOL_A_FEC_HEADER, ETHTOOL_FLAG_STATS},
	    [ASK_MODULE] = {ETHTOOL_MSG_MODULE_EEPROM_GET, ETHTOOL_A_MODULE_EEPROM_HEADER, 0},
	};

	genl_begin(out, family, how[q->ask].command, ETHTOOL_GENL_VERSION, NLM_F_ACK, seq);
	put_header(out, how[q->ask].header, q->nic, how[q->ask].flags);
	if (q->ask == ASK_STATS)
		put_groups(out);
	if (q->ask == ASK_MODULE)
		put_page(out, &q->page);
	return !out->overflow;
}
