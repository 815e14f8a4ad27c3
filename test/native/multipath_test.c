/* SPDX-License-Identifier: Apache-2.0 */
/* How often all maps are looked at: at once, but once for many messages in a row. */
#include <stdarg.h>
#include "check.h"
#include "../../native/sources/multipath.c"

static uint64_t clock_us = 50000000;
static uint64_t armed_us; /* the timer of rescans will fire then; 0: it is not armed */
static unsigned int dm_looks, nvme_looks;
static char timers[8];
static size_t timer_count;
static const struct uevent_subscriber *subscribed;

uint64_t now_us(void)
{
	return clock_us;
}
struct loop *helper_loop(struct helper *h)
{
	(void)h;
	return NULL;
}
struct loop_timer *loop_add_timer(struct loop *l, uint64_t first, uint64_t period, loop_timer_fn fn,
				  void *data)
{
	(void)l;
	(void)first;
	(void)period;
	(void)fn;
	(void)data;
	return (struct loop_timer *)&timers[timer_count++ % sizeof(timers)];
}
void loop_arm_timer(struct loop_timer *t, uint64_t first, uint64_t period)
{
	(void)period;
	if (t == multipath.rescan)
		armed_us = clock_us + first;
}
void loop_disarm_timer(struct loop_timer *t)
{
	(void)t;
}
void loop_remove_timer(struct loop *l, struct loop_timer *t)
{
	(void)l;
	(void)t;
}
size_t frame_size(const struct frame *f)
{
	(void)f;
	return sizeof(*f);
}
void told_init(struct told *t, enum frame_type type, size_t max)
{
	*t = (struct told){.type = type, .max = max};
}
void told_free(struct told *t)
{
	(void)t;
}
const struct frame *told_frame(const struct told_entry *e)
{
	return (const void *)e->frame;
}
enum told_result told_put(struct told *t, const struct frame *f, struct told_entry **entry)
{
	(void)t;
	(void)f;
	(void)entry;
	return TOLD_SAME;
}
void told_remove(struct told *t, struct told_entry *e)
{
	(void)t;
	(void)e;
}
void helper_emit(struct helper *h, const struct frame *f)
{
	(void)h;
	(void)f;
}
void helper_lost(struct helper *h, const char *source, uint64_t count, const char *reason)
{
	(void)h;
	(void)source;
	(void)count;
	(void)reason;
}
void helper_degrade(struct helper *h, const char *source, const char *state, const char *fmt, ...)
{
	(void)h;
	(void)source;
	(void)state;
	(void)fmt;
}
int uevent_subscribe(struct helper *h, const struct uevent_subscriber *s)
{
	(void)h;
	subscribed = s;
	return 0;
}
void uevent_unsubscribe(struct helper *h, const struct uevent_subscriber *s)
{
	(void)h;
	(void)s;
	subscribed = NULL;
}
void dm_start(struct helper *h)
{
	(void)h;
}
void dm_stop(struct helper *h)
{
	(void)h;
}
/* As dm.c and nvme.c do for a message that names no map. */
void dm_event(struct helper *h, const struct uevent *e)
{
	(void)h;
	if (!strcmp(e->subsystem, "scsi"))
		multipath_rescan_soon(false);
}
void nvme_event(const struct uevent *e)
{
	if (!strcmp(e->subsystem, "nvme"))
		multipath_rescan_soon(true);
}
void dm_rescan(struct helper *h)
{
	(void)h;
	dm_looks++;
}
void nvme_rescan(struct helper *h)
{
	(void)h;
	nvme_looks++;
}
bool dm_waits(void)
{
	return false;
}
bool dm_complete(void)
{
	return true;
}
int nvme_start(struct helper *h)
{
	(void)h;
	return 0;
}
void nvme_stop(struct helper *h)
{
	(void)h;
}

static void hear(const char *subsystem)
{
	struct uevent e = {.action = "change", .devpath = "/devices/x", .subsystem = subsystem};

	subscribed->event(NULL, &e);
}

/* The loop at that time. */
static void run_until(uint64_t us)
{
	clock_us = us;
	if (!armed_us || armed_us > clock_us)
		return;
	armed_us = 0;
	rescan(NULL);
}

static void many_messages_are_one_look(void)
{
	uint64_t begun = clock_us;

	CHECK(!source_multipath.start(NULL));
	for (int i = 0; i < 400; i++)
		hear("scsi");
	CHECK(dm_looks == 0 && armed_us == begun);
	run_until(begun);
	CHECK(dm_looks == 1 && nvme_looks == 0);
	/* Those that follow within 20 ms: another one, at their end. */
	for (int i = 1; i <= 10; i++) {
		run_until(begun + 1000 * (unsigned int)i);
		hear(i % 2 ? "scsi" : "nvme");
	}
	CHECK(dm_looks == 1 && nvme_looks == 0 && armed_us == begun + RESCAN_SPACING_US);
	run_until(begun + RESCAN_SPACING_US);
	CHECK(dm_looks == 2 && nvme_looks == 1);
	/* Nothing is left over. */
	run_until(begun + 1000000);
	CHECK(dm_looks == 2 && nvme_looks == 1);
	hear("nvme");
	CHECK(armed_us == clock_us);
	run_until(clock_us);
	CHECK(dm_looks == 2 && nvme_looks == 2);
	source_multipath.stop(NULL);
}

static void a_snapshot_looks_by_itself(void)
{
	unsigned int before = dm_looks;

	CHECK(!source_multipath.start(NULL));
	source_multipath.snapshot(NULL);
	CHECK(dm_looks == before + 1 && !multipath.snapshot_due);
	source_multipath.stop(NULL);
}

int main(void)
{
	RUN(many_messages_are_one_look);
	RUN(a_snapshot_looks_by_itself);
	return check_done();
}
