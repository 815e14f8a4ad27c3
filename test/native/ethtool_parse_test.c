/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/ethtool_netlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include "check.h"
#include "../../native/genl.c"
#include "../../native/sources/ethtool_parse.c"
#include "../../native/sources/rtnl_parse.c"
#include "../../native/sources/rtnl_parse_bond.c"

#define FAMILY 0x15

static struct genl_request answer;

static void begin(uint8_t command)
{
	genl_begin(&answer, FAMILY, command, 1, 0, 1);
}

static void add_mode(const char *name, bool advertised)
{
	size_t bit = genl_open(&answer, ETHTOOL_A_BITSET_BITS_BIT);

	genl_put(&answer, ETHTOOL_A_BITSET_BIT_NAME, name, strlen(name) + 1);
	if (advertised)
		genl_put(&answer, ETHTOOL_A_BITSET_BIT_VALUE, NULL, 0);
	genl_close(&answer, bit);
}

static void begin_modes(void)
{
	size_t ours, bits;

	begin(ETHTOOL_MSG_LINKMODES_GET_REPLY);
	ours = genl_open(&answer, ETHTOOL_A_LINKMODES_OURS);
	bits = genl_open(&answer, ETHTOOL_A_BITSET_BITS);
	add_mode("1000baseT/Full", true);
	add_mode("Autoneg", true);
	add_mode("10000baseT/Full", true);
	add_mode("25000baseCR/Full", false); /* can do, does not offer */
	genl_close(&answer, bits);
	genl_close(&answer, ours);
}

static void the_fastest_advertised_mode_counts(void)
{
	struct frame_nic_mode mode = {.ifindex = 7};

	begin_modes();
	genl_put_u32(&answer, ETHTOOL_A_LINKMODES_SPEED, 1000);
	genl_put_u8(&answer, ETHTOOL_A_LINKMODES_DUPLEX, 0);
	genl_put_u8(&answer, ETHTOOL_A_LINKMODES_AUTONEG, 1);
	CHECK(!answer.overflow);
	CHECK(ethtool_parse_linkmodes(&answer.head, &mode));
	CHECK(mode.ifindex == 7 && mode.speed_mbps == 1000 && mode.advertised_mbps == 10000);
	CHECK(mode.duplex == 0 && mode.autoneg == 1);
}

static void what_a_driver_does_not_know_is_unknown(void)
{
	struct frame_nic_mode mode = {.speed_mbps = 1000, .duplex = 1};

	begin(ETHTOOL_MSG_LINKMODES_GET_REPLY);
	genl_put_u32(&answer, ETHTOOL_A_LINKMODES_SPEED, (uint32_t)SPEED_UNKNOWN);
	genl_put_u8(&answer, ETHTOOL_A_LINKMODES_DUPLEX, DUPLEX_UNKNOWN);
	CHECK(ethtool_parse_linkmodes(&answer.head, &mode));
	CHECK(mode.speed_mbps == 0 && mode.advertised_mbps == 0 && mode.duplex == 0xff &&
	      mode.autoneg == 0xff);
}

static void add_group(uint32_t id, uint16_t type, uint64_t value)
{
	size_t group = genl_open(&answer, ETHTOOL_A_STATS_GRP), stat;

	genl_put_u32(&answer, ETHTOOL_A_STATS_GRP_ID, id);
	stat = genl_open(&answer, ETHTOOL_A_STATS_GRP_STAT);
	genl_put(&answer, type, &value, sizeof(value));
	genl_close(&answer, stat);
	genl_close(&answer, group);
}

static void counters_are_told_apart_by_their_group(void)
{
	struct frame_nic_errors errors = {.symbol_errors = FRAME_NO_COUNT, .rx_crc_errors = FRAME_NO_COUNT};

	begin(ETHTOOL_MSG_STATS_GET_REPLY);
	add_group(ETHTOOL_STATS_ETH_PHY, ETHTOOL_A_STATS_ETH_PHY_5_SYM_ERR, 1ULL << 40);
	add_group(ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_6_FCS_ERR, 3);
	add_group(ETHTOOL_STATS_RMON, ETHTOOL_A_STATS_ETH_MAC_6_FCS_ERR, 99);
	CHECK(ethtool_parse_stats(&answer.head, &errors));
	CHECK(errors.symbol_errors == 1ULL << 40 && errors.rx_crc_errors == 3);
}

static void fec_counts_are_the_sum_of_the_lanes(void)
{
	struct frame_nic_errors errors = {.fec_corrected = FRAME_NO_COUNT,
					  .fec_uncorrectable = FRAME_NO_COUNT};
	uint64_t lanes[] = {30, 10, 20};
	size_t stats;

	begin(ETHTOOL_MSG_FEC_GET_REPLY);
	stats = genl_open(&answer, ETHTOOL_A_FEC_STATS);
	genl_put(&answer, ETHTOOL_A_FEC_STAT_CORRECTED, lanes, sizeof(lanes));
	genl_put(&answer, ETHTOOL_A_FEC_STAT_UNCORR, NULL, 0);
	genl_close(&answer, stats);
	CHECK(ethtool_parse_fec(&answer.head, &errors));
	CHECK(errors.fec_corrected == 30 && errors.fec_uncorrectable == FRAME_NO_COUNT);
}

