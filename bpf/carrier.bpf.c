// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Carrier, as the driver left it, because the kernel's own message about it may be a second late
 * (net/core/link_watch.c): of each link of our network namespace net_device.state is read by a timer and,
 * where the kernel lets us hook its functions, at the moment when it changes (carrier_hooks.h; the timer is
 * then slow, for what no hook has seen).
 */
#include "carrier_links.h"
#include "carrier_hooks.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

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
__u64 interval_ns = 2000000;
__u64 timer_flags; /* BPF_F_TIMER_CPU_PIN where the kernel knows it */
__u32 stopped;	   /* let the timer expire; bpf_timer_cancel() would drop its callback */

__u64 ticks;

static int tick(void *map, __u32 *key, struct ticker *t)
{
	__u64 began = bpf_ktime_get_ns();
	struct look look = {.now = began, .table = active & 1};

	bpf_loop(look.table ? tables[1].count : tables[0].count, look_at, &look, 0);
	ticks++;
	busy_ns += bpf_ktime_get_ns() - began;
	if (!stopped)
		bpf_timer_start(&t->timer, interval_ns, timer_flags);
	return 0;
}

/* Starts the timer on the CPU that runs this. 0, or -errno: -EINVAL also when the kernel does not know
 * timer_flags. */
SEC("syscall")
int arm(void *ctx)
{
	__u32 zero = 0;
	struct ticker *t = bpf_map_lookup_elem(&tickers, &zero);
	long error;

	if (!t)
		return -EAGAIN;
	error = bpf_timer_init(&t->timer, &tickers, CLOCK_MONOTONIC);
	if (error && error != -EBUSY) /* EBUSY: a second try, with other flags */
		return error;
	error = bpf_timer_set_callback(&t->timer, tick);
	if (error)
		return error;
	return bpf_timer_start(&t->timer, interval_ns, timer_flags);
}
