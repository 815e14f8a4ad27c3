/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any packets in any order, with any time between them: each is refused or read as it would be written, and
 * the session keeps what the source and the wire rely on.
 */
#include <assert.h>
#include <stdlib.h>
#include "../../native/sources/bfd_frame.c"
#include "../../native/sources/bfd_packet.c"
#include "../../native/sources/bfd_session.c"

static void check_session(const struct bfd_session *s, uint64_t now)
{
	struct bfd_packet p;
	uint8_t bytes[BFD_PACKET_BYTES];

	assert(s->state == BFD_DOWN || s->state == BFD_INIT || s->state == BFD_UP);
	assert(s->diagnostic < 32 && s->remote_diagnostic < 32 && s->since_us <= now);
	assert(s->percent >= 75 && s->percent <= 100 && s->random);
	/* It is woken by something, or waits for nothing but packets. */
	assert(bfd_session_tx_us(s) || s->heard_us);
	assert(bfd_session_wake_us(s) != UINT64_MAX);
	assert(s->state == BFD_UP || !bfd_session_tx_us(s) || bfd_session_tx_us(s) >= SLOW_US);
	bfd_session_packet(s, false, &p);
	assert(!(p.poll && p.final));
	bfd_packet_build(&p, bytes);
	/* A session that is not down knows the other end, so what we send is what we would take. */
	assert(s->state == BFD_DOWN || p.your_discriminator);
	assert(!bfd_packet_parse(bytes, sizeof(bytes), &p));
}

static void take(struct bfd_session *s, const uint8_t *bytes, size_t size, uint64_t now)
{
	uint8_t *copy = malloc(size ? size : 1); /* with its end where the sanitizer sees it */
	struct bfd_packet p;

	memcpy(copy, bytes, size);
	if (!bfd_packet_parse(copy, size, &p)) {
		uint8_t first[BFD_PACKET_BYTES], second[BFD_PACKET_BYTES];
		struct bfd_packet again;

		bfd_packet_build(&p, first);
		assert(!bfd_packet_parse(first, sizeof(first), &again));
		bfd_packet_build(&again, second);
		assert(!memcmp(first, second, sizeof(first)));
		if (bfd_session_receive(s, &p, now) & BFD_SEND)
			bfd_session_sent(s, now);
	}
	free(copy);
}

/* As it would come by a member of an aggregate, for whatever address is in it. */
static void take_frame(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	memcpy(copy, bytes, size);
	for (uint8_t family = 4; family <= 6; family += 2) {
		struct ip_address local = {.family = family}, from;
		size_t at = family == 4 ? 30 : 38, length = family == 4 ? 4 : 16, payload_size;
		const uint8_t *payload;

		if (size >= at + length)
			memcpy(local.bytes, bytes + at, length);
		if (!bfd_frame_parse(copy, size, &local, &from, &payload, &payload_size))
			continue;
		assert(from.family == family && payload > copy && payload + payload_size <= copy + size);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct bfd_session s;
	uint64_t now = 1000000;

	take_frame(bytes, size);
	bfd_session_start(&s, 1, 50000, 3, now);
	/* Records: what happens, ms since the one before, a packet where it is one. */
	while (size >= 2) {
		size_t length = bytes[0] % 32;
		uint8_t kind = bytes[0] / 32;

		now += (uint64_t)bytes[1] * 1000;
		bytes += 2;
		size -= 2;
		length = length < size ? length : size;
		if (kind == 7 && length >= 2) {
			bfd_session_configure(&s, (uint32_t)(10 + bytes[0]) * 1000,
					      (uint8_t)(1 + bytes[1] % 50));
		} else if (kind >= 4) {
			if (bfd_session_tick(&s, now) & BFD_SEND)
				bfd_session_sent(&s, now);
			continue;
		} else {
			take(&s, bytes, length, now);
		}
		bytes += length;
		size -= length;
		check_session(&s, now);
	}
	return 0;
}
