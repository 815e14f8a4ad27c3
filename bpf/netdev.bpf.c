// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The transmit watchdog (dev_watchdog() of net/sched/sch_generic.c): a queue of a NIC with carrier is stopped
 * and has sent nothing for the driver's time-out. It fires again after each further time-out.
 */
#include "kernel.h"
#include "events.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024);
} events SEC(".maps");

__u32 netns;   /* inode number of ours; set by user space */
__u64 dropped; /* events that found the ring buffer full; read by user space */

SEC("tp_btf/net_dev_xmit_timeout")
int BPF_PROG(on_xmit_timeout, struct net_device *dev, int queue)
{
	struct tx_timeout_event *e;

	if (BPF_CORE_READ(dev, nd_net.net, ns.inum) != netns)
		return 0;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		__sync_fetch_and_add(&dropped, 1);
		return 0;
	}
	e->t_ns = bpf_ktime_get_ns();
	e->ifindex = BPF_CORE_READ(dev, ifindex);
	e->queue = queue;
	bpf_ringbuf_submit(e, 0);
	return 0;
}
