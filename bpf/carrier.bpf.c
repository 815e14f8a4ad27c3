// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Carrier, as the driver left it, because the kernel's own message about it may be a second late
 * (net/core/link_watch.c): of each link of our network namespace net_device.state is read by a timer and,
 * where the kernel lets us hook its functions, at the moment when it changes (carrier_hooks.h; the timer is
 * then slow, for what no hook has seen).
 */
#include "carrier_links.h"
#include "carrier_hooks.h"
#include "ticker.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u64 interval_ns = 2000000; /* set by user space */

__u64 ticks;

static int tick(void *map, __u32 *key, struct ticker *t)
{
	__u64 began = bpf_ktime_get_ns();
	struct look look = {.now = began, .table = active & 1};

	bpf_loop(look.table ? tables[1].count : tables[0].count, look_at, &look, 0);
	ticks++;
	busy_ns += bpf_ktime_get_ns() - began;
	tick_again(t, interval_ns);
	return 0;
}

SEC("syscall")
int arm(void *ctx)
{
	return tick_in(interval_ns, tick);
}
