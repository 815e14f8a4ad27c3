// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* tcp.bpf.c: the programs that are attached only while a trace is open. */
#ifndef PATHWARDEN_TCP_TRACE_H
#define PATHWARDEN_TCP_TRACE_H

#include "tcp_account.h"
#include "tcp_flows.h"

/* So often at most in one trace: enough for any failover, and no flood where packets are spread unbeknown. */
#define MEMBERS_TOLD_MAX 200

/* A stacked device has handed the packet to ifindex. */
__noinline int follow_member(struct flow *f, __u32 ifindex, __u64 now)
{
	struct flow_trace *t;
	struct flow_event *e;
	struct master *master;
	__u32 from;

	if (!f)
		return 0;
	t = &f->trace;
	if (ifindex == t->member_ifindex || t->members_told >= MEMBERS_TOLD_MAX)
		return 0;
	master = bpf_map_lookup_elem(&members, &ifindex);
	if (!master || (master->spreads && t->member_ifindex))
		return 0;
	from = f->member_ifindex == ifindex ? 0 : f->member_ifindex;
	e = event(f, FLOW_MEMBER, now);
	if (!e)
		return 0;
	e->from_ifindex = from;
	e->to_ifindex = ifindex;
	e->master_ifindex = master->ifindex;
	bpf_ringbuf_submit(e, 0);
	t->switched |= from != 0;
	t->member_ifindex = f->member_ifindex = ifindex;
	t->members_told++;
	return 0;
}

/*
 * A packet is handed to a device. Not net_dev_queue, which also fires for what a qdisc then drops, as the
 * noop qdisc of a device without carrier does. Stacked devices hand it on: the one that the route names is
 * the flow's, as that is what the receiving side compares with, too; members of a bond or team are told
 * besides.
 */
SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(trace_transmit, const struct sk_buff *skb, const struct net_device *dev)
{
	struct sock *sk = skb->sk;
	__u64 now;
	__u32 ifindex, from;
	struct flow *f;

	if (!sk || !trace)
		return 0;
	f = find_flow(sk);
	if (!f)
		return 0;
	ifindex = dev->ifindex;
	from = f->out_ifindex;
	now = bpf_ktime_get_ns();
	enter_trace(f);
	if (!BPF_CORE_READ((struct tcp_sock *)sk, packets_out))
		f->trace.una_ns = now;
	if (ifindex != from) {
		if (ifindex != out_device(sk))
			return follow_member(f, ifindex, now);
		f->out_ifindex = ifindex;
		f->trace.switched = from != 0;
		tell_switch(f, false, from, f->out_ns, now);
	}
	f->out_ns = now;
	return 0;
}

static __always_inline bool after(__u32 a, __u32 b)
{
	return (__s32)(a - b) > 0;
}

/* Linux sets PSH on what ends a write; it is in the low byte, whether the kernel's field is one byte or two.
 */
static __always_inline bool has_push(const struct tcp_skb_cb *cb)
{
	__u8 flags = 0;

	bpf_probe_read_kernel(&flags, 1,
			      (const void *)cb + bpf_core_field_offset(struct tcp_skb_cb, tcp_flags));
	return flags & 0x08;
}

static __always_inline void progress(struct flow *f, __u64 from, __u64 delivered, __u64 now)
{
	struct flow_trace *t = &f->trace;
	__u64 last = t->last_ns;
	__u8 switched = t->switched;
	__u64 bucket;
	bool paused = from && now > from && now - from >= PAUSE_TOLD_NS;

	if (from)
		note_pause(t, from, now, 0);
	t->progress_count++;
	t->last_ns = now;
	t->switched = 0;
	if (last && now > last) {
		bucket = bucket_of(now - last);
		barrier_var(bucket); /* so that what the verifier sees checked is what is used */
		if (bucket < SPACING_BUCKETS)
			t->spacing[bucket]++;
	}
	if (paused || switched) {
		struct flow_event *e = event(f, FLOW_PROGRESS, now);

		if (!e)
			return;
		e->since_ns = from ? from : last ? last : delivered;
		e->aux = switched;
		bpf_ringbuf_submit(e, 0);
	}
}

/*
 * A segment for an established connection, before TCP has processed it: tcp_sock still says how it was. What
 * arrives behind a lost segment is no progress yet, in either direction: the application waits for the lost
 * one.
 */
SEC("tp_btf/tcp_probe")
int BPF_PROG(trace_receive, struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tp = (void *)sk;
	const struct tcp_skb_cb *cb;
	__u64 now, delivered, una_ns, hole_ns, part_ns, from = 0;
	__u32 ifindex, was, una, rcv, seq, end_seq;
	bool acked, data;
	struct flow *f;

	if (!trace)
		return 0;
	f = find_flow(sk);
	if (!f)
		return 0;
	now = bpf_ktime_get_ns();
	enter_trace(f);
	ifindex = skb->skb_iif;
	was = f->in_ifindex;
	if (ifindex && ifindex != was) {
		f->in_ifindex = ifindex;
		f->trace.switched = was != 0;
		tell_switch(f, true, was, f->in_ns, now);
	}
	f->in_ns = now;
	cb = (const void *)skb + bpf_core_field_offset(struct sk_buff, cb);
	una = BPF_CORE_READ(tp, snd_una);
	rcv = BPF_CORE_READ(tp, rcv_nxt);
	seq = BPF_CORE_READ(cb, seq);
	end_seq = BPF_CORE_READ(cb, end_seq);
	acked = after(BPF_CORE_READ(cb, ack_seq), una) && BPF_CORE_READ(tp, packets_out);
	data = after(end_seq, rcv) && !after(seq, rcv);
	una_ns = f->trace.una_ns;
	hole_ns = f->trace.hole_ns;
	part_ns = f->trace.part_ns;
	if (after(seq, rcv) && end_seq != seq && !hole_ns)
		f->trace.hole_ns = now;
	if (!acked && !data)
		return 0;
	delivered = BPF_CORE_READ(tp, delivered_mstamp) * 1000;
	if (acked || (f->asked_ns && f->answers))
		from = acked && f->unsent_ns && f->unsent_ns < delivered ? f->unsent_ns : delivered;
	if (acked && una_ns && una_ns < from && BPF_CORE_READ(tp, sacked_out))
		from = una_ns;
	if (data && !from)
		from = part_ns;
	if (data && hole_ns && (!from || hole_ns < from))
		from = hole_ns;
	if (acked)
		f->trace.una_ns = now;
	if (data) {
		f->trace.hole_ns = 0;
		f->trace.part_ns = has_push(cb) ? 0 : now;
	}
	progress(f, from, delivered, now);
	if (data)
		f->asked_ns = 0;
	return 0;
}
#endif
