/* SPDX-License-Identifier: Apache-2.0 */
/* When steering goes back, by what the probes say of the legs. */
#include "check.h"
#include "idle_loop.h"
#include "../../native/sources/steering_watch.c"

enum { LEFT = 3, KEPT = 4, HOLD_MS = 10000 };

static uint64_t clock_us;
static const struct helper_options options = {.steer_hold_ms = HOLD_MS};
static struct steering group;
static struct steer_job begun;
static unsigned int begun_count;
static struct {
	uint64_t clean_us;
	bool silent, running;
} legs[8];

uint64_t now_us(void)
{
	return clock_us;
}
const struct helper_options *helper_options(const struct helper *h)
{
	(void)h;
	return &options;
}
struct loop *helper_loop(struct helper *h)
{
	(void)h;
	return NULL;
}
void prober_burst(struct helper *h)
{
	(void)h;
}
bool prober_fresh(const struct helper *h, uint32_t ifindex, uint64_t now, uint64_t *answered_us, bool *silent)
{
	(void)h;
	*silent = legs[ifindex].silent;
	*answered_us = *silent ? 0 : now;
	return true;
}
uint64_t prober_clean_since(const struct helper *h, uint32_t ifindex)
{
	(void)h;
	return legs[ifindex].clean_us;
}
bool carrier_is_running(const struct helper *h, uint32_t ifindex)
{
	(void)h;
	return legs[ifindex].running;
}
void rtnl_each_link(const struct helper *h, void (*fn)(void *data, const struct frame_link *link), void *data)
{
	(void)h;
	(void)fn;
	(void)data;
}
struct steering *steering_next(struct steering *s)
{
	return s ? NULL : &group;
}
bool steering_trial(struct helper *h, struct steering *s, uint64_t now)
{
	(void)h;
	(void)s;
	(void)now;
	return false;
}
void steering_begin(struct helper *h, struct steering *s, const struct steer_job *job)
{
	(void)h;
	(void)s;
	begun = *job;
	begun_count++;
}

/* Steered an hour ago, both legs are well, the left one not yet. */
static void begin(void)
{
	clock_us += UINT64_C(3600000000);
	group = (struct steering){.stands = true,
				  .past = {.left_count = 1, .left = {LEFT}},
				  .since_us = clock_us - UINT64_C(3600000000),
				  .looked_us = clock_us,
				  .kept_count = 1,
				  .kept = {KEPT}};
	group.told.from_ifindex = LEFT;
	for (size_t i = 0; i < sizeof(legs) / sizeof(legs[0]); i++) {
		legs[i].clean_us = clock_us - UINT64_C(3600000000);
		legs[i].running = true;
		legs[i].silent = false;
	}
	legs[LEFT].clean_us = 0;
	begun_count = 0;
}

static bool goes_back(void)
{
	watch_all(NULL);
	return begun_count == 1 && begun.op == STEER_UNDO && begun.from_ifindex == LEFT;
}

static void goes_back_when_the_leg_was_well_for_the_hold_time(void)
{
	begin();
	CHECK(!goes_back());
	legs[LEFT].clean_us = clock_us;
	CHECK(!goes_back());
	clock_us += HOLD_MS * 1000 - 1;
	group.looked_us = clock_us;
	CHECK(!goes_back());
	clock_us++;
	CHECK(goes_back());
}

/* The time before it was steered does not count. */
static void counts_from_when_it_was_steered(void)
{
	begin();
	legs[LEFT].clean_us = group.since_us - 1;
	group.since_us = clock_us - 1000;
	CHECK(!goes_back());
}

/* An answer may be taken in while the groups are looked at, and is younger than the time of the look. */
static void a_first_answer_of_just_now_is_no_hold_time(void)
{
	begin();
	legs[LEFT].clean_us = clock_us + 5;
	CHECK(!goes_back() && begun_count == 0);
}

static void goes_back_at_once_when_all_others_have_failed(void)
{
	begin();
	legs[KEPT].silent = true;
	CHECK(goes_back());
	begin();
	legs[KEPT].running = false;
	CHECK(goes_back());
	begin();
	group.kept[group.kept_count++] = KEPT + 1;
	legs[KEPT].silent = true;
	CHECK(!goes_back());
}

static void looks_now_and_then_whether_it_stands(void)
{
	begin();
	clock_us += LOOK_US;
	watch_all(NULL);
	CHECK(begun_count == 1 && begun.op == STEER_LOOK && group.looked_us == clock_us);
	watch_all(NULL);
	CHECK(begun_count == 1);
}

int main(void)
{
	RUN(goes_back_when_the_leg_was_well_for_the_hold_time);
	RUN(counts_from_when_it_was_steered);
	RUN(a_first_answer_of_just_now_is_no_hold_time);
	RUN(goes_back_at_once_when_all_others_have_failed);
	RUN(looks_now_and_then_whether_it_stands);
	return check_done();
}
