/* SPDX-License-Identifier: Apache-2.0 */
/* Processors and memory that are there and in use: read anew after each uevent about one. */
#include <errno.h>
#include <string.h>
#include "level.h"
#include "processors_read.h"
#include "uevent.h"

/* Many go together: all of a socket, all siblings, all blocks of a DIMM. */
#define SPACING_US 100000
/* What the kernel gives up as broken it tells of by a tracepoint alone. */
#define AGAIN_US 10000000
/* Of the time, at most one part in so many goes into reading blocks of memory. */
#define SHARE 50

static struct {
	struct told processors, memory;
	struct frame_memory amounts;
	struct loop_timer *soon, *again;
	uint64_t looked_us, next_blocks_us;
	bool armed, processors_due, blocks_due;
} processors;

static void look_at_processors(struct helper *h)
{
	struct frame f = {.type = FRAME_PROCESSORS};
	int r = processors_read("", &f.processors);

	if (!r)
		level_tell(h, &processors.processors, &f);
	else
		helper_degrade(h, "processors", "degraded", "/sys/devices/system/cpu: %s", strerror(-r));
}

static void look_at_blocks(void)
{
	uint64_t began_us = now_us(), now;

	memory_read_blocks("", &processors.amounts);
	now = now_us();
	processors.next_blocks_us = now + SHARE * (now - began_us);
	processors.blocks_due = false;
}

static void tell_memory(struct helper *h)
{
	struct frame f = {.type = FRAME_MEMORY};
	int r = memory_read_amounts("", &processors.amounts);

	f.memory = processors.amounts;
	if (!r)
		level_tell(h, &processors.memory, &f);
	else
		helper_degrade(h, "processors", "degraded", "/proc/meminfo: %s", strerror(-r));
}

static void look_soon(struct helper *h);

static void look_at_due(void *data)
{
	struct helper *h = data;

	processors.armed = false;
	processors.looked_us = now_us();
	if (processors.processors_due)
		look_at_processors(h);
	processors.processors_due = false;
	if (!processors.blocks_due)
		return;
	if (now_us() >= processors.next_blocks_us) {
		look_at_blocks();
		tell_memory(h);
	} else {
		look_soon(h);
	}
}

static void look_soon(struct helper *h)
{
	uint64_t now = now_us(), next = processors.looked_us + SPACING_US;

	(void)h;
	if (processors.armed)
		return;
	processors.armed = true;
	loop_arm_timer(processors.soon, next > now ? next - now : 0, 0);
}

static void look(struct helper *h)
{
	look_at_processors(h);
	look_at_blocks();
	tell_memory(h);
}

static void on_uevent(struct helper *h, const struct uevent *e)
{
	bool cpu = !strcmp(e->subsystem, "cpu"), memory = !strcmp(e->subsystem, "memory");

	processors.processors_due |= cpu;
	processors.blocks_due |= memory;
	if (cpu || memory)
		look_soon(h);
}

static void on_missed(struct helper *h)
{
	helper_lost(h, "processors", 0, "the socket of uevents was full");
	look(h);
	source_processors.snapshot(h);
}

static const struct uevent_subscriber subscriber = {.event = on_uevent, .missed = on_missed};

static void look_again(void *data)
{
	look_at_processors(data);
	tell_memory(data);
}

static void snapshot(struct helper *h)
{
	level_mark(h, "processors", false, false);
	level_tell_all(h, &processors.processors);
	level_tell_all(h, &processors.memory);
	level_mark(h, "processors", true, processors.processors.count && processors.memory.count);
}

static void stop(struct helper *h)
{
	uevent_unsubscribe(h, &subscriber);
	loop_remove_timer(helper_loop(h), processors.soon);
	loop_remove_timer(helper_loop(h), processors.again);
	told_free(&processors.processors);
	told_free(&processors.memory);
	memset(&processors, 0, sizeof(processors));
}

static int start(struct helper *h)
{
	int r;

	told_init(&processors.processors, FRAME_PROCESSORS, 1);
	told_init(&processors.memory, FRAME_MEMORY, 1);
	processors.soon = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, look_at_due, h);
	processors.again = loop_add_timer(helper_loop(h), AGAIN_US, AGAIN_US, look_again, h);
	if (!processors.soon || !processors.again) {
		stop(h);
		return -ENOMEM;
	}
	r = uevent_subscribe(h, &subscriber);
	if (r)
		helper_degrade(h, "processors", "degraded",
			       "no uevents: %s; looked at each %d s, without offline blocks of memory",
			       strerror(-r), AGAIN_US / 1000000);
	look(h);
	return 0;
}

const struct source source_processors = {
    .name = "processors",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
