// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* block.bpf.c: the scan. A timer looks for the oldest request of each device. */
#ifndef PATHWARDEN_BLOCK_SCAN_H
#define PATHWARDEN_BLOCK_SCAN_H

#include "block_state.h"

/* A stall is looked at that often for that long; later its end is told up to idle_ns late, with the right
 * time. */
#define HOT_NS (20 * MS)
#define HOT_FOR_NS (5000 * MS)
#define TICK_MIN_NS (1 * MS)
/* A deadline is looked at that much after it. */
#define TICK_LATE_NS (20 * 1000ULL)

struct scan {
	__u64 now, due;
	bool hot;
};

/* Freed or given away without a completion that we have seen? */
static __always_inline bool is_over(__u64 address, const struct issued *r)
{
	struct request *rq = (void *)address;
	__u64 allocated = BPF_CORE_READ(rq, start_time_ns);
	int ref = 1;

	bpf_core_read(&ref, sizeof(ref), &rq->ref);
	return !ref || (__u64)BPF_CORE_READ(rq, q) != r->queue || (allocated && !is_same(rq, r->t_ns));
}

static long look_at_request(void *map, __u64 *key, struct issued *r, struct scan *s)
{
	struct block_disk *d;
	__u32 slot = r->slot;

	d = bpf_map_lookup_elem(&disks, &slot);
	if (!d || d->generation != r->generation ||
	    (s->now - r->t_ns >= stalled_ns && s->now > r->t_ns && is_over(*key, r))) {
		bpf_map_delete_elem(map, key);
		return 0;
	}
	d->in_flight++;
	if (!d->oldest_ns || r->t_ns < d->oldest_ns) {
		d->oldest_ns = r->t_ns;
		d->oldest_operation = r->operation;
	}
	return 0;
}

static long begin_disk(__u64 i, void *ctx)
{
	__u32 slot = i;
	struct block_disk *d = bpf_map_lookup_elem(&disks, &slot);

	if (!d)
		return 1;
	d->oldest_ns = 0;
	d->in_flight = 0;
	return 0;
}

static long end_disk(__u64 i, struct scan *s)
{
	__u32 slot = i;
	struct block_disk *d = bpf_map_lookup_elem(&disks, &slot);
	__u64 since;
	bool late;

	if (!d)
		return 1;
	late = d->oldest_ns && s->now >= d->oldest_ns + stalled_ns;
	if (late && !d->stall_ns) {
		d->stall_in_flight = d->in_flight;
		d->stall_operation = d->oldest_operation;
		d->stall_ns = d->oldest_ns;
		tell(d, slot, BLOCK_STALL, d->stall_ns, s->now);
	} else if (!late && d->stall_ns) {
		since = d->stall_ns;
		d->stall_ns = 0;
		tell(d, slot, BLOCK_RESUME, since, d->cleared_ns > since ? d->cleared_ns : s->now);
	}
	if (d->stall_ns && s->now - d->stall_ns < stalled_ns + HOT_FOR_NS)
		s->hot = true;
	if (d->oldest_ns && !late && d->oldest_ns + stalled_ns < s->due)
		s->due = d->oldest_ns + stalled_ns;
	return 0;
}

static int tick(void *map, __u32 *key, struct ticker *t)
{
	__u64 began = bpf_ktime_get_ns(), ended, wait;
	struct scan s = {.now = began, .due = began + idle_ns, .hot = false};

	bpf_loop(slots_used, begin_disk, &s, 0);
	bpf_for_each_map_elem(&requests, look_at_request, &s, 0);
	bpf_loop(slots_used, end_disk, &s, 0);
	ended = bpf_ktime_get_ns();
	wait = s.hot && HOT_NS < idle_ns ? HOT_NS : idle_ns;
	if (s.due + TICK_LATE_NS < ended + wait)
		wait =
		    s.due + TICK_LATE_NS > ended + TICK_MIN_NS ? s.due + TICK_LATE_NS - ended : TICK_MIN_NS;
	busy_ns += ended - began;
	tick_again(t, wait);
	return 0;
}

#endif
