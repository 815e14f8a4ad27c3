/* SPDX-License-Identifier: Apache-2.0 */
/* The hwevents source: its frames, ten a second for each component at most. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <bpf/bpf.h>
#include "hwevents.h"

#define SIZE (sizeof(struct hw_component) * HW_COMPONENTS_MAX)
#define WINDOW_US 100000
/* A component without an error for so long gives its slot to others. */
#define QUIET_NS 60000000000ULL

static struct {
	struct hw_component *components; /* HW_COMPONENTS_MAX of them, mapped */
	int keys;
	struct loop_timer *timer;
	bool armed;
	struct {
		uint64_t count, at_us;
		bool leaving; /* no key leads to its slot any more */
	} told[HW_COMPONENTS_MAX];
} hw;

static bool is_live(const struct hw_component *c)
{
	return __atomic_load_n(&c->slot, __ATOMIC_ACQUIRE) == HW_LIVE;
}

static uint64_t count_of(const struct hw_component *c)
{
	return __atomic_load_n(&c->count, __ATOMIC_ACQUIRE);
}

static void tell(struct helper *h, size_t slot)
{
	struct hw_component *c = &hw.components[slot];
	uint64_t first_ns = __atomic_exchange_n(&c->first_ns, 0, __ATOMIC_ACQ_REL), count = count_of(c);
	struct frame f;

	/* 0: it was noted and taken before it was counted, which is now. */
	hwevents_frame(c, count - hw.told[slot].count, first_ns ? first_ns : c->last_ns, &f);
	hw.told[slot].count = count;
	hw.told[slot].at_us = now_us();
	helper_emit(h, &f);
}

/* The first of a component at once, then what has come in 100 ms as one. */
static void tell_due(void *data)
{
	uint64_t now = now_us();
	bool waits = false;

	for (size_t slot = 0; slot < HW_COMPONENTS_MAX; slot++) {
		struct hw_component *c = &hw.components[slot];

		if (!is_live(c) || count_of(c) == hw.told[slot].count)
			continue;
		waits = true;
		if (now - hw.told[slot].at_us >= WINDOW_US)
			tell(data, slot);
	}
	/* Until a look finds nothing new: only the first of several has an event of its own. */
	if (waits && !hw.armed)
		loop_arm_timer(hw.timer, WINDOW_US, WINDOW_US);
	else if (!waits && hw.armed)
		loop_disarm_timer(hw.timer);
	hw.armed = waits;
}

static void tell_nvme(struct helper *h, const struct hw_event *e)
{
	struct frame f = {.type = FRAME_NVME_EVENT, .t_us = e->t_ns / 1000};

	snprintf(f.nvme_event.controller, sizeof(f.nvme_event.controller), "nvme%u", e->instance);
	f.nvme_event.result = e->result;
	helper_emit(h, &f);
}

int hwevents_take(void *helper, void *data, size_t size)
{
	const struct hw_event *e = data;

	if (size < sizeof(*e))
		return 0;
	if (e->kind == HW_NVME)
		tell_nvme(helper, e);
	else
		tell_due(helper);
	return 0;
}

/*
 * In two steps, a second apart: a program that has found the slot by its key just before the key went has
 * counted by then, and that is told, too.
 */
void hwevents_forget(struct helper *h)
{
	uint64_t now_ns = now_us() * 1000;

	for (size_t slot = 0; slot < HW_COMPONENTS_MAX; slot++) {
		struct hw_component *c = &hw.components[slot];

		if (!is_live(c))
			continue;
		if (!hw.told[slot].leaving) {
			hw.told[slot].leaving = c->last_ns && now_ns > c->last_ns + QUIET_NS &&
						!bpf_map_delete_elem(hw.keys, &c->key);
			continue;
		}
		if (count_of(c) != hw.told[slot].count)
			tell(h, slot);
		memset(&hw.told[slot], 0, sizeof(hw.told[slot]));
		memset(&c->key, 0, sizeof(*c) - offsetof(struct hw_component, key));
		__atomic_store_n(&c->slot, HW_FREE, __ATOMIC_RELEASE);
	}
}

int hwevents_tell_open(struct helper *h, int components, int keys)
{
	void *at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, components, 0);

	if (at == MAP_FAILED)
		return -errno;
	hw.components = at;
	hw.keys = keys;
	hw.timer = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, tell_due, h);
	return hw.timer ? 0 : -ENOMEM;
}

void hwevents_tell_close(struct helper *h)
{
	loop_remove_timer(helper_loop(h), hw.timer);
	if (hw.components)
		munmap(hw.components, SIZE);
	memset(&hw, 0, sizeof(hw));
}
