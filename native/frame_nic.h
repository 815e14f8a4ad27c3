/* SPDX-License-Identifier: Apache-2.0 */
/* The health of a NIC. */
#ifndef PATHWARDEN_FRAME_NIC_H
#define PATHWARDEN_FRAME_NIC_H

#include <stdbool.h>
#include <stdint.h>

struct frame_nic_mode {
	uint32_t ifindex;
	uint32_t speed_mbps, advertised_mbps; /* 0: unknown */
	uint8_t duplex;			      /* 0 half, 1 full (DUPLEX_* of linux/ethtool.h), 0xff unknown */
	uint8_t autoneg;		      /* 0, 1, 0xff unknown */
	bool gone;
};

struct frame_nic_errors {
	uint32_t ifindex;
	bool gone;
	uint64_t rx_packets, tx_packets, rx_errors, tx_errors;
	/* FRAME_NO_COUNT: the driver does not have it */
	uint64_t rx_crc_errors, rx_frame_errors, tx_carrier_errors, symbol_errors, fec_corrected,
	    fec_uncorrectable;
};

#define FRAME_EEPROM_PAGES_MAX 8
#define FRAME_EEPROM_PAGE_BYTES 128

struct frame_module_eeprom {
	uint32_t ifindex;
	bool gone;
	uint8_t page_count;
	struct {
		uint8_t i2c_address, bank, page, offset, size; /* size: 1..128 */
		uint8_t bytes[FRAME_EEPROM_PAGE_BYTES];
	} pages[FRAME_EEPROM_PAGES_MAX]; /* last: only page_count of them are stored */
};

struct frame_tx_timeout {
	uint32_t ifindex, queue;
};

#endif
