// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The blackhole of a drill: between arming and its deadline every packet of one link vanishes, as it
 * would on a dead cable that still has its light. Nothing but the comparison below ends it, so neither a
 * stopped nor a dead guard can prolong it.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* tcx knows only -1 (next), 0 (pass), 2 (drop) and 7 (redirect); a clsact filter knows STOLEN as well. */
#define VERDICT_NEXT -1
#define VERDICT_DROP 2
#define VERDICT_STOLEN 4
/* No device has it: the redirect frees the packet and the sender is told of a success. */
#define NO_SUCH_IFINDEX 0x7fffffff

/* Set before load: attached by clsact (kernels before 6.6). */
const volatile __u8 by_clsact;

/* CLOCK_MONOTONIC ns at which the cut ends by itself; 0 = not armed. Written by the guard through its
 * mapping. */
volatile __u64 deadline_ns;
/* Packets taken while armed; a segmentation-offload packet counts once. */
__u64 hits_in;
__u64 hits_out;

static __always_inline int armed(void)
{
	__u64 deadline = deadline_ns;

	return deadline && bpf_ktime_get_ns() < deadline;
}

SEC("tc")
int pw_guard_in(struct __sk_buff *skb __attribute__((unused)))
{
	if (!armed())
		return VERDICT_NEXT;
	__sync_fetch_and_add(&hits_in, 1);
	return VERDICT_DROP;
}

/* A drop would tell the local TCP of congestion: it does not count the segment as sent and repeats nothing.
 */
SEC("tc")
int pw_guard_out(struct __sk_buff *skb __attribute__((unused)))
{
	if (!armed())
		return VERDICT_NEXT;
	__sync_fetch_and_add(&hits_out, 1);
	if (by_clsact)
		return VERDICT_STOLEN;
	return bpf_redirect(NO_SUCH_IFINDEX, 0);
}
