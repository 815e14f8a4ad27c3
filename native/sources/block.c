/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How old the oldest unanswered request of each block device is, and errors, as bpf/block.bpf.c sees them.
 * Requests that were under way before the start are not seen.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include "block.h"
#include "block.skel.h"
#include "bpf.h"
#include "disk.h"

#define TIMER_CPU_PIN (1ULL << 1) /* see carrier_timer.c */
#define SECOND_US 1000000
#define STALLED_MS_DEFAULT 1000
#define MS 1000000ULL

static struct {
	struct block_bpf *bpf;
	struct ring_buffer *ring;
	struct loop_timer *second;
	uint64_t dropped, untracked, unseen[2];
} block;

static void snapshot(struct helper *h)
{
	struct frame f = {.type = FRAME_SNAPSHOT, .snapshot = {.source = "block", .complete = true}};

	/* Before the bracket: what is still on its way is a change, with its own time. */
	ring_buffer__consume(block.ring);
	f.t_us = now_us();
	helper_emit(h, &f);
	for (uint32_t slot = 0; slot < block_slots_used(); slot++)
		block_tell_slot(h, slot, block.bpf->data->stalled_ns);
	f.t_us = now_us();
	f.snapshot.end = true;
	helper_emit(h, &f);
}

/* --- losses --- */

static void readable(void *data, uint32_t epoll_events)
{
	uint64_t dropped = __atomic_load_n(&block.bpf->bss->dropped, __ATOMIC_RELAXED);

	(void)epoll_events;
	ring_buffer__consume(block.ring);
	if (dropped == block.dropped)
		return;
	helper_lost(data, "block", dropped - block.dropped, "the BPF ring buffer was full");
	block.dropped = dropped;
	snapshot(data);
}

static uint64_t missed_by(const struct bpf_program *program)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return 0;
	return info.recursion_misses;
}

/* Requests of which nothing will be told, whatever becomes of them: counted since the last second. */
static bool lose(struct helper *h, uint64_t *last, uint64_t count, const char *reason)
{
	if (count == *last)
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

	lost |= lose(data, &block.unseen[0], missed_by(block.bpf->progs.on_issue),
		     "requests issued inside of a tracepoint");
	lost |= lose(data, &block.unseen[1], missed_by(block.bpf->progs.on_complete),
		     "requests completed inside of a tracepoint");
	if (lost)
		snapshot(data);
}

/* --- start and stop --- */

static int arm(const struct helper *h)
{
	int cpu = helper_options(h)->housekeeping_cpu;
	int error;

	block.bpf->bss->timer_flags = cpu >= 0 ? TIMER_CPU_PIN : 0;
	error = bpf_run(block.bpf->progs.arm, cpu);
	if (error == -EINVAL && block.bpf->bss->timer_flags) {
		block.bpf->bss->timer_flags = 0;
		error = bpf_run(block.bpf->progs.arm, cpu);
	}
	return error;
}

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
	if (block.ring)
		loop_remove_fd(helper_loop(h), ring_buffer__epoll_fd(block.ring));
	ring_buffer__free(block.ring);
	loop_remove_timer(helper_loop(h), block.second);
	block_tell_close(h);
	block_slots_close();
	if (block.bpf && block.bpf->bss)
		block.bpf->bss->stopped = 1;
	block_bpf__destroy(block.bpf);
	memset(&block, 0, sizeof(block));
}

static int start(struct helper *h)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	const char *step = "open";
	int error = -ENOMEM;
	bool there;

	bpf_prepare();
	block.bpf = block_bpf__open();
	there = block.bpf && bpf_want_tracepoint(block.bpf->progs.on_issue, kernel, "block_rq_issue") &&
		bpf_want_tracepoint(block.bpf->progs.on_complete, kernel, "block_rq_complete");
	btf__free(kernel);
	if (!block.bpf)
		goto failed;
	if (!there) {
		helper_degrade(h, "block", "absent",
			       "no tracepoints block_rq_issue and block_rq_complete in this kernel's BTF");
		stop(h);
		return -ENOENT;
	}
	step = "load";
	error = block_bpf__load(block.bpf);
	if (error)
		goto failed;
	step = "map";
	error = block_slots_open(bpf_map__fd(block.bpf->maps.disks), bpf_map__fd(block.bpf->maps.names),
				 &block.bpf->bss->slots_used);
	if (error)
		goto failed;
	step = "ring buffer";
	block.ring = ring_buffer__new(bpf_map__fd(block.bpf->maps.events), block_take, h, NULL);
	error = block.ring
		    ? loop_add_fd(helper_loop(h), ring_buffer__epoll_fd(block.ring), EPOLLIN, readable, h)
		    : -errno;
	if (error)
		goto failed;
	set_threshold(STALLED_MS_DEFAULT);
	block_disks_changed(h);
	step = "attach";
	error = block_bpf__attach(block.bpf);
	if (error)
		goto failed;
	step = "timer";
	block.second = loop_add_timer(helper_loop(h), SECOND_US, SECOND_US, each_second, h);
	error = block.second ? block_tell_open(h) : -ENOMEM;
	if (!error)
		error = arm(h);
	if (error)
		goto failed;
	return 0;
failed:
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
