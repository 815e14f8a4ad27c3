/* SPDX-License-Identifier: Apache-2.0 */
/* A BFD Control packet (RFC 5880 4.1) as bytes and as fields. Pure. */
#ifndef PATHWARDEN_BFD_PACKET_H
#define PATHWARDEN_BFD_PACKET_H

#include "frame.h"

#define BFD_PACKET_BYTES 24

struct bfd_packet {
	enum bfd_state state;
	uint8_t diagnostic; /* 0..31 */
	bool poll, final, control_plane_independent, demand;
	uint8_t detect_mult;
	uint32_t my_discriminator, your_discriminator;
	uint32_t desired_min_tx_us, required_min_rx_us, required_min_echo_rx_us;
};

/*
 * Makes those checks of RFC 5880 6.8.6 that need no session. No authentication is in use, so a packet with
 * the A bit is refused. NULL, or why the packet must be discarded. Never reads past size.
 */
const char *bfd_packet_parse(const uint8_t *bytes, size_t size, struct bfd_packet *out);
void bfd_packet_build(const struct bfd_packet *p, uint8_t out[BFD_PACKET_BYTES]);

#endif
