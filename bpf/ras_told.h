// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Errors on their way to user space: the first of a component at once, those of a storm counted, and told
 * when window.h says so, by the next error or by a timer that runs while there are components.
 */
#ifndef PATHWARDEN_RAS_TOLD_H
#define PATHWARDEN_RAS_TOLD_H

#include "ras_events.h"
#include "ticker.h"
#include "window.h"

#define TICK_NS WINDOW_FIRST_NS

/* What errors have in common that are told as one: kind, severity, and by the kind. */
struct component {
	__u32 kind, severity;
	__u64 numbers[2];
	char name[24];
};

struct told {
	struct window window;
	struct ras_event last;
	struct bpf_spin_lock lock;
};

/* A new error; as `told`, of which it becomes one. */
struct news {
	struct window window;
	struct ras_event event;
	__u32 no_lock;
	__u32 busy;
	struct component component;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 512 * 1024); /* room for what a storm on all components tells at once */
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RAS_COMPONENTS_MAX);
	__type(key, struct component);
	__type(value, struct told);
} components SEC(".maps");

/* It is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct news);
} fresh SEC(".maps");

__u64 dropped; /* errors for which there was no place; read by user space */
__u64 busy_ns; /* spent here; read by user space */
__u32 ticking; /* the timer is set */

static __always_inline struct news *news_begin(__u32 kind)
{
	__u32 zero = 0;
	struct news *n = bpf_map_lookup_elem(&fresh, &zero);

	if (!n)
		return 0;
	if (__sync_fetch_and_add(&n->busy, 1)) {
		/* We have interrupted ourselves. */
		__sync_fetch_and_sub(&n->busy, 1);
		__sync_fetch_and_add(&dropped, 1);
		return 0;
	}
	__builtin_memset(&n->event, 0, sizeof(n->event));
	__builtin_memset(&n->component, 0, sizeof(n->component));
	n->event.kind = kind;
	n->event.t_ns = bpf_ktime_get_ns();
	n->component.kind = kind;
	return n;
}

static int tick(void *map, __u32 *key, struct ticker *t);

static __always_inline void keep_ticking(void)
{
	/* It cannot be set where even interrupts are interrupted: the next error may. */
	if (!__sync_val_compare_and_swap(&ticking, 0, 1) && tick_in(TICK_NS, tick))
		ticking = 0;
}

/* The ring is full: the timer tries again. */
static __always_inline void take_back(struct told *c, const struct ras_event *e)
{
	bpf_spin_lock(&c->lock);
	window_count(&c->window, e->first_ns, e->count);
	c->last = *e;
	bpf_spin_unlock(&c->lock);
}

static __always_inline void tell(struct told *c, struct ras_event *e)
{
	if (bpf_ringbuf_output(&events, e, sizeof(*e), 0))
		take_back(c, e);
}

/* True: it is the first of its component, which is known from now on. */
static __always_inline bool is_first(struct news *n)
{
	n->window = (struct window){.last_ns = n->event.t_ns};
	window_told(&n->window, n->event.t_ns);
	n->no_lock = 0;
	return !bpf_map_update_elem(&components, &n->component, n, BPF_NOEXIST);
}

static __always_inline void news_take(struct news *n, __u32 errors)
{
	struct told *c = bpf_map_lookup_elem(&components, &n->component);
	bool first = !c && is_first(n), due = first;

	n->event.count = errors;
	n->event.first_ns = n->event.t_ns;
	if (!c)
		c = bpf_map_lookup_elem(&components, &n->component);
	if (!c) {
		__sync_fetch_and_add(&dropped, errors);
		return;
	}
	if (!first) {
		bpf_spin_lock(&c->lock);
		window_count(&c->window, n->event.t_ns, errors);
		due = window_due(&c->window, n->event.t_ns);
		if (due) {
			n->event.first_ns = c->window.first_ns;
			n->event.count = c->window.count;
			window_told(&c->window, n->event.t_ns);
		} else {
			c->last = n->event;
		}
		bpf_spin_unlock(&c->lock);
	}
	if (due)
		tell(c, &n->event);
	keep_ticking();
}

/* `errors` of what n->event and n->component say. n is no longer the caller's. */
static __always_inline int news_end(struct news *n, __u32 errors)
{
	news_take(n, errors);
	__sync_fetch_and_add(&busy_ns, bpf_ktime_get_ns() - n->event.t_ns);
	__sync_fetch_and_sub(&n->busy, 1);
	return 0;
}

struct look {
	__u64 now_ns;
	__u64 some_left; /* components are known still; a count would be too much for the verifier */
};

static long look_at(void *map, struct component *key, struct told *seen, struct look *look)
{
	/* What a callback is given cannot be locked: before 6.2 or so the verifier does not see that it is
	 * one. */
	struct told *c = bpf_map_lookup_elem(&components, key);
	struct ras_event *e;
	bool due;

	if (!c)
		return 0;
	if (window_quiet(&c->window, look->now_ns)) {
		bpf_map_delete_elem(&components, key);
		return 0;
	}
	look->some_left = 1;
	if (!window_due(&c->window, look->now_ns))
		return 0;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e)
		return 0;
	bpf_spin_lock(&c->lock);
	due = window_due(&c->window, look->now_ns);
	if (due) {
		*e = c->last;
		e->first_ns = c->window.first_ns;
		e->count = c->window.count;
		window_told(&c->window, look->now_ns);
	}
	bpf_spin_unlock(&c->lock);
	if (due)
		bpf_ringbuf_submit(e, 0);
	else
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
	return 0;
}

static int tick(void *map, __u32 *key, struct ticker *t)
{
	struct look look = {.now_ns = bpf_ktime_get_ns()};

	/* Before the look: whoever comes behind it sets the timer. */
	ticking = 0;
	bpf_for_each_map_elem(&components, look_at, &look, 0);
	if (look.some_left && !__sync_val_compare_and_swap(&ticking, 0, 1))
		tick_again(t, TICK_NS);
	__sync_fetch_and_add(&busy_ns, bpf_ktime_get_ns() - look.now_ns);
	return 0;
}

#endif
