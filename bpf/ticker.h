// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The timer of an object that looks again and again by itself; native/bpf.h starts it. */
#ifndef PATHWARDEN_TICKER_H
#define PATHWARDEN_TICKER_H

#include "kernel.h"

struct ticker {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ticker);
} tickers SEC(".maps");

/* Set by user space. */
__u64 timer_flags; /* BPF_F_TIMER_CPU_PIN where the kernel knows it */
__u32 stopped;	   /* let the timer expire; bpf_timer_cancel() would drop its callback */

/* In `tick`, at its end. */
static __always_inline void tick_again(struct ticker *t, __u64 wait_ns)
{
	if (!stopped)
		bpf_timer_start(&t->timer, wait_ns, timer_flags);
}

/*
 * Starts the timer on the CPU that runs this, or sets its next tick anew. 0 or -errno: -EINVAL also when the
 * kernel does not know timer_flags.
 */
static __always_inline int tick_in(__u64 wait_ns, int (*tick)(void *map, __u32 *key, struct ticker *t))
{
	__u32 zero = 0;
	struct ticker *t = bpf_map_lookup_elem(&tickers, &zero);
	long error;

	if (!t)
		return -EAGAIN;
	error = bpf_timer_init(&t->timer, &tickers, CLOCK_MONOTONIC);
	if (error && error != -EBUSY) /* EBUSY: not for the first time */
		return error;
	error = bpf_timer_set_callback(&t->timer, tick);
	if (error)
		return error;
	return bpf_timer_start(&t->timer, wait_ns, timer_flags);
}

#endif
