/* SPDX-License-Identifier: Apache-2.0 */
/* bpf/carrier.bpf.c in use: its list of links, its timer, and the ring buffer into which it writes what
 * moved. */
#include <errno.h>
#include "bpf.h"
#include "bpf_ring.h"
#include "carrier_object.h"

#define LIST_TRIES 5

static struct carrier_bpf *object;

/*
 * The hooks are silent (kernel.ftrace_enabled was set to 0), or there is a driver that goes past what they
 * hook.
 */
static void look_often(struct helper *h)
{
	uint32_t interval_us = helper_options(h)->carrier_interval_us;

	object->bss->hooks = 0;
	object->data->interval_ns = (uint64_t)interval_us * 1000;
	helper_degrade(h, "carrier", "degraded", "a link moved and no hook saw it: looking every %u us, too",
		       interval_us);
}

static int take(void *ctx, void *data, size_t size)
{
	const struct carrier_event *e = data;

	if (size >= sizeof(*e) && carrier_seen(ctx, e) && e->unseen && object->bss->hooks)
		look_often(ctx);
	return 0;
}

static struct bpf_ring ring = {.source = &source_carrier, .take = take};

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
		error = bpf_run(object->progs.list_links, -1);
	/* What the timer saw before the list comes first. */
	bpf_ring_drain(&ring);
	if (error && error != -ENOSPC)
		return false;
	t = &object->bss->tables[object->bss->active & 1];
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

void carrier_object_stop(struct helper *h)
{
	(void)h;
	bpf_ring_close(&ring);
	if (object && object->bss)
		object->bss->stopped = 1;
	carrier_bpf__destroy(object);
	object = NULL;
}

struct carrier_bpf *carrier_object_open(void)
{
	struct bpf_program *hook;

	bpf_prepare();
	object = carrier_bpf__open();
	if (!object)
		return NULL;
	bpf_object__for_each_program(hook, object->obj) if (bpf_program__type(hook) == BPF_PROG_TYPE_TRACING)
	    bpf_program__set_autoload(hook, false);
	return object;
}

static int start(struct helper *h, uint64_t interval_us, const char **step)
{
	int error;

	*step = "load";
	error = carrier_bpf__load(object);
	if (error)
		return error;
	object->data->interval_ns = interval_us * 1000;
	*step = "ring buffer";
	error = bpf_ring_open(&ring, h, object->maps.events, &object->bss->dropped);
	if (error)
		return error;
	*step = "list";
	if (!carrier_object_rescan(h))
		return -EIO;
	*step = "timer";
	return bpf_start_timer(object->progs.arm, &object->bss->timer_flags,
			       helper_options(h)->housekeeping_cpu);
}

int carrier_object_start(struct helper *h, uint64_t interval_us, const char **step)
{
	int error = start(h, interval_us, step);

	if (error)
		carrier_object_stop(h);
	return error;
}

uint64_t carrier_object_interval_us(const struct helper *h)
{
	uint64_t us = object ? object->data->interval_ns / 1000 : 0;

	(void)h;
	/* What moved without a hook is believed when it is seen for the second time. */
	return object && object->bss->hooks ? 2 * us : us;
}

uint64_t carrier_object_bpf_ns(void)
{
	return object ? __atomic_load_n(&object->bss->busy_ns, __ATOMIC_RELAXED) : 0;
}
