/* SPDX-License-Identifier: Apache-2.0 */
/* The spacing of a flow's progresses from what the BPF program counted. */
#include <stdlib.h>
#include "check.h"
#include "idle_loop.h"
#include "../../native/sources/tcp_trace.c"

struct tcp_bpf *tcp_object(void)
{
	return NULL;
}
bool tcp_slot(uint32_t at, enum flow_slot state, struct flow *out)
{
	(void)at;
	(void)state;
	(void)out;
	return false;
}
void tcp_drain(struct helper *h)
{
	(void)h;
}
void tcp_scan_now(const struct helper *h)
{
	(void)h;
}
void bond_trace(bool open)
{
	(void)open;
}
void helper_emit(struct helper *h, const struct frame *f)
{
	(void)h;
	(void)f;
}
struct loop *helper_loop(struct helper *h)
{
	(void)h;
	return NULL;
}
uint64_t now_us(void)
{
	return 0;
}

/* bpf/tcp_account.h has the same for the kernel's side. */
static uint32_t bucket_of(uint64_t ns)
{
	uint64_t v = ns >> 10;
	uint32_t power = 2;

	if (v < 4)
		return (uint32_t)v;
	while (v >= 8) {
		v >>= 1;
		power++;
	}
	return 4 * (power - 1) + (v & 3);
}

static bool near(uint32_t got_us, uint32_t expected_us)
{
	return got_us >= expected_us - expected_us / 7 && got_us <= expected_us + expected_us / 7;
}

static void a_bucket_is_no_wider_than_a_quarter(void)
{
	for (uint64_t us = 20; us < 16000000; us = us * 17 / 16 + 1) {
		uint32_t bucket = bucket_of(us * 1000);

		CHECK(bucket < SPACING_BUCKETS);
		CHECK(near(bucket_us(bucket), (uint32_t)us));
	}
}

static void no_progress_no_spacing(void)
{
	struct flow_trace t = {0};

	CHECK(spacing_us(&t) == 0);
}

static void an_exchange_counts_as_one(void)
{
	/* Each 10 ms: acknowledged after 150 µs, answered with that, then quiet. */
	struct flow_trace t = {.pause_from_ns = 1000, .pause_to_ns = 151000};

	t.spacing[bucket_of(150000)] = 500;
	t.spacing[bucket_of(9850000)] = 500;
	CHECK(near(spacing_us(&t), 9850));
}

static void a_long_pause_is_not_the_rule(void)
{
	struct flow_trace t = {.pause_from_ns = 1000000000, .pause_to_ns = 4150000000};

	/* 3.15 s of 5 s: by time alone it would be the median. */
	t.spacing[bucket_of(5000000)] = 370;
	t.spacing[bucket_of(3155000000)] = 1;
	CHECK(near(spacing_us(&t), 5000));
}

static void a_slow_path_is_the_rule(void)
{
	/* A round trip of 80 ms, always: the longest pause is like all the others. */
	struct flow_trace t = {.pause_from_ns = 0, .pause_to_ns = 82000000};

	t.spacing[bucket_of(80000000)] = 60;
	CHECK(near(spacing_us(&t), 80000));
}

int main(void)
{
	RUN(a_bucket_is_no_wider_than_a_quarter);
	RUN(no_progress_no_spacing);
	RUN(an_exchange_counts_as_one);
	RUN(a_long_pause_is_not_the_rule);
	RUN(a_slow_path_is_the_rule);
	return check_done();
}
