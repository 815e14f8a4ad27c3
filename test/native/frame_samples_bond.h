/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of bonds, teams and NICs. */
#ifndef PATHWARDEN_FRAME_SAMPLES_BOND_H
#define PATHWARDEN_FRAME_SAMPLES_BOND_H

#include "frame_samples_net.h"

static struct frame full_team(void)
{
	struct frame f = {.type = FRAME_TEAM, .t_us = 2000};

	f.team = (struct frame_team){
	    .ifindex = 9, .active_ifindex = INT32_MAX, .mode = "activebackup", .port_count = FRAME_PORTS_MAX};
	for (size_t i = 0; i < FRAME_PORTS_MAX; i++) {
		f.team.ports[i].ifindex = INT32_MAX;
		f.team.ports[i].has_enabled = i & 1;
		f.team.ports[i].enabled = i & 2;
		f.team.ports[i].linkup = i & 2;
	}
	return f;
}

static struct frame full_lacp_port(void)
{
	struct frame f = {.type = FRAME_LACP_PORT, .t_us = 2000};

	f.lacp_port = (struct frame_lacp_port){.ifindex = 3,
					       .bond_ifindex = 9,
					       .aggregator_id = 2,
					       .actor_churn = LACP_CHURN_MONITORING,
					       .partner_churn = LACP_CHURNED,
					       .partner_churned_count = UINT32_MAX,
					       .has_partner = true,
					       .partner_state = 255,
					       .partner_key = UINT16_MAX,
					       .partner_port = UINT16_MAX};
	return f;
}

static struct frame full_nic_errors(void)
{
	uint64_t most =
	    UINT64_C(9007199254740991); /* the greatest whole number that JavaScript keeps exact */
	struct frame f = {.type = FRAME_NIC_ERRORS, .t_us = 2000};

	f.nic_errors = (struct frame_nic_errors){.ifindex = 1,
						 .rx_packets = most,
						 .rx_crc_errors = most,
						 .rx_frame_errors = FRAME_NO_COUNT,
						 .symbol_errors = FRAME_NO_COUNT,
						 .fec_corrected = FRAME_NO_COUNT,
						 .fec_uncorrectable = 3};
	return f;
}

static struct frame full_eeprom(void)
{
	struct frame f = {.type = FRAME_MODULE_EEPROM, .t_us = 2000};

	f.module_eeprom =
	    (struct frame_module_eeprom){.ifindex = INT32_MAX, .page_count = FRAME_EEPROM_PAGES_MAX};
	for (size_t i = 0; i < FRAME_EEPROM_PAGES_MAX; i++) {
		f.module_eeprom.pages[i].i2c_address = 0x51;
		f.module_eeprom.pages[i].bank = UINT8_MAX;
		f.module_eeprom.pages[i].page = UINT8_MAX;
		f.module_eeprom.pages[i].offset = 128;
		f.module_eeprom.pages[i].size = FRAME_EEPROM_PAGE_BYTES;
		memset(f.module_eeprom.pages[i].bytes, 0xa5, FRAME_EEPROM_PAGE_BYTES);
	}
	return f;
}

static struct frame *bond_samples(struct frame *f)
{
	*f++ = (struct frame){.type = FRAME_ACTIVE_MEMBER,
			      .active_member = {.ifindex = 9, .from_ifindex = 3, .by_fentry = true}};
	*f++ = (struct frame){.type = FRAME_ACTIVE_MEMBER, .active_member = {.ifindex = 9, .to_ifindex = 4}};
	*f++ = (struct frame){.type = FRAME_ANNOUNCE, .announce = {.ifindex = 9, .address = v4(1)}};
	*f++ =
	    (struct frame){.type = FRAME_ANNOUNCE, .announce = {.ifindex = 9, .na = true, .address = v6()}};
	*f++ = (struct frame){.type = FRAME_ANNOUNCE, .announce = {.ifindex = 9}};
	*f++ = full_lacp_port();
	*f++ = (struct frame){.type = FRAME_LACP_PORT,
			      .lacp_port = {.ifindex = 3, .bond_ifindex = 9, .gone = true}};
	*f++ = full_team();
	*f++ = (struct frame){.type = FRAME_TEAM, .team = {.ifindex = 9, .gone = true}};
	*f++ = (struct frame){
	    .type = FRAME_NIC_MODE,
	    .nic_mode = {.ifindex = 3, .speed_mbps = 25000, .duplex = 1, .autoneg = 1, .advertised_mbps = 1}};
	*f++ = (struct frame){.type = FRAME_NIC_MODE, .nic_mode = {.ifindex = 3}};
	*f++ = (struct frame){.type = FRAME_NIC_MODE,
			      .nic_mode = {.ifindex = 3, .duplex = 0xff, .autoneg = 0xff, .gone = true}};
	*f++ = full_nic_errors();
	*f++ = (struct frame){.type = FRAME_NIC_ERRORS, .nic_errors = {.ifindex = 3, .gone = true}};
	*f++ = full_eeprom();
	*f++ = (struct frame){.type = FRAME_MODULE_EEPROM, .module_eeprom = {.ifindex = 3, .gone = true}};
	*f++ = (struct frame){.type = FRAME_TX_TIMEOUT, .tx_timeout = {.ifindex = 3, .queue = 63}};
	return f;
}

#endif
