// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* tcp.bpf.c: the trace's account of a flow, kept by the scan and by the trace's programs. */
#ifndef PATHWARDEN_TCP_ACCOUNT_H
#define PATHWARDEN_TCP_ACCOUNT_H

#include "tcp_state.h"

/* A pause that long is told when it ends, and its flow's account is kept if the connection closes. */
#define PAUSE_TOLD_NS (10 * MS)

static __always_inline void enter_trace(struct flow *f)
{
	if (f->trace.trace == trace)
		return;
	__builtin_memset(&f->trace, 0, sizeof(f->trace));
	f->trace.trace = trace;
}

static __always_inline void note_pause(struct flow_trace *t, __u64 from, __u64 to, __u8 open)
{
	if (to < from)
		return;
	if (to - from > t->pause_to_ns - t->pause_from_ns || from == t->pause_from_ns) {
		t->pause_from_ns = from;
		t->pause_to_ns = to;
		t->pause_open = open;
	}
}

static __always_inline __u64 bucket_of(__u64 ns)
{
	__u64 v = ns >> 10;
	__u64 power = 2;

	if (v < 4)
		return v;
	for (int i = 0; i < 24; i++) {
		if (v < 8)
			break;
		v >>= 1;
		power++;
	}
	/* 4 <= v < 8 unless it is beyond the last */
	return v < 8 ? 4 * (power - 1) + (v & 3) : SPACING_BUCKETS - 1;
}

#endif
