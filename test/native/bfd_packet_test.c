/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "check.h"
#include "../../native/sources/bfd_packet.c"

/* State Up, poll, 3 x 50 ms, discriminators 1 and 2: RFC 5880 4.1 byte by byte. */
static const uint8_t good[BFD_PACKET_BYTES] = {0x20, 0xe0, 3,	 24,   0, 0, 0,	   1,	 0, 0, 0, 2,
					       0,    0,	   0xc3, 0x50, 0, 0, 0xc3, 0x50, 0, 0, 0, 0};

/* In memory of its own, so that the sanitizer sees a read past its end. */
static const char *parse(const uint8_t *bytes, size_t size, struct bfd_packet *out)
{
	uint8_t *copy = malloc(size ? size : 1);
	const char *why;

	memcpy(copy, bytes, size);
	why = bfd_packet_parse(copy, size, out);
	free(copy);
	return why;
}

static void reads_every_field(void)
{
	struct bfd_packet p;

	CHECK(parse(good, sizeof(good), &p) == NULL);
	CHECK(p.state == BFD_UP && p.poll && !p.final && !p.demand && !p.control_plane_independent);
	CHECK(p.detect_mult == 3 && p.my_discriminator == 1 && p.your_discriminator == 2);
	CHECK(p.desired_min_tx_us == 50000 && p.required_min_rx_us == 50000 && !p.required_min_echo_rx_us);
}

static void writes_what_it_reads(void)
{
	struct bfd_packet p;
	uint8_t bytes[BFD_PACKET_BYTES];

	CHECK(parse(good, sizeof(good), &p) == NULL);
	bfd_packet_build(&p, bytes);
	CHECK(!memcmp(bytes, good, sizeof(good)));
	p = (struct bfd_packet){.state = BFD_DOWN,
				.diagnostic = 31,
				.final = true,
				.control_plane_independent = true,
				.demand = true,
				.detect_mult = 255,
				.my_discriminator = UINT32_MAX,
				.required_min_echo_rx_us = 7};
	bfd_packet_build(&p, bytes);
	CHECK(bytes[0] == 0x3f && bytes[1] == 0x5a && bytes[2] == 255 && bytes[23] == 7);
}

/* RFC 5880 6.8.6, in its order: one byte of the good packet set to a value. */
static const struct {
	const char *why;
	size_t at;
	uint8_t value;
} hostile[] = {
    {"not version 1", 0, 0x00},
    {"not version 1", 0, 0x40},
    {"not version 1", 0, 0xff},
    {"wrong length", 3, 0},
    {"wrong length", 3, 23},
    {"wrong length", 3, 25},
    {"wrong length", 3, 255},
    {"detect mult is 0", 2, 0},
    {"multipoint", 1, 0xe1},
    {"my discriminator is 0", 7, 0},
    {"your discriminator is 0", 11, 0},
    {"authenticated", 1, 0xe4},
};

static void refuses_hostile_packets(void)
{
	struct bfd_packet p;

	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		uint8_t bytes[BFD_PACKET_BYTES];
		const char *why;

		memcpy(bytes, good, sizeof(good));
		bytes[hostile[i].at] = hostile[i].value;
		why = parse(bytes, sizeof(bytes), &p);
		CHECK_TEXT(why ? why : "taken", hostile[i].why);
	}
	for (size_t size = 0; size < sizeof(good); size++)
		CHECK(parse(good, size, &p) != NULL);
}

static void takes_a_first_packet_and_what_follows_it_in_the_payload(void)
{
	struct bfd_packet p;
	uint8_t bytes[64] = {0};

	memcpy(bytes, good, sizeof(good));
	CHECK(parse(bytes, sizeof(bytes), &p) == NULL);
	bytes[11] = 0; /* no discriminator yet: Down and AdminDown may */
	bytes[1] = 0x40;
	CHECK(parse(bytes, sizeof(good), &p) == NULL && p.state == BFD_DOWN);
	bytes[1] = 0x00;
	CHECK(parse(bytes, sizeof(good), &p) == NULL && p.state == BFD_ADMIN_DOWN);
	bytes[1] = 0x80;
	CHECK(parse(bytes, sizeof(good), &p) != NULL);
}

int main(void)
{
	RUN(reads_every_field);
	RUN(writes_what_it_reads);
	RUN(refuses_hostile_packets);
	RUN(takes_a_first_packet_and_what_follows_it_in_the_payload);
	return check_done();
}
