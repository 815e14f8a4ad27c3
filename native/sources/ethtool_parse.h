/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of ethtool netlink and of RTM_GETSTATS, and which pages of a module hold its health. Bytes only. */
#ifndef PATHWARDEN_ETHTOOL_PARSE_H
#define PATHWARDEN_ETHTOOL_PARSE_H

#include <linux/netlink.h>
#include "frame.h"

/* Each returns false when the message is malformed or is not that; what it does not name stays as it was. */
bool ethtool_parse_linkmodes(const struct nlmsghdr *m, struct frame_nic_mode *out);
/* IEEE 802.3 counters (STATS_GET): symbol_errors, rx_crc_errors. */
bool ethtool_parse_stats(const struct nlmsghdr *m, struct frame_nic_errors *out);
bool ethtool_parse_fec(const struct nlmsghdr *m, struct frame_nic_errors *out);
/* RTM_NEWSTATS with IFLA_STATS_LINK_64; sets ifindex. */
bool ethtool_parse_link_stats(const struct nlmsghdr *m, struct frame_nic_errors *out);

struct module_page {
	uint8_t i2c_address, bank, page, offset; /* 128 bytes from there */
};

/* Bytes of one page into `out`, at most FRAME_EEPROM_PAGE_BYTES. Their number, 0: not that. */
size_t ethtool_parse_eeprom(const struct nlmsghdr *m, uint8_t *out);
/*
 * The page to read after those that are read; the first is always the lower page at 50h. Which follow says
 * the identifier in its byte 0 (SFF-8024 table 4-1). False: there is no more.
 */
bool ethtool_next_page(const struct frame_module_eeprom *read, struct module_page *next);

#endif
