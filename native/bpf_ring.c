/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/epoll.h>
#include "bpf_ring.h"

void bpf_ring_drain(struct bpf_ring *r)
{
	if (r->buffer)
		ring_buffer__consume(r->buffer);
}

static void readable(void *data, uint32_t epoll_events)
{
	struct bpf_ring *r = data;
	uint64_t dropped = __atomic_load_n(r->dropped, __ATOMIC_RELAXED), before = r->dropped_told;

	(void)epoll_events;
	if (r->drain)
		r->drain(r->helper);
	else
		bpf_ring_drain(r);
	if (dropped == before)
		return;
	r->dropped_told = dropped;
	helper_lost(r->helper, r->source->name, dropped - before,
		    r->full ? r->full : "the BPF ring buffer was full");
	r->source->snapshot(r->helper);
}

int bpf_ring_open(struct bpf_ring *r, struct helper *h, const struct bpf_map *events, const __u64 *dropped)
{
	int error;

	r->helper = h;
	r->dropped = dropped;
	r->dropped_told = 0;
	r->buffer = ring_buffer__new(bpf_map__fd(events), r->take, h, NULL);
	if (!r->buffer)
		return -errno;
	error = loop_add_fd(helper_loop(h), ring_buffer__epoll_fd(r->buffer), EPOLLIN, readable, r);
	if (error)
		bpf_ring_close(r);
	return error;
}

void bpf_ring_close(struct bpf_ring *r)
{
	if (!r->buffer)
		return;
	loop_remove_fd(helper_loop(r->helper), ring_buffer__epoll_fd(r->buffer));
	ring_buffer__free(r->buffer);
	r->buffer = NULL;
}
