/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "check.h"
#include "../../native/sources/bfd_frame.c"

static const uint8_t packet[BFD_PACKET_BYTES] = {0x20, 0x40, 3, 24, 1, 2, 3, 4};
static const struct bfd_ends ends4 = {.mac = {2, 0, 0, 0, 0, 1},
				      .local = {.family = 4, .bytes = {10, 77, 5, 1}},
				      .remote = {.family = 4, .bytes = {10, 77, 5, 2}},
				      .source_port = 49152};
static const struct bfd_ends ends6 = {.mac = {2, 0, 0, 0, 0, 1},
				      .local = {.family = 6, .bytes = {0xfd, [15] = 1}},
				      .remote = {.family = 6, .bytes = {0xfd, [15] = 2}},
				      .source_port = 65535};

/* The frame in memory of its own, so that the sanitizer sees a read past its end. */
static bool parse(const uint8_t *frame, size_t size, const struct ip_address *local, struct ip_address *from)
{
	uint8_t *copy = malloc(size ? size : 1);
	const uint8_t *payload;
	size_t payload_size;
	bool taken;

	memcpy(copy, frame, size);
	taken = bfd_frame_parse(copy, size, local, from, &payload, &payload_size);
	if (taken)
		CHECK(payload_size == sizeof(packet) && !memcmp(payload, packet, sizeof(packet)));
	free(copy);
	return taken;
}

static void writes_what_it_reads(void)
{
	const struct bfd_ends *both[] = {&ends4, &ends6};

	for (int i = 0; i < 2; i++) {
		uint8_t frame[BFD_FRAME_BYTES_MAX];
		size_t size = bfd_frame_build(both[i], packet, frame);
		struct ip_address from;

		CHECK(size == (i ? 86 : 66));
		CHECK(parse(frame, size, &both[i]->remote, &from));
		CHECK(!memcmp(&from, &both[i]->local, sizeof(from)));
		/* For another address, as the sender's own is, it is nothing. */
		CHECK(!parse(frame, size, &both[i]->local, &from));
	}
}

static void is_as_the_standards_want_it(void)
{
	uint8_t frame[BFD_FRAME_BYTES_MAX];
	size_t size = bfd_frame_build(&ends4, packet, frame);

	CHECK(!memcmp(frame, "\x01\x00\x5e\x90\x00\x01\x02\x00\x00\x00\x00\x01\x08\x00", 14));
	CHECK(frame[14] == 0x45 && frame[15] == 0xc0 && get16(frame + 16) == 52);
	CHECK(frame[22] == 255 && frame[23] == IPPROTO_UDP);
	CHECK(get16(frame + 34) == 49152 && get16(frame + 36) == 6784 && get16(frame + 38) == 32);
	/* Both checksums come out as 0 when they are added up with what they are over. */
	CHECK(fold(add_up(0, frame + 14, 20)) == 0);
	CHECK(fold(add_up(IPPROTO_UDP + 32, frame + 26, size - 26)) == 0);
	size = bfd_frame_build(&ends6, packet, frame);
	CHECK(frame[14] == 0x6c && get16(frame + 18) == 32 && frame[20] == IPPROTO_UDP && frame[21] == 255);
	CHECK(fold(add_up(IPPROTO_UDP + 32, frame + 22, size - 22)) == 0);
}

static void refuses_everything_else(void)
{
	static const struct {
		size_t at;
		uint8_t value;
	} hostile4[] = {{14, 0x55}, {14, 0x44}, {14, 0x4f}, {20, 0x20}, {21, 1},  {22, 254},
			{23, 6},    {33, 3},	{24, 0},    {36, 0x0e}, {39, 33}, {39, 7}},
	  hostile6[] = {{14, 0x4c}, {20, 0}, {21, 254}, {53, 3}, {56, 0x0e}, {59, 33}, {59, 7}};
	uint8_t good[BFD_FRAME_BYTES_MAX], frame[BFD_FRAME_BYTES_MAX];
	size_t size = bfd_frame_build(&ends4, packet, good);
	struct ip_address from;

	for (size_t i = 0; i < sizeof(hostile4) / sizeof(hostile4[0]); i++) {
		memcpy(frame, good, size);
		frame[hostile4[i].at] = hostile4[i].value;
		/* Refused for what it says, not for the sum over it, which fits but for the one of 24. */
		put16(frame + 24, 0);
		if (hostile4[i].at != 24)
			put16(frame + 24, fold(add_up(0, frame + 14, 20)));
		CHECK(!parse(frame, size, &ends4.remote, &from));
	}
	for (size_t n = 0; n < size; n++)
		CHECK(!parse(good, n, &ends4.remote, &from));
	size = bfd_frame_build(&ends6, packet, good);
	for (size_t i = 0; i < sizeof(hostile6) / sizeof(hostile6[0]); i++) {
		memcpy(frame, good, size);
		frame[hostile6[i].at] = hostile6[i].value;
		CHECK(!parse(frame, size, &ends6.remote, &from));
	}
	for (size_t n = 0; n < size; n++)
		CHECK(!parse(good, n, &ends6.remote, &from));
}

int main(void)
{
	RUN(writes_what_it_reads);
	RUN(is_as_the_standards_want_it);
	RUN(refuses_everything_else);
	return check_done();
}
