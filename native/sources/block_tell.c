/* SPDX-License-Identifier: Apache-2.0 */
/* The block source: its frames. */
#include <errno.h>
#include <string.h>
#include "block.h"
#include "block_status.h"

#define ERRORS_US 100000

static struct {
	struct loop_timer *timer;
	bool armed;
	struct {
		uint32_t generation; /* of the device that these are of */
		uint64_t errors, at_us;
	} told[BLOCK_DISKS_MAX];
} errors;

static enum io_operation operation(uint32_t op)
{
	/* enum req_op, include/linux/blk_types.h; 5: secure erase. */
	static const enum io_operation known[] = {IO_READ,    IO_WRITE, IO_FLUSH,
						  IO_DISCARD, IO_OTHER, IO_DISCARD};

	return op < sizeof(known) / sizeof(known[0]) ? known[op] : IO_OTHER;
}

static void emit_io(struct helper *h, enum frame_type type, const struct block_disk *d,
		    const struct block_event *e)
{
	struct frame f = {.type = type, .t_us = e->t_ns / 1000};

	memcpy(f.io.disk, d->name, sizeof(f.io.disk));
	f.io.since_us = e->since_ns / 1000;
	f.io.threshold_us = (uint32_t)(e->threshold_ns / 1000);
	f.io.in_flight = e->in_flight;
	f.io.operation = operation(e->operation);
	helper_emit(h, &f);
}

static uint64_t count_of(const struct block_disk *d)
{
	return __atomic_load_n(&d->errors, __ATOMIC_RELAXED);
}

static void emit_errors(struct helper *h, uint32_t slot, const struct block_disk *d)
{
	struct frame f = {.type = FRAME_IO_ERRORS, .t_us = now_us()};

	errors.told[slot].errors = count_of(d);
	errors.told[slot].at_us = f.t_us;
	memcpy(f.io_errors.disk, d->name, sizeof(f.io_errors.disk));
	f.io_errors.errors = errors.told[slot].errors;
	strncpy(f.io_errors.last, block_status_name(d->last_error), sizeof(f.io_errors.last) - 1);
	f.io_errors.medium = __atomic_load_n(&d->medium, __ATOMIC_RELAXED);
	f.io_errors.medium_sector = f.io_errors.medium ? d->medium_sector : FRAME_NO_COUNT;
	helper_emit(h, &f);
}

static bool has_untold_errors(uint32_t slot, const struct block_disk *d)
{
	if (errors.told[slot].generation != d->generation) {
		memset(&errors.told[slot], 0, sizeof(errors.told[slot]));
		errors.told[slot].generation = d->generation;
	}
	return count_of(d) != errors.told[slot].errors;
}

/* At most once each 100 ms for each device. */
static void tell_errors(void *data)
{
	uint64_t now = now_us();
	bool waits = false;

	for (uint32_t slot = 0; slot < block_slots_used(); slot++) {
		const struct block_disk *d = block_slot(slot);

		if (!d || !has_untold_errors(slot, d))
			continue;
		waits = true;
		if (now - errors.told[slot].at_us >= ERRORS_US)
			emit_errors(data, slot, d);
	}
	/* Until a look finds nothing new: only the first of several errors has an event of its own. */
	if (waits && !errors.armed)
		loop_arm_timer(errors.timer, ERRORS_US, ERRORS_US);
	else if (!waits && errors.armed)
		loop_disarm_timer(errors.timer);
	errors.armed = waits;
}

int block_take(void *helper, void *data, size_t size)
{
	const struct block_event *e = data;
	const struct block_disk *d = size < sizeof(*e) ? NULL : block_slot(e->slot);

	/* It may be of a device that has gone. */
	if (!d || d->generation != e->generation)
		return 0;
	if (e->kind == BLOCK_ERROR)
		tell_errors(helper);
	else
		emit_io(helper, e->kind == BLOCK_STALL ? FRAME_IO_STALL : FRAME_IO_RESUME, d, e);
	return 0;
}

void block_tell_slot(struct helper *h, uint32_t slot, uint64_t threshold_ns)
{
	const struct block_disk *d = block_slot(slot);
	struct block_event e = {.t_ns = now_us() * 1000, .threshold_ns = threshold_ns, .slot = slot};

	if (!d)
		return;
	e.since_ns = __atomic_load_n(&d->stall_ns, __ATOMIC_ACQUIRE);
	e.in_flight = d->stall_in_flight;
	e.operation = (uint8_t)d->stall_operation;
	if (e.since_ns)
		emit_io(h, FRAME_IO_STALL, d, &e);
	if (has_untold_errors(slot, d) || count_of(d))
		emit_errors(h, slot, d);
}

int block_tell_open(struct helper *h)
{
	errors.timer = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, tell_errors, h);
	return errors.timer ? 0 : -ENOMEM;
}

void block_tell_close(struct helper *h)
{
	loop_remove_timer(helper_loop(h), errors.timer);
	memset(&errors, 0, sizeof(errors));
}
