/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of each echo: answered, late, lost; the clock is a variable. */
#include "check.h"
#include "prober_sources.h"
#include "../../native/sources/prober_judge.c"

static bool bursting;
static struct frame told;
static size_t told_count;

bool probe_bursting(void)
{
	return bursting;
}
void helper_emit(struct helper *h, const struct frame *f)
{
	(void)h;
	told = *f;
	told_count++;
}

static struct probe p;

static void begin_with(uint32_t interval_ms, uint32_t burst_ms)
{
	p = (struct probe){
	    .wish = {.ifindex = 7, .interval_ms = interval_ms, .burst_ms = burst_ms, .lost_after = 3},
	    .fd = -1};
	/* Sequence numbers wrap soon. */
	p.next_seq = p.judged_seq = p.news_seq = UINT16_MAX - 1;
	bursting = false;
	told_count = 0;
	clock_us = 1000000;
}

/* As prober_send.c does. Returns its number. */
static uint16_t sent(void)
{
	p.sent_us[p.next_seq % PROBE_ECHOES] = clock_us;
	p.sent++;
	return p.next_seq++;
}

static void three_in_a_row_are_silence_and_one_answer_is_not(void)
{
	uint64_t first_us;

	begin_with(100, 20);
	probe_answered(&p, sent(), clock_us + 300);
	CHECK(told_count == 1 && told.leg_probe.answering && told.leg_probe.rtt_us == 300);
	CHECK(p.clean_us == clock_us + 300);
	clock_us += 100000;
	first_us = clock_us;
	for (int i = 0; i < 3; i++) {
		CHECK(told_count == 1);
		sent();
		clock_us += 100000;
		probe_judge(&p, clock_us); /* exactly so old: not lost yet */
		probe_judge(&p, clock_us + 1);
	}
	CHECK(told_count == 2 && !told.leg_probe.answering && told.leg_probe.since_us == first_us);
	CHECK(p.clean_us == 0);
	probe_answered(&p, sent(), clock_us + 500);
	CHECK(told_count == 3 && told.leg_probe.answering && told.leg_probe.since_us == clock_us + 500);
	CHECK(told.leg_probe.sent == 5 && told.leg_probe.answered == 2);
}

static void an_answer_settles_those_before_it(void)
{
	uint16_t second;

	begin_with(100, 20);
	sent();
	second = sent();
	probe_answered(&p, second, clock_us + 1000);
	probe_judge(&p, clock_us + 1000000);
	CHECK(told_count == 1 && told.leg_probe.answering && p.lost_run == 0);
	/* That of the first is no news, and of what was not sent there is none. */
	probe_answered(&p, (uint16_t)(second - 1), clock_us + 2000);
	probe_answered(&p, second, clock_us + 2000);
	probe_answered(&p, (uint16_t)(second + 1), clock_us + 2000);
	CHECK(p.answered == 1 && p.answered_us == clock_us + 1000);
}

static void in_a_burst_the_wait_goes_by_the_round_trip(void)
{
	begin_with(1000, 20);
	CHECK(probe_wait_us(&p) == 1000000);
	bursting = true;
	CHECK(probe_wait_us(&p) == 40000);
	p.rtt_us = 20000;
	CHECK(probe_wait_us(&p) == 60000);
	p.rtt_us = 600000;
	CHECK(probe_wait_us(&p) == 1000000); /* never longer than otherwise */
	begin_with(20, 1000);
	bursting = true;
	CHECK(probe_wait_us(&p) == 40000);
}

static void a_late_answer_still_counts(void)
{
	uint16_t seq[4];

	begin_with(100, 20);
	probe_answered(&p, sent(), clock_us + 100);
	bursting = true;
	for (int i = 0; i < 4; i++, clock_us += 20000)
		seq[i] = sent();
	probe_judge(&p, clock_us + 1);
	CHECK(p.lost_run == 3 && told_count == 2 && !told.leg_probe.answering);
	probe_answered(&p, seq[0], clock_us);
	CHECK(told_count == 3 && told.leg_probe.answering && told.leg_probe.rtt_us == 80000);
	/* Now more patience is due. */
	CHECK(probe_wait_us(&p) == 100000);
	probe_judge(&p, clock_us + 1);
	CHECK(p.lost_run == 0 && p.judged_seq == seq[3]);
	clock_us += 1000000;
	probe_answered(&p, seq[3], clock_us);
	CHECK(p.answered == 2); /* too late altogether */
}

static void without_its_device_all_is_lost(void)
{
	uint16_t seq;

	begin_with(100, 20);
	probe_answered(&p, sent(), clock_us + 100);
	sent();
	seq = sent();
	probe_lose_all(&p, clock_us);
	CHECK(told_count == 2 && !told.leg_probe.answering);
	probe_answered(&p, seq, clock_us + 10);
	CHECK(told_count == 2);
}

static void an_answer_without_a_number_is_the_newest_before_it(void)
{
	uint16_t first, second;

	begin_with(100, 20);
	CHECK(newest_before(&p, clock_us) == PROBE_NO_ANSWER);
	first = sent();
	clock_us += 20000;
	second = sent();
	CHECK(newest_before(&p, clock_us) == second);
	CHECK(newest_before(&p, clock_us - 1) == first);
	CHECK(newest_before(&p, clock_us - 20001) == PROBE_NO_ANSWER);
	for (int i = 0; i < 3 * PROBE_ECHOES; i++) {
		clock_us += 20000;
		second = sent();
	}
	CHECK(newest_before(&p, clock_us) == second);
	CHECK(newest_before(&p, clock_us - 20000ull * PROBE_ECHOES) == PROBE_NO_ANSWER);
}

int main(void)
{
	RUN(three_in_a_row_are_silence_and_one_answer_is_not);
	RUN(an_answer_settles_those_before_it);
	RUN(in_a_burst_the_wait_goes_by_the_round_trip);
	RUN(a_late_answer_still_counts);
	RUN(without_its_device_all_is_lost);
	RUN(an_answer_without_a_number_is_the_newest_before_it);
	return check_done();
}
