// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* tcp.bpf.c: what each socket knows, into its slot, when user space asks. */
#ifndef PATHWARDEN_TCP_STATS_H
#define PATHWARDEN_TCP_STATS_H

#include "tcp_scan.h"

static long note_stats(__u64 i, void *ctx)
{
	__u32 key = i;
	struct flow *f = bpf_map_lookup_elem(&flows, &key);
	struct tcp_sock *tp;
	__u64 delivered;

	if (!f)
		return 1;
	if (f->slot != SLOT_LIVE || !is_still(f))
		return 0;
	tp = (void *)f->sk;
	delivered = BPF_CORE_READ(tp, delivered_mstamp) * 1000;
	f->stats.progress_ns = f->came_ns > delivered ? f->came_ns : delivered;
	f->stats.bytes_acked = BPF_CORE_READ(tp, bytes_acked);
	f->stats.bytes_received = BPF_CORE_READ(tp, bytes_received);
	/* Kept shifted by 3 and 2 (RFC 6298 in integers, tcp_rtt_estimator()). */
	f->stats.srtt_us = BPF_CORE_READ(tp, srtt_us) >> 3;
	f->stats.rttvar_us = BPF_CORE_READ(tp, rttvar_us) >> 2;
	f->stats.retransmits = BPF_CORE_READ(tp, total_retrans);
	f->stats.unacked_segments = BPF_CORE_READ(tp, packets_out);
	f->stats.backoff = BPF_CORE_READ(tp, inet_conn.icsk_backoff);
	return 0;
}

SEC("syscall")
int stats(void *ctx)
{
	bpf_loop(slots_used, note_stats, NULL, 0);
	return 0;
}

#endif
