// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Gratuitous ARPs and unsolicited neighbour advertisements of our own: how a bond, a team or a VLAN above one
 * tells the switches that its address has moved. Seen where the kernel sends them; or, where it allows no
 * hooks, among all packets handed to devices, which is done for the time of a trace only.
 */
#include "kernel.h"
#include "events.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define ETH_P_ARP 0x0806
#define ETH_P_IPV6 0x86dd
#define IPPROTO_ICMPV6 58
#define NEIGHBOUR_ADVERTISEMENT 136 /* RFC 4861, 4.4 */
#define NA_SOLICITED 0x40	    /* of the octet that follows the checksum */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

__u32 netns;   /* inode number of the network namespace to watch; set by user space */
__u64 dropped; /* events that found the ring buffer full; read by user space */

static __always_inline void tell(const struct net_device *dev, __u8 family, const void *address)
{
	struct announce_event *e;

	if (BPF_CORE_READ(dev, nd_net.net, ns.inum) != netns)
		return;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		__sync_fetch_and_add(&dropped, 1);
		return;
	}
	*e = (struct announce_event){
	    .t_ns = bpf_ktime_get_ns(),
	    .ifindex = BPF_CORE_READ(dev, ifindex),
	    .family = family,
	};
	if (family == 4)
		bpf_probe_read_kernel(e->address, 4, address);
	else
		bpf_probe_read_kernel(e->address, 16, address);
	bpf_ringbuf_submit(e, 0);
}

/* RFC 826; gratuitous (RFC 5227, 3): its sender's and its target's protocol address are the same. */
struct arp {
	__be16 hardware, protocol;
	__u8 hardware_size, protocol_size;
	__be16 operation;
};

static __always_inline void look_at_arp(const struct sk_buff *skb, const struct net_device *dev)
{
	const unsigned char *at = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
	__be32 sender = 0, target = 0;
	struct arp arp;

	if (bpf_probe_read_kernel(&arp, sizeof(arp), at) || arp.protocol_size != sizeof(sender))
		return;
	at += sizeof(arp) + arp.hardware_size;
	bpf_probe_read_kernel(&sender, sizeof(sender), at);
	bpf_probe_read_kernel(&target, sizeof(target), at + sizeof(sender) + arp.hardware_size);
	/* Address 0.0.0.0 probes for a duplicate and announces nothing. */
	if (sender && sender == target)
		tell(dev, 4, at);
}

struct advertisement {
	__u8 type, code;
	__be16 checksum;
	__u8 flags, reserved[3];
	__u8 target[16];
};

static __always_inline void look_at_icmpv6(const unsigned char *at, const struct net_device *dev)
{
	struct advertisement na;

	if (bpf_probe_read_kernel(&na, sizeof(na), at) || na.type != NEIGHBOUR_ADVERTISEMENT)
		return;
	if (!(na.flags & NA_SOLICITED))
		tell(dev, 6, at + __builtin_offsetof(struct advertisement, target));
}

SEC("fentry/arp_xmit")
int BPF_PROG(send_arp, struct sk_buff *skb)
{
	look_at_arp(skb, BPF_CORE_READ(skb, dev));
	return 0;
}

/* Not ndisc_send_na(): it has more arguments than a trampoline takes before 6.6. */
SEC("fentry/ndisc_send_skb")
int BPF_PROG(send_ndisc, struct sk_buff *skb)
{
	look_at_icmpv6(BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, transport_header),
		       BPF_CORE_READ(skb, dev));
	return 0;
}

SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(transmit, const struct sk_buff *skb, const struct net_device *dev)
{
	__be16 protocol = skb->protocol;
	const unsigned char *at;
	__u8 next;

	/*
	 * What came in by a device is somebody else's: a bridge's guests announce themselves, too. What bears
	 * a VLAN's tag was seen at the VLAN's device before.
	 */
	if (skb->skb_iif || skb->vlan_proto)
		return 0;
	if (protocol == bpf_htons(ETH_P_ARP)) {
		look_at_arp(skb, dev);
	} else if (protocol == bpf_htons(ETH_P_IPV6)) {
		at = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
		/* ipv6hdr.nexthdr; such an advertisement has no extension headers. */
		if (!bpf_probe_read_kernel(&next, 1, at + 6) && next == IPPROTO_ICMPV6)
			look_at_icmpv6(at + 40, dev);
	}
	return 0;
}
