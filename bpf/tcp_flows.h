// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * tcp.bpf.c: which connections there are. inet_sock_set_state adds and removes, an iterator adds those that
 * were there before.
 */
#ifndef PATHWARDEN_TCP_FLOWS_H
#define PATHWARDEN_TCP_FLOWS_H

#include "tcp_account.h"

__noinline int is_storage_port(__u16 port)
{
	struct port_set *set = ports_active ? &ports[1] : &ports[0];

	for (__u32 i = 0; i < PORT_RANGES_MAX; i++) {
		if (i >= set->count)
			break;
		if (port >= set->ranges[i].low && port <= set->ranges[i].high)
			return true;
	}
	return false;
}

static __always_inline bool is_ours(const struct sock_common *sk)
{
	return BPF_CORE_READ(sk, skc_net.net, ns.inum) == netns;
}

static __always_inline void read_key(const struct sock_common *sk, struct flow_key *key)
{
	__u16 family = BPF_CORE_READ(sk, skc_family);

	key->local_port = BPF_CORE_READ(sk, skc_num);
	key->remote_port = bpf_ntohs(BPF_CORE_READ(sk, skc_dport));
	key->family = 4;
	if (family == AF_INET6 && bpf_core_field_exists(sk->skc_v6_daddr)) {
		BPF_CORE_READ_INTO(&key->local, sk, skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&key->remote, sk, skc_v6_daddr.in6_u.u6_addr8);
		/* ::ffff:a.b.c.d is IPv4 on a socket of the other family. */
		if (*(__u64 *)key->remote || *(__u32 *)&key->remote[8] != bpf_htonl(0xffff)) {
			key->family = 6;
			return;
		}
		__builtin_memset(key->local, 0, sizeof(key->local));
		__builtin_memset(key->remote, 0, sizeof(key->remote));
	}
	BPF_CORE_READ_INTO((__u32 *)key->local, sk, skc_rcv_saddr);
	BPF_CORE_READ_INTO((__u32 *)key->remote, sk, skc_daddr);
}

static __always_inline __u32 out_device(const struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_dst_cache, dev, ifindex);
}

static __always_inline __u32 in_device(const struct sock *sk)
{
	if (!bpf_core_field_exists(sk->sk_rx_dst_ifindex))
		return 0;
	return BPF_CORE_READ(sk, sk_rx_dst_ifindex);
}

static __always_inline struct flow *find_flow(const struct sock *sk)
{
	__u64 key = (__u64)sk;
	__u32 *slot = bpf_map_lookup_elem(&slots, &key);
	struct flow *f = slot ? bpf_map_lookup_elem(&flows, slot) : 0;

	return f && f->slot == SLOT_LIVE && f->sk == key ? f : 0;
}

__noinline int remove_flow(struct flow *f, __u64 now)
{
	__u64 sk;

	if (!f)
		return 0;
	sk = f->sk;
	bpf_map_delete_elem(&slots, &sk);
	f->closed_ns = now;
	f->slot = SLOT_CLOSED;
	tell(f, FLOW_CLOSE, now);
	if (!trace || f->trace.trace != trace ||
	    f->trace.pause_to_ns - f->trace.pause_from_ns < PAUSE_TOLD_NS)
		f->slot = SLOT_FREE;
	return 0;
}

static long take_free(__u64 i, __u32 *slot)
{
	__u32 key = i;
	struct flow *f = bpf_map_lookup_elem(&flows, &key);

	if (!f)
		return 1;
	if (f->slot != SLOT_FREE ||
	    __sync_val_compare_and_swap(&f->slot, SLOT_FREE, SLOT_FILLING) != SLOT_FREE)
		return 0;
	*slot = key;
	return 1;
}

static __always_inline void raise_slots_used(__u32 to)
{
	for (int i = 0; i < 8; i++) {
		__u32 used = slots_used;

		if (used >= to || __sync_val_compare_and_swap(&slots_used, used, to) == used)
			break;
	}
}

enum role { ROLE_NONE, ROLE_CLIENT, ROLE_SERVER };

