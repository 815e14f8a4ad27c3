/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "encoder.h"
#include "../../native/ring.c"

static struct frame route(uint8_t hops, uint32_t metric)
{
	struct frame f = {.type = FRAME_ROUTE, .t_us = metric};

	f.route.dst.family = 4;
	f.route.metric = metric;
	f.route.hop_count = hops;
	for (uint8_t i = 0; i < hops; i++)
		f.route.hops[i] = (struct frame_hop){.ifindex = metric + i, .weight = 1};
	return f;
}

static void gives_back_what_was_appended(void)
{
	struct ring r;
	struct ring_cursor c;
	struct frame f;
	uint64_t seq;

	CHECK(ring_init(&r, 4096) == 0);
	c = ring_end(&r);
	CHECK(ring_read(&r, &c, &f, &seq) == 0);
	for (uint32_t i = 1; i <= 3; i++) {
		struct frame in = route((uint8_t)i, i);

		CHECK(ring_append(&r, &in) == i);
	}
	for (uint32_t i = 1; i <= 3; i++) {
		struct frame expected = route((uint8_t)i, i);

		CHECK(ring_read(&r, &c, &f, &seq) == 1);
		CHECK(seq == i);
		CHECK(!memcmp(&f, &expected, frame_size(&expected)));
	}
	CHECK(ring_read(&r, &c, &f, &seq) == 0);
	ring_free(&r);
}

/* Sizes that do not divide the ring, many laps: everything that is still there can be read, in order,
 * unharmed. */
static void survives_many_laps(void)
{
	struct ring r;
	struct ring_cursor follower, from_oldest;
	struct frame f;
	uint64_t seq;

	CHECK(ring_init(&r, 8192) == 0);
	follower = ring_end(&r);
	for (uint32_t i = 1; i <= 20000; i++) {
		struct frame in = route((uint8_t)(i * 7 % (FRAME_HOPS_MAX + 1)), i);
		uint64_t expected;

		CHECK(ring_append(&r, &in) == i);
		CHECK(ring_read(&r, &follower, &f, &seq) == 1);
		CHECK(seq == i && f.route.metric == i && f.route.hop_count == in.route.hop_count);
		CHECK(r.head - r.tail <= r.size);
		if (i % 500)
			continue;
		CHECK(ring_after(&r, r.oldest_seq - 1, &from_oldest) == 0);
		expected = r.oldest_seq;
		while (ring_read(&r, &from_oldest, &f, &seq) == 1) {
			CHECK(seq == expected && f.route.metric == expected);
			expected++;
		}
		CHECK(expected == r.next_seq);
	}
	ring_free(&r);
}

static void tells_who_was_overtaken(void)
{
	struct ring r;
	struct ring_cursor slow;
	struct frame f, in = route(2, 1);
	uint64_t seq;

	CHECK(ring_init(&r, 4096) == 0);
	slow = ring_end(&r);
	for (int i = 0; i < 200; i++)
		ring_append(&r, &in);
	CHECK(ring_read(&r, &slow, &f, &seq) == -EOVERFLOW);
	CHECK(slow.seq == 1 && r.oldest_seq > 1);
	CHECK(ring_after(&r, r.oldest_seq - 2, &slow) == -ENOENT);
	CHECK(ring_after(&r, r.next_seq, &slow) == -ENOENT);
	CHECK(ring_after(&r, UINT64_MAX, &slow) == -ENOENT);
	CHECK(ring_after(&r, r.next_seq - 1, &slow) == 0);
	CHECK(ring_read(&r, &slow, &f, &seq) == 0);
	ring_append(&r, &in);
	CHECK(ring_read(&r, &slow, &f, &seq) == 1 && seq == 201);
	ring_free(&r);
}

static void begins_at_the_very_first(void)
{
	struct ring r;
	struct ring_cursor c;
	struct frame f, in = route(0, 9);
	uint64_t seq;

	CHECK(ring_init(&r, 4096) == 0);
	CHECK(ring_after(&r, 0, &c) == 0);
	CHECK(ring_read(&r, &c, &f, &seq) == 0);
	ring_append(&r, &in);
	CHECK(ring_read(&r, &c, &f, &seq) == 1 && seq == 1);
	ring_free(&r);
}

int main(void)
{
	RUN(gives_back_what_was_appended);
	RUN(survives_many_laps);
	RUN(tells_who_was_overtaken);
	RUN(begins_at_the_very_first);
	return check_done();
}
