/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How old the oldest unanswered request of each block device is, and errors, as bpf/block.bpf.c sees them.
 * Requests that were under way before the start are not seen.
 */
#include <errno.h>
#include <string.h>
#include "block.h"
#include "block.skel.h"
#include "bpf.h"
#include "bpf_ring.h"
#include "disk.h"

#define SECOND_US 1000000
#define STALLED_MS_DEFAULT 1000
#define MS 1000000ULL

static struct {
	struct block_bpf *bpf;
	struct loop_timer *second;
	uint64_t untracked, unseen[2];
} block;

static struct bpf_ring ring = {.source = &source_block, .take = block_take};

static void snapshot(struct helper *h)
{
	struct frame f = {.type = FRAME_SNAPSHOT, .snapshot = {.source = "block", .complete = true}};

	/* Before the bracket: what is still on its way is a change, with its own time. */
	bpf_ring_drain(&ring);
	f.t_us = now_us();
	helper_emit(h, &f);
	for (uint32_t slot = 0; slot < block_slots_used(); slot++)
		block_tell_slot(h, slot, block.bpf->data->stalled_ns);
	f.t_us = now_us();
	f.snapshot.end = true;
	helper_emit(h, &f);
}

/* --- losses --- */

/* Requests of which nothing will be told, whatever becomes of them: counted since the last second. */
static bool lose(struct helper *h, uint64_t *last, uint64_t count, const char *reason)
{
	if (count <= *last)
		return false;
	helper_lost(h, "block", count - *last, reason);
	*last = count;
	return true;
}

/* One whose completion was missed is found out by the scan; its error, if it had one, is not. */
static void each_second(void *data)
{
	bool lost =
	    lose(data, &block.untracked, __atomic_load_n(&block.bpf->bss->untracked, __ATOMIC_RELAXED),
		 "more requests in flight than there is room for");

	lost |= lose(data, &block.unseen[0], bpf_missed(block.bpf->progs.on_issue),
		     "requests issued inside of a tracepoint");
	lost |= lose(data, &block.unseen[1], bpf_missed(block.bpf->progs.on_complete),
		     "requests completed inside of a tracepoint");
	if (lost)
		snapshot(data);
}

/* --- start and stop --- */

static void set_threshold(uint32_t ms)
{
	block.bpf->data->stalled_ns = ms * MS;
	/*
	 * What is issued after a scan is seen by the next, which knows when it would be a stall and ticks
	 * again just then.
	 */
	block.bpf->data->idle_ns = (ms < 1000 ? ms : 1000) * MS / 4;
}

static void configure(struct helper *h, const struct request_configure *wish)
{
	(void)h;
	set_threshold(wish->io_stalled_ms);
}

static void stop(struct helper *h)
{
	bpf_ring_close(&ring);
	loop_remove_timer(helper_loop(h), block.second);
	block_tell_close(h);
	block_slots_close();
	if (block.bpf && block.bpf->bss)
		block.bpf->bss->stopped = 1;
	block_bpf__destroy(block.bpf);
	memset(&block, 0, sizeof(block));
}

static int open_object(struct helper *h, const char **step)
{
	int error;

	bpf_prepare();
	*step = "open";
	block.bpf = block_bpf__open();
	if (!block.bpf)
		return -ENOMEM;
	if (!bpf_want_tracepoint(block.bpf->progs.on_issue, "block_rq_issue") ||
	    !bpf_want_tracepoint(block.bpf->progs.on_complete, "block_rq_complete")) {
		helper_degrade(h, "block", "absent",
			       "no tracepoints block_rq_issue and block_rq_complete in this kernel's BTF");
		return -ENOENT;
	}
	*step = "load";
	error = block_bpf__load(block.bpf);
	if (error)
		return error;
	*step = "map";
	error = block_slots_open(bpf_map__fd(block.bpf->maps.disks), bpf_map__fd(block.bpf->maps.names),
				 &block.bpf->bss->slots_used);
	if (error)
		return error;
	*step = "ring buffer";
	error = bpf_ring_open(&ring, h, block.bpf->maps.events, &block.bpf->bss->dropped);
	if (error)
		return error;
	set_threshold(STALLED_MS_DEFAULT);
	block_disks_changed(h);
	*step = "attach";
	return block_bpf__attach(block.bpf);
}

static int start_timers(struct helper *h)
{
	int error = block_tell_open(h);

	block.second = loop_add_timer(helper_loop(h), SECOND_US, SECOND_US, each_second, h);
	if (error || !block.second)
		return -ENOMEM;
	return bpf_start_timer(block.bpf->progs.arm, &block.bpf->bss->timer_flags,
			       helper_options(h)->housekeeping_cpu);
}

static int start(struct helper *h)
{
	const char *step = "";
	int error = open_object(h, &step);

	if (!error) {
		step = "timer";
		error = start_timers(h);
	}
	if (!error)
		return 0;
	helper_degrade(h, "block", "absent", "%s: %s", step, bpf_why(error));
	stop(h);
	return error;
}

static uint64_t bpf_ns(struct helper *h)
{
	(void)h;
	return block.bpf ? __atomic_load_n(&block.bpf->bss->busy_ns, __ATOMIC_RELAXED) : 0;
}

const struct source source_block = {
    .name = "block",
    .start = start,
    .snapshot = snapshot,
    .configure = configure,
    .stop = stop,
    .bpf_ns = bpf_ns,
};
