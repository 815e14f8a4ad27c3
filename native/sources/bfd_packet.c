/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>
#include "bfd_packet.h"

#define VERSION 1

enum { FLAG_MULTIPOINT = 1, FLAG_DEMAND = 2, FLAG_AUTH = 4, FLAG_CPI = 8, FLAG_FINAL = 16, FLAG_POLL = 32 };

static uint32_t get_word(const uint8_t *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return ntohl(word);
}

static void put_word(uint8_t *bytes, uint32_t value)
{
	uint32_t word = htonl(value);

	memcpy(bytes, &word, sizeof(word));
}

const char *bfd_packet_parse(const uint8_t *bytes, size_t size, struct bfd_packet *out)
{
	uint8_t flags;

	if (size < BFD_PACKET_BYTES)
		return "shorter than a control packet";
	if (bytes[0] >> 5 != VERSION)
		return "not version 1";
	if (bytes[3] < BFD_PACKET_BYTES || bytes[3] > size)
		return "wrong length";
	flags = bytes[1] & 0x3f;
	if (flags & FLAG_AUTH)
		return "authenticated";
	*out = (struct bfd_packet){
	    .state = (enum bfd_state)(bytes[1] >> 6),
	    .diagnostic = bytes[0] & 0x1f,
	    .poll = flags & FLAG_POLL,
	    .final = flags & FLAG_FINAL,
	    .control_plane_independent = flags & FLAG_CPI,
	    .demand = flags & FLAG_DEMAND,
	    .detect_mult = bytes[2],
	    .my_discriminator = get_word(bytes + 4),
	    .your_discriminator = get_word(bytes + 8),
	    .desired_min_tx_us = get_word(bytes + 12),
	    .required_min_rx_us = get_word(bytes + 16),
	    .required_min_echo_rx_us = get_word(bytes + 20),
	};
	if (!out->detect_mult)
		return "detect mult is 0";
	if (flags & FLAG_MULTIPOINT)
		return "multipoint";
	if (!out->my_discriminator)
		return "my discriminator is 0";
	if (!out->your_discriminator && out->state != BFD_DOWN && out->state != BFD_ADMIN_DOWN)
		return "your discriminator is 0";
	return NULL;
}

void bfd_packet_build(const struct bfd_packet *p, uint8_t out[BFD_PACKET_BYTES])
{
	out[0] = (uint8_t)(VERSION << 5 | (p->diagnostic & 0x1f));
	out[1] = (uint8_t)(p->state << 6 | (p->poll ? FLAG_POLL : 0) | (p->final ? FLAG_FINAL : 0) |
			   (p->control_plane_independent ? FLAG_CPI : 0) | (p->demand ? FLAG_DEMAND : 0));
	out[2] = p->detect_mult;
	out[3] = BFD_PACKET_BYTES;
	put_word(out + 4, p->my_discriminator);
	put_word(out + 8, p->your_discriminator);
	put_word(out + 12, p->desired_min_tx_us);
	put_word(out + 16, p->required_min_rx_us);
	put_word(out + 20, p->required_min_echo_rx_us);
}
