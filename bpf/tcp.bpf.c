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

/* Starts the timer, or makes it tick now. */
SEC("syscall")
int arm(void *ctx)
{
	return tick_in(0, tick);
}
