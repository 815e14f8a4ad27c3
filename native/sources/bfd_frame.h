/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ethernet, IP and UDP around a packet of micro-BFD (RFC 7130), which goes by one member of an aggregate,
 * past the IP layer: that one knows the aggregate alone. Pure.
 */
#ifndef PATHWARDEN_BFD_FRAME_H
#define PATHWARDEN_BFD_FRAME_H

#include "bfd_packet.h"

#define BFD_MICRO_PORT 6784
#define BFD_FRAME_BYTES_MAX (14 + 40 + 8 + BFD_PACKET_BYTES)

struct bfd_ends {
	uint8_t mac[6];			 /* of the member that sends */
	struct ip_address local, remote; /* of the aggregate, of one family */
	uint16_t source_port;
};

/* To the multicast address that RFC 7130 2.3 keeps for it, with hop limit 255. Its length. */
size_t bfd_frame_build(const struct bfd_ends *ends, const uint8_t packet[BFD_PACKET_BYTES],
		       uint8_t out[BFD_FRAME_BYTES_MAX]);

/*
 * The UDP payload of a frame that is for local's port 6784 and has not crossed a router, and who sent it.
 * False: it is anything else. Never reads past size.
 */
bool bfd_frame_parse(const uint8_t *frame, size_t size, const struct ip_address *local,
		     struct ip_address *from, const uint8_t **payload, size_t *payload_size);

#endif
