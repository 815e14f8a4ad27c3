// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * A bond takes another member into use: stamped where it does, as the message about it comes later by what
 * the kernel and we take to get there. The function is the bonding module's; without it, or where the kernel
 * allows no hooks, this object does not load.
 */
#include "kernel.h"
#include "events.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024);
} events SEC(".maps");

__u32 netns;   /* inode number of the network namespace to watch; set by user space */
__u64 dropped; /* events that found the ring buffer full; read by user space */

static __always_inline __u32 device_of(struct slave *member)
{
	return member ? BPF_CORE_READ(member, dev, ifindex) : 0;
}

/* Under the rtnl lock, and at its entry: curr_active_slave is still the member before. */
SEC("fentry/bond_change_active_slave")
int BPF_PROG(change_active, struct bonding *bond, struct slave *new_active)
{
	struct slave *old_active = BPF_CORE_READ(bond, curr_active_slave);
	struct net_device *dev = BPF_CORE_READ(bond, dev);
	int mode = BPF_CORE_READ(bond, params.mode);
	struct bond_event *e;

	/* Other modes have one, too, and use all. */
	if (mode != BOND_MODE_ACTIVEBACKUP && mode != BOND_MODE_TLB && mode != BOND_MODE_ALB)
		return 0;
	if (old_active == new_active || BPF_CORE_READ(dev, nd_net.net, ns.inum) != netns)
		return 0;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		__sync_fetch_and_add(&dropped, 1);
		return 0;
	}
	*e = (struct bond_event){
	    .t_ns = bpf_ktime_get_ns(),
	    .ifindex = BPF_CORE_READ(dev, ifindex),
	    .from_ifindex = device_of(old_active),
	    .to_ifindex = device_of(new_active),
	};
	bpf_ringbuf_submit(e, 0);
	return 0;
}
