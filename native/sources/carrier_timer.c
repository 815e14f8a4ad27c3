/* SPDX-License-Identifier: Apache-2.0 */
/* Strategy timer: bpf/carrier.bpf.c looks every 1 to 2 ms and writes what moved into a ring buffer. */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <linux/bpf.h>
#include "bpf.h"
#include "carrier.h"
#include "carrier.skel.h"

/* Since Linux 6.7; Debian 12's header does not have it. */
#define TIMER_CPU_PIN (1ULL << 1)
#define LIST_TRIES 5

static struct {
	struct helper *h;
	struct carrier_bpf *bpf;
	struct ring_buffer *ring;
	uint64_t dropped;
} timer;

static int take(void *ctx, void *data, size_t size)
{
	if (size >= sizeof(struct carrier_event))
		carrier_seen(ctx, data);
	return 0;
}

static void drain(void)
{
	ring_buffer__consume(timer.ring);
}

static void readable(void *data, uint32_t epoll_events)
{
	uint64_t dropped = __atomic_load_n(&timer.bpf->bss->dropped, __ATOMIC_RELAXED);

	(void)epoll_events;
	drain();
	if (dropped != timer.dropped) {
		uint64_t count = dropped - timer.dropped;

		timer.dropped = dropped;
		carrier_lost(data, count, "the BPF ring buffer was full");
	}
}

static bool listed(const struct carrier_table *t, uint32_t ifindex)
{
	for (uint32_t i = 0; i < t->count && i < CARRIER_LINKS_MAX; i++)
		if (t->links[i].dev && t->links[i].ifindex == ifindex)
			return true;
	return false;
}

static bool rescan(struct helper *h)
{
	int error = -EAGAIN;
	const struct carrier_table *t;

	for (int i = 0; error == -EAGAIN && i < LIST_TRIES; i++)
		error = bpf_run(timer.bpf->progs.list_links, -1);
	/* What the timer saw before the list comes first. */
	drain();
	if (error && error != -ENOSPC)
		return false;
	t = &timer.bpf->bss->tables[timer.bpf->bss->active & 1];
	for (size_t i = carrier_count(); i-- > 0;)
		if (!listed(t, carrier_ifindex(i)))
			carrier_gone(carrier_ifindex(i));
	for (uint32_t i = 0; i < t->count && i < CARRIER_LINKS_MAX; i++) {
		/* The timer goes on writing into it: one that moved meanwhile comes again, later, as an
		 * event. */
		const struct carrier_link *l = &t->links[i];
		struct carrier_event e = {
		    .t_ns = t->t_ns,
		    .ifindex = l->ifindex,
		    .carrier_up_count = l->carrier_up_count,
		    .carrier_down_count = l->carrier_down_count,
		    .carrier = l->carrier,
		    .running = l->running,
		};

		if (l->dev)
			carrier_seen(h, &e);
	}
	return !error;
}

static int arm(const struct helper_options *o)
{
	int error;

	timer.bpf->bss->timer_flags = o->housekeeping_cpu >= 0 ? TIMER_CPU_PIN : 0;
	error = bpf_run(timer.bpf->progs.arm, o->housekeeping_cpu);
	if (error == -EINVAL && timer.bpf->bss->timer_flags) {
		/* Before 6.7: it begins on that CPU and mostly stays there. */
		timer.bpf->bss->timer_flags = 0;
		error = bpf_run(timer.bpf->progs.arm, o->housekeeping_cpu);
	}
	return error;
}

static void stop(struct helper *h)
{
	if (timer.ring)
		loop_remove_fd(helper_loop(h), ring_buffer__epoll_fd(timer.ring));
	ring_buffer__free(timer.ring);
	if (timer.bpf && timer.bpf->bss)
		timer.bpf->bss->stopped = 1;
	carrier_bpf__destroy(timer.bpf);
	timer.ring = NULL;
	timer.bpf = NULL;
}

static int start(struct helper *h, char *why, size_t why_size)
{
	const struct helper_options *o = helper_options(h);
	const char *step = "open";
	int error = -ENOMEM;

	timer.h = h;
	bpf_prepare();
	timer.bpf = carrier_bpf__open();
	if (!timer.bpf)
		goto failed;
	step = "load";
	error = carrier_bpf__load(timer.bpf);
	if (error)
		goto failed;
	timer.bpf->data->interval_ns = (uint64_t)o->carrier_interval_us * 1000;
	step = "ring buffer";
	timer.ring = ring_buffer__new(bpf_map__fd(timer.bpf->maps.events), take, h, NULL);
	error = timer.ring
		    ? loop_add_fd(helper_loop(h), ring_buffer__epoll_fd(timer.ring), EPOLLIN, readable, h)
		    : -errno;
	if (error)
		goto failed;
	step = "list";
	if (!rescan(h)) {
		error = -EIO;
		goto failed;
	}
	step = "timer";
	error = arm(o);
	if (error)
		goto failed;
	return 0;
failed:
	snprintf(why, why_size, "%s: %s", step, bpf_why(error));
	stop(h);
	return error;
}

static uint64_t bpf_ns(void)
{
	return timer.bpf ? __atomic_load_n(&timer.bpf->bss->busy_ns, __ATOMIC_RELAXED) : 0;
}

const struct carrier_strategy carrier_by_timer = {
    .name = "timer",
    .start = start,
    .rescan = rescan,
    .stop = stop,
    .bpf_ns = bpf_ns,
};