/* found: by the iterator; a connection that is tracked already is left alone. */
static __noinline int add_flow(const struct sock *sk, enum role role, bool found)
{
	__u64 key = (__u64)sk, now = bpf_ktime_get_ns();
	struct tcp_sock *tp = (void *)sk;
	__u32 slot = FLOWS_MAX;
	struct flow *f = find_flow(sk);

	if (f && found)
		return 0;
	if (f)
		remove_flow(f, now); /* its end was missed */
	bpf_loop(FLOWS_MAX, take_free, &slot, 0);
	f = bpf_map_lookup_elem(&flows, &slot);
	if (!f) {
		__sync_fetch_and_add(&untracked, 1);
		return 0;
	}
	/* The slot is ours, FILLING: it is not zeroed through. */
	__builtin_memset((void *)f + sizeof(__u64), 0, sizeof(*f) - sizeof(__u64));
	f->hot = 0;
	f->sk = key;
	read_key(&sk->__sk_common, &f->key);
	f->key.is_server = role == ROLE_SERVER;
	f->out_ifindex = out_device(sk);
	f->in_ifindex = in_device(sk);
	f->changed_ns = now;
	f->snd_una = BPF_CORE_READ(tp, snd_una);
	f->snd_nxt = BPF_CORE_READ(tp, snd_nxt);
	f->rcv_nxt = BPF_CORE_READ(tp, rcv_nxt);
	f->data_segs_out = BPF_CORE_READ(tp, data_segs_out);
	f->srtt_us = BPF_CORE_READ(tp, srtt_us) >> 3;
	f->id = __sync_fetch_and_add(&next_id, 1) + 1;
	/* Fails also when what we interrupted holds the bucket on this CPU. */
	if (bpf_map_update_elem(&slots, &key, &slot, BPF_NOEXIST)) {
		f->slot = SLOT_FREE;
		__sync_fetch_and_add(&untracked, 1);
		return 0;
	}
	raise_slots_used(slot + 1);
	f->slot = SLOT_LIVE;
	tell(f, FLOW_OPEN, now);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, const struct sock *sk, const int from, const int to)
{
	struct flow *f;

	if (to == TCP_ESTABLISHED) {
		/* MPTCP, SCTP and DCCP come by here, too. */
		if (sk->sk_protocol != IPPROTO_TCP || !is_ours(&sk->__sk_common))
			return 0;
		/* Who opened it is known here: an ephemeral port in a storage range makes no server. */
		if (from == TCP_SYN_SENT) {
			if (is_storage_port(bpf_ntohs(sk->__sk_common.skc_dport)))
				add_flow(sk, ROLE_CLIENT, false);
		} else if (is_storage_port(sk->__sk_common.skc_num)) {
			add_flow(sk, ROLE_SERVER, false);
		}
	} else if (from == TCP_ESTABLISHED) {
		f = find_flow(sk);
		if (f)
			remove_flow(f, bpf_ktime_get_ns());
	}
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroy, struct sock *sk)
{
	struct flow *f = find_flow(sk);

	if (f)
		remove_flow(f, bpf_ktime_get_ns());
	return 0;
}

SEC("iter/tcp")
int find(struct bpf_iter__tcp *ctx)
{
	struct sock_common *sk = ctx->sk_common;
	__u16 local, remote;
	__u8 one = 1;

	if (!sk)
		return 0;
	local = sk->skc_num;
	if (sk->skc_state == TCP_LISTEN) {
		if (is_storage_port(local))
			bpf_map_update_elem(&listening, &local, &one, BPF_ANY);
		return 0;
	}
	if (sk->skc_state != TCP_ESTABLISHED || !is_ours(sk))
		return 0;
	remote = bpf_ntohs(sk->skc_dport);
	if (is_storage_port(local) &&
	    (bpf_map_lookup_elem(&listening, &local) ||
	     (!is_storage_port(remote) && (local < ephemeral_low || local > ephemeral_high))))
		add_flow((struct sock *)sk, ROLE_SERVER, true);
	else if (is_storage_port(remote))
		add_flow((struct sock *)sk, ROLE_CLIENT, true);
	return 0;
}

#endif
