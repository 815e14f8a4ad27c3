/* SPDX-License-Identifier: Apache-2.0 */
/* bpf/carrier.bpf.c in use: its list of links, its timer, and the ring buffer into which it writes what
 * moved. */
#include <errno.h>
#include <sys/epoll.h>
#include <linux/bpf.h>
#include "bpf.h"
#include "carrier_object.h"

/* Since Linux 6.7; Debian 12's header does not have it. */
#define TIMER_CPU_PIN (1ULL << 1)
#define LIST_TRIES 5

static struct {
	struct carrier_bpf *bpf;
	struct ring_buffer *ring;
	uint64_t dropped;
} object;

/*
 * The hooks are silent (kernel.ftrace_enabled was set to 0), or there is a driver that goes past what they
 * hook.
 */
static void look_often(struct helper *h)
{
	uint32_t interval_us = helper_options(h)->carrier_interval_us;

	object.bpf->bss->hooks = 0;
	object.bpf->data->interval_ns = (uint64_t)interval_us * 1000;
	helper_degrade(h, "carrier", "degraded", "a link moved and no hook saw it: looking every %u us, too",
		       interval_us);
}

static int take(void *ctx, void *data, size_t size)
{
	const struct carrier_event *e = data;

	if (size >= sizeof(*e) && carrier_seen(ctx, e) && e->unseen && object.bpf->bss->hooks)
		look_often(ctx);
	return 0;
}

static void drain(void)
{
	ring_buffer__consume(object.ring);
}

static void readable(void *data, uint32_t epoll_events)
{
	uint64_t dropped = __atomic_load_n(&object.bpf->bss->dropped, __ATOMIC_RELAXED);

	(void)epoll_events;
	drain();
	if (dropped != object.dropped) {
		uint64_t count = dropped - object.dropped;

		object.dropped = dropped;
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

bool carrier_object_rescan(struct helper *h)
{
	int error = -EAGAIN;
	const struct carrier_table *t;

	for (int i = 0; error == -EAGAIN && i < LIST_TRIES; i++)
		error = bpf_run(object.bpf->progs.list_links, -1);
	/* What the timer saw before the list comes first. */
	drain();
	if (error && error != -ENOSPC)
		return false;
	t = &object.bpf->bss->tables[object.bpf->bss->active & 1];
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

	object.bpf->bss->timer_flags = o->housekeeping_cpu >= 0 ? TIMER_CPU_PIN : 0;
	error = bpf_run(object.bpf->progs.arm, o->housekeeping_cpu);
	if (error == -EINVAL && object.bpf->bss->timer_flags) {
		/* Before 6.7: it begins on that CPU and mostly stays there. */
		object.bpf->bss->timer_flags = 0;
		error = bpf_run(object.bpf->progs.arm, o->housekeeping_cpu);
	}
	return error;
}

void carrier_object_stop(struct helper *h)
{
	if (object.ring)
		loop_remove_fd(helper_loop(h), ring_buffer__epoll_fd(object.ring));
	ring_buffer__free(object.ring);
	if (object.bpf && object.bpf->bss)
		object.bpf->bss->stopped = 1;
	carrier_bpf__destroy(object.bpf);
	object.ring = NULL;
	object.bpf = NULL;
}

struct carrier_bpf *carrier_object_open(void)
{
	struct bpf_program *hook;

	bpf_prepare();
	object.bpf = carrier_bpf__open();
	if (!object.bpf)
		return NULL;
	bpf_object__for_each_program(hook,
				     object.bpf->obj) if (bpf_program__type(hook) == BPF_PROG_TYPE_TRACING)
	    bpf_program__set_autoload(hook, false);
	return object.bpf;
}

int carrier_object_start(struct helper *h, uint64_t interval_us, const char **step)
{
	int error;

	*step = "load";
	error = carrier_bpf__load(object.bpf);
	if (error)
		goto failed;
	object.bpf->data->interval_ns = interval_us * 1000;
	object.dropped = 0;
	*step = "ring buffer";
	object.ring = ring_buffer__new(bpf_map__fd(object.bpf->maps.events), take, h, NULL);
	error = object.ring
		    ? loop_add_fd(helper_loop(h), ring_buffer__epoll_fd(object.ring), EPOLLIN, readable, h)
		    : -errno;
	if (error)
		goto failed;
	*step = "list";
	if (!carrier_object_rescan(h)) {
		error = -EIO;
		goto failed;
	}
	*step = "timer";
	error = arm(helper_options(h));
	if (error)
		goto failed;
	return 0;
failed:
	carrier_object_stop(h);
	return error;
}

uint64_t carrier_object_interval_us(const struct helper *h)
{
	uint64_t us = object.bpf ? object.bpf->data->interval_ns / 1000 : 0;

	(void)h;
	/* What moved without a hook is believed when it is seen for the second time. */
	return object.bpf && object.bpf->bss->hooks ? 2 * us : us;
}

uint64_t carrier_object_bpf_ns(void)
{
	return object.bpf ? __atomic_load_n(&object.bpf->bss->busy_ns, __ATOMIC_RELAXED) : 0;
}