static void link_statistics_of_an_older_kernel_are_taken(void)
{
	struct {
		struct nlmsghdr head;
		struct if_stats_msg stats;
		struct nlattr attr;
		char bytes[sizeof(struct rtnl_link_stats64)];
	} m = {.head = {.nlmsg_type = RTM_NEWSTATS}, .stats = {.ifindex = 5}};
	struct rtnl_link_stats64 counts = {.rx_packets = 10,
					   .tx_packets = 20,
					   .rx_crc_errors = 1,
					   .rx_frame_errors = 2,
					   .tx_carrier_errors = 3};
	struct frame_nic_errors errors = {0};
	size_t size = offsetof(struct rtnl_link_stats64, rx_nohandler);

	m.attr = (struct nlattr){.nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = IFLA_STATS_LINK_64};
	memcpy(m.bytes, &counts, size);
	m.head.nlmsg_len = (uint32_t)(offsetof(typeof(m), bytes) + size);
	CHECK(ethtool_parse_link_stats(&m.head, &errors));
	CHECK(errors.ifindex == 5 && errors.rx_packets == 10 && errors.tx_packets == 20);
	CHECK(errors.rx_crc_errors == 1 && errors.rx_frame_errors == 2 && errors.tx_carrier_errors == 3);
	m.attr.nla_len = NLA_HDRLEN + 8;
	m.head.nlmsg_len = offsetof(typeof(m), bytes) + 8;
	CHECK(!ethtool_parse_link_stats(&m.head, &errors));
}

/* Reads pages until there is no more; the page numbers in order, as text. */
static void walk(uint8_t identifier, uint8_t byte2, uint8_t byte92, char *text, size_t size)
{
	struct frame_module_eeprom module = {0};
	struct module_page page;
	size_t used = 0;

	text[0] = '\0';
	while (ethtool_next_page(&module, &page) && used < size) {
		uint8_t *bytes = module.pages[module.page_count].bytes;

		bytes[0] = identifier;
		bytes[2] = byte2;
		bytes[92] = byte92;
		module.pages[module.page_count++].size = FRAME_EEPROM_PAGE_BYTES;
		used += (size_t)snprintf(text + used, size - used, "%02x:%02x+%u ", page.i2c_address,
					 page.page, page.offset);
	}
}

static void a_module_says_which_pages_it_has(void)
{
	char text[128];

	walk(0x03, 0, 0x68, text, sizeof(text));
	CHECK_TEXT(text, "50:00+0 51:00+0 ");
	walk(0x03, 0, 0x00, text, sizeof(text));
	CHECK_TEXT(text, "50:00+0 ");
	walk(0x11, 0, 0, text, sizeof(text));
	CHECK_TEXT(text, "50:00+0 50:00+128 50:03+128 ");
	walk(0x0d, 0x04, 0, text, sizeof(text));
	CHECK_TEXT(text, "50:00+0 50:00+128 ");
	walk(0x18, 0, 0, text, sizeof(text));
	CHECK_TEXT(text, "50:00+0 50:01+128 50:02+128 50:11+128 ");
	walk(0x1e, 0x80, 0, text, sizeof(text));
	CHECK_TEXT(text, "50:00+0 ");
	walk(0xff, 0, 0xff, text, sizeof(text));
	CHECK_TEXT(text, "50:00+0 ");
}

static void a_page_that_is_too_long_is_cut(void)
{
	uint8_t page[FRAME_EEPROM_PAGE_BYTES], sent[200];

	memset(sent, 0xa5, sizeof(sent));
	begin(ETHTOOL_MSG_MODULE_EEPROM_GET_REPLY);
	genl_put(&answer, ETHTOOL_A_MODULE_EEPROM_DATA, sent, sizeof(sent));
	CHECK(!answer.overflow);
	CHECK(ethtool_parse_eeprom(&answer.head, page) == FRAME_EEPROM_PAGE_BYTES && page[127] == 0xa5);
	answer.head.nlmsg_len -= 100; /* the attribute reaches beyond the message */
	CHECK(ethtool_parse_eeprom(&answer.head, page) == 0);
}

static void a_request_never_outgrows_its_room(void)
{
	char value[300] = {0};

	begin(1);
	genl_put(&answer, 1, value, sizeof(value));
	CHECK(answer.overflow && answer.head.nlmsg_len == NLMSG_LENGTH(GENL_HDRLEN));
	begin(1);
	for (int i = 0; i < 100; i++)
		genl_close(&answer, genl_open(&answer, 1));
	CHECK(answer.overflow && answer.head.nlmsg_len <= sizeof(answer.bytes));
}

int main(void)
{
	RUN(the_fastest_advertised_mode_counts);
	RUN(what_a_driver_does_not_know_is_unknown);
	RUN(counters_are_told_apart_by_their_group);
	RUN(fec_counts_are_the_sum_of_the_lanes);
	RUN(link_statistics_of_an_older_kernel_are_taken);
	RUN(a_module_says_which_pages_it_has);
	RUN(a_page_that_is_too_long_is_cut);
	RUN(a_request_never_outgrows_its_room);
	return check_done();
}
