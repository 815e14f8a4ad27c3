/* SPDX-License-Identifier: Apache-2.0 */
/* Which links are nudged, when; the worker is a list, the clock a variable. */
#include <stdarg.h>
#include "check.h"
#include "../../native/nudge.c"

static uint64_t clock_us;
static struct nudge_job pushed[1024];
static unsigned int pushed_count;
static bool queue_full, armed;
static struct helper_options options;
static char degraded[FRAME_REASON_MAX];
static struct nudge_policy opened;

uint64_t now_us(void)
{
	return clock_us;
}
bool rtnl_is_leg(const struct helper *h, uint32_t ifindex)
{
	(void)h;
	return ifindex != 99;
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
void helper_emit(struct helper *h, const struct frame *f)
{
	(void)h;
	(void)f;
}
void helper_degrade(struct helper *h, const char *source, const char *state, const char *fmt, ...)
{
	va_list args;

	(void)h;
	(void)source;
	(void)state;
	va_start(args, fmt);
	vsnprintf(degraded, sizeof(degraded), fmt, args);
	va_end(args);
}
int loop_add_fd(struct loop *l, int fd, uint32_t events, loop_fd_fn fn, void *data)
{
	(void)l;
	(void)fd;
	(void)events;
	(void)fn;
	(void)data;
	return 0;
}
void loop_remove_fd(struct loop *l, int fd)
{
	(void)l;
	(void)fd;
}
struct loop_timer *loop_add_timer(struct loop *l, uint64_t first, uint64_t period, loop_timer_fn fn,
				  void *data)
{
	(void)l;
	(void)first;
	(void)period;
	(void)fn;
	(void)data;
	return (struct loop_timer *)&armed;
}
void loop_arm_timer(struct loop_timer *t, uint64_t first, uint64_t period)
{
	(void)t;
	(void)first;
	(void)period;
	armed = true;
}
void loop_remove_timer(struct loop *l, struct loop_timer *t)
{
	(void)l;
	(void)t;
}
int nudge_worker_open(const struct nudge_policy *policy)
{
	opened = *policy;
	return 0;
}
int nudge_worker_run(void)
{
	return 0;
}
void nudge_worker_close(void)
{
}
bool nudge_worker_push(const struct nudge_job *job)
{
	if (queue_full)
		return false;
	pushed[pushed_count++] = *job;
	return true;
}
int nudge_worker_fd(void)
{
	return 3;
}
bool nudge_worker_pop(struct frame *out)
{
	(void)out;
	return false;
}
enum nudge_how nudge_worker_how(void)
{
	return opened.how;
}

static void start(const char *wish, bool allow_operstate)
{
	nudge_stop(NULL);
	options = (struct helper_options){.nudge = wish, .allow_operstate = allow_operstate};
	clock_us += 10000000;
	pushed_count = 0;
	queue_full = armed = false;
	degraded[0] = '\0';
	opened = (struct nudge_policy){0};
	nudge_start(NULL);
}

static void one_link_once_in_100_ms_and_the_last_change_is_kept(void)
{
	start("ask", true);
	nudge_link(NULL, 31, clock_us);
	CHECK(pushed_count == 1 && pushed[0].ifindex == 31 && pushed[0].cause_us == clock_us && !armed);
	clock_us += 30000;
	nudge_link(NULL, 31, clock_us - 2);
	nudge_link(NULL, 31, clock_us - 1);
	CHECK(pushed_count == 1 && armed);
	armed = false;
	retry(NULL);
	CHECK(pushed_count == 1 && armed);
	clock_us += 70000;
	retry(NULL);
	CHECK(pushed_count == 2 && pushed[1].cause_us == clock_us - 70001);
	armed = false;
	retry(NULL);
	CHECK(pushed_count == 2 && !armed);
}

static void only_legs(void)
{
	start("ask", true);
	nudge_link(NULL, 99, clock_us);
	CHECK(pushed_count == 0);
}

static void a_full_queue_is_tried_again(void)
{
	start("ask", true);
	queue_full = true;
	nudge_link(NULL, 31, clock_us);
	CHECK(pushed_count == 0 && armed);
	queue_full = false;
	retry(NULL);
	CHECK(pushed_count == 1);
}

static void all_together_are_bounded(void)
{
	start("ask", true);
	for (unsigned int round = 0; round < 9; round++) {
		for (uint32_t i = 0; i < 60; i++)
			nudge_link(NULL, 100 + i, clock_us);
		clock_us += 100000;
	}
	CHECK(pushed_count == TOTAL_PER_SECOND);
	clock_us += 1000000;
	retry(NULL);
	CHECK(pushed_count == TOTAL_PER_SECOND + 60); /* none is forgotten */
}

static void more_links_than_there_is_room_for(void)
{
	start("ask", true);
	for (uint32_t i = 0; i < LINKS_MAX + 8; i++)
		nudge_link(NULL, 100 + i, clock_us);
	CHECK(pushed_count == LINKS_MAX);
	clock_us += SPACING_US;
	nudge_link(NULL, 5000, clock_us); /* takes the place of one that is quiet */
	CHECK(pushed_count == LINKS_MAX + 1);
}

static void the_policy_follows_the_configuration(void)
{
	start("off", true);
	CHECK(nudge_method(NULL) == NUDGE_OFF && !nudge_keep_caps(NULL) && !degraded[0]);
	start("ask", true);
	CHECK(nudge_method(NULL) == NUDGE_ASK && !opened.escalate && !nudge_keep_caps(NULL));
	start("operstate", true);
	CHECK(nudge_method(NULL) == NUDGE_OPERSTATE && nudge_keep_caps(NULL) == 1ULL << CAP_NET_ADMIN);
	start("operstate", false);
	CHECK(nudge_method(NULL) == NUDGE_OFF && strstr(degraded, "not allowed"));
	start("auto", false);
	CHECK(!nudge_keep_caps(NULL) && !opened.escalate && nudge_method(NULL) != NUDGE_OPERSTATE);
	start("auto", true);
	CHECK(nudge_method(NULL) == (kernel_looks_when_asked() ? NUDGE_ASK : NUDGE_OPERSTATE));
	CHECK(nudge_keep_caps(NULL) == 1ULL << CAP_NET_ADMIN);
}

int main(void)
{
	RUN(one_link_once_in_100_ms_and_the_last_change_is_kept);
	RUN(only_legs);
	RUN(a_full_queue_is_tried_again);
	RUN(all_together_are_bounded);
	RUN(more_links_than_there_is_room_for);
	RUN(the_policy_follows_the_configuration);
	return check_done();
}
