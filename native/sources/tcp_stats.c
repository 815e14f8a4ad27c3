/* SPDX-License-Identifier: Apache-2.0 */
/* The tcp source: what each connection's socket knows, when somebody asks. */
#include <string.h>
#include "bpf.h"
#include "tcp.h"
#include "tcp.skel.h"

static void mark(struct helper *h, bool end, bool complete)
{
	struct frame f = {.type = FRAME_SNAPSHOT,
			  .t_us = now_us(),
			  .snapshot = {.source = "flow_stats", .end = end, .complete = complete}};

	helper_emit(h, &f);
}

static void tell(struct helper *h, const struct flow *flow)
{
	struct frame f = {
	    .type = FRAME_FLOW_STATS,
	    .t_us = now_us(),
	    .flow_stats = {.flow = flow->id,
			   .progress_us = flow->stats.progress_ns / 1000,
			   .bytes_acked = flow->stats.bytes_acked,
			   .bytes_received = flow->stats.bytes_received,
			   .srtt_us = flow->stats.srtt_us,
			   .rttvar_us = flow->stats.rttvar_us,
			   .retransmits = flow->stats.retransmits,
			   .unacked_segments = flow->stats.unacked_segments,
			   .backoff = flow->stats.backoff,
			   .out_ifindex = flow->out_ifindex,
			   .in_ifindex = flow->in_ifindex,
			   .member_ifindex = flow->member_ifindex},
	};

	helper_emit(h, &f);
}

void tcp_stats(struct helper *h)
{
	struct tcp_bpf *bpf = tcp_object();
	bool read = bpf && !bpf_run(bpf->progs.stats, -1);
	struct flow flow;

	/* Flows that are opened on the way are told before. */
	if (read)
		tcp_drain(h);
	mark(h, false, true);
	for (uint32_t at = 0; read && at < bpf->bss->slots_used; at++)
		if (tcp_slot(at, SLOT_LIVE, &flow))
			tell(h, &flow);
	mark(h, true, read);
}
