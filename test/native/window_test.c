/* SPDX-License-Identifier: Apache-2.0 */
/* How errors of one component become few: bpf/window.h, driven as bpf/ras_told.h does. */
#include <stdint.h>
#include "check.h"
#include "../../bpf/window.h"

#define MS 1000000ULL
#define SECOND 1000000000ULL

static struct window w;
static struct {
	uint64_t told, errors, first_ns, last_ns, longest_wait_ns;
} heard;

static void begin(void)
{
	memset(&w, 0, sizeof(w));
	memset(&heard, 0, sizeof(heard));
}

static void tell(uint64_t now_ns)
{
	heard.told++;
	heard.errors += w.count;
	heard.first_ns = w.first_ns;
	if (now_ns - w.first_ns > heard.longest_wait_ns)
		heard.longest_wait_ns = now_ns - w.first_ns;
	heard.last_ns = now_ns;
	window_told(&w, now_ns);
}

static void error(uint64_t t_ns)
{
	window_count(&w, t_ns, 1);
	if (window_due(&w, t_ns))
		tell(t_ns);
}

static void tick(uint64_t t_ns)
{
	if (window_due(&w, t_ns))
		tell(t_ns);
}

static void tells_the_first_at_once(void)
{
	begin();
	error(5 * SECOND);
	CHECK(heard.told == 1 && heard.errors == 1 && heard.first_ns == 5 * SECOND);
}

static void tells_the_rest_when_the_window_ends(void)
{
	begin();
	error(SECOND);
	error(SECOND + 10 * MS);
	error(SECOND + 20 * MS);
	CHECK(heard.told == 1);
	tick(SECOND + 99 * MS);
	CHECK(heard.told == 1);
	tick(SECOND + 100 * MS);
	CHECK(heard.told == 2 && heard.errors == 3 && heard.first_ns == SECOND + 10 * MS);
	tick(SECOND + 400 * MS);
	CHECK(heard.told == 2);
	/* By another error, where no tick has come. */
	error(SECOND + 401 * MS);
	error(SECOND + 402 * MS);
	error(SECOND + 850 * MS);
	CHECK(heard.told == 4 && heard.errors == 6 && heard.first_ns == SECOND + 402 * MS);
}

/* 10,000 a second for ten seconds, a tick each 100 ms that is not in step. */
static void ten_thousand_a_second(void)
{
	uint64_t from = 7 * SECOND, count = 0, next_tick = from + 37 * MS, t;

	begin();
	for (t = from; t < from + 10 * SECOND; t += SECOND / 10000) {
		for (; next_tick <= t; next_tick += 100 * MS)
			tick(next_tick);
		error(t);
		count++;
		CHECK(heard.errors + w.count == count);
	}
	for (; next_tick < t + 1200 * MS; next_tick += 100 * MS)
		tick(next_tick);
	CHECK(count == 100000 && heard.errors == count && !w.count);
	/* At 0, 100, 300, 700 and 1500 ms, and from then on each second. */
	CHECK(heard.told >= 13 && heard.told <= 15);
	CHECK(heard.longest_wait_ns <= 1100 * MS);
}

/* After a second without any the next is told at once, and its window is short again. */
static void begins_anew_when_it_was_quiet(void)
{
	uint64_t t;

	begin();
	for (t = SECOND; t < 6 * SECOND; t += MS)
		error(t);
	tick(t + SECOND);
	CHECK(!w.count);
	heard.told = 0;
	t += 1500 * MS;
	error(t);
	CHECK(heard.told == 1 && w.length_ns == WINDOW_FIRST_NS);
	error(t + MS);
	tick(t + 100 * MS);
	CHECK(heard.told == 2);
	/* So it is for one that comes now and then. */
	for (int i = 1; i <= 5; i++) {
		error(t + (uint64_t)i * 1200 * MS);
		CHECK(heard.told == 2 + (uint64_t)i);
	}
}

/* One each 30 ms: none waits for longer than the longest window and a tick. */
static void none_waits_for_ever(void)
{
	uint64_t count = 0;

	begin();
	for (uint64_t t = SECOND; t < 9 * SECOND; t += MS) {
		if (t % (30 * MS) == 0) {
			error(t);
			count++;
		}
		if (t % (100 * MS) == 50 * MS)
			tick(t);
	}
	tick(11 * SECOND);
	CHECK(heard.errors == count);
	CHECK(heard.told <= 13);
}

/* Could it not be told: nothing is lost, and it is tried again. */
static void takes_back(void)
{
	begin();
	error(SECOND);
	window_count(&w, SECOND, 1);
	error(SECOND + MS);
	CHECK(heard.told == 1 && w.count == 2 && w.first_ns == SECOND);
	tick(SECOND + 200 * MS);
	CHECK(heard.told == 2 && heard.first_ns == SECOND && !w.count);
}

/* Two processors see two errors at once, and the later is first. */
static void is_not_confused_by_order(void)
{
	begin();
	error(SECOND + 1000);
	error(SECOND);
	CHECK(heard.told == 1 && w.count == 1 && w.first_ns == SECOND);
	error(SECOND - 1000);
	CHECK(heard.told == 1 && w.count == 2 && w.first_ns == SECOND - 1000);
	tick(SECOND + 101 * MS);
	CHECK(heard.told == 2 && !w.count);
}

static void is_forgotten_when_quiet(void)
{
	begin();
	error(SECOND);
	CHECK(!window_quiet(&w, SECOND + 999 * MS));
	CHECK(window_quiet(&w, 2 * SECOND));
	error(SECOND + 10 * MS);
	CHECK(!window_quiet(&w, 5 * SECOND)); /* not while there is something to tell */
}

int main(void)
{
	RUN(tells_the_first_at_once);
	RUN(tells_the_rest_when_the_window_ends);
	RUN(ten_thousand_a_second);
	RUN(begins_anew_when_it_was_quiet);
	RUN(none_waits_for_ever);
	RUN(takes_back);
	RUN(is_not_confused_by_order);
	RUN(is_forgotten_when_quiet);
	return check_done();
}
