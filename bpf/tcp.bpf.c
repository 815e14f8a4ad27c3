// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Storage connections of our network namespace: which there are (tcp_flows.h), by which devices they go and
 * whether they stand still (tcp_scan.h), and for the time of a trace every progress and every change of
 * device, to the microsecond (tcp_trace.h); on request, what their sockets know (tcp_stats.h).
 */
#include "tcp_flows.h"
#include "tcp_scan.h"
#include "tcp_stats.h"
#include "tcp_trace.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Starts the timer on the CPU that runs this, or makes it tick now. 0 or -errno, see carrier.bpf.c. */
SEC("syscall")
int arm(void *ctx)
{
	__u32 zero = 0;
	struct ticker *t = bpf_map_lookup_elem(&tickers, &zero);
	long error;

	if (!t)
		return -EAGAIN;
	error = bpf_timer_init(&t->timer, &tickers, CLOCK_MONOTONIC);
	if (error && error != -EBUSY)
		return error;
	error = bpf_timer_set_callback(&t->timer, tick);
	if (error)
		return error;
	return bpf_timer_start(&t->timer, 0, timer_flags);
}
