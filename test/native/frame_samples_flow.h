/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of connections and traces. */
#ifndef PATHWARDEN_FRAME_SAMPLES_FLOW_H
#define PATHWARDEN_FRAME_SAMPLES_FLOW_H

#include "events.h"
#include "frame_samples_net.h"

static struct frame flow_change(enum frame_type type, uint8_t reason)
{
	struct frame f = {.type = type, .t_us = 2000};

	f.change = (struct frame_flow_change){.flow = 5,
					      .since_us = 1900,
					      .out_ifindex = 31,
					      .in_ifindex = 32,
					      .from_ifindex = 32,
					      .threshold_us = 50000,
					      .reason = reason,
					      .inbound = true};
	return f;
}

static struct frame *flow_samples(struct frame *f)
{
	*f++ = (struct frame){.type = FRAME_FLOW, .flow = {.flow = 5, .local = v4(1), .remote = v4(2)}};
	*f++ = (struct frame){.type = FRAME_FLOW,
			      .flow = {.flow = 6,
				       .local = v6(),
				       .remote = v6(),
				       .local_port = 3260,
				       .remote_port = 65535,
				       .is_server = true,
				       .closed = true,
				       .out_ifindex = 31,
				       .in_ifindex = 32,
				       .srtt_us = 50}};
	*f++ = flow_change(FRAME_FLOW_STALL, STALL_UNACKED);
	*f++ = flow_change(FRAME_FLOW_STALL, STALL_UNSENT);
	*f++ = flow_change(FRAME_FLOW_RESUME, STALL_UNANSWERED);
	*f++ = flow_change(FRAME_FLOW_SWITCH, 0);
	*f++ = flow_change(FRAME_FLOW_PROGRESS, 0);
	*f++ = flow_change(FRAME_FLOW_PROGRESS, 1);
	*f++ =
	    (struct frame){.type = FRAME_TRACE, .trace = {.trace = 1, .reason = "carrier", .for_ms = 5000}};
	*f++ = (struct frame){.type = FRAME_TRACE_FLOW,
			      .trace_flow = {.trace = 1, .flow = 5, .pause_open = true}};
	*f++ = (struct frame){
	    .type = FRAME_FLOW_MEMBER,
	    .flow_member = {.flow = 5, .master_ifindex = 9, .from_ifindex = 3, .to_ifindex = 4}};
	*f++ = (struct frame){.type = FRAME_FLOW_MEMBER,
			      .flow_member = {.flow = 5, .master_ifindex = 9, .to_ifindex = 4}};
	*f++ = (struct frame){.type = FRAME_FLOW_STATS,
			      .flow_stats = {.flow = 5,
					     .progress_us = 1,
					     .bytes_acked = 2,
					     .bytes_received = 3,
					     .srtt_us = 4,
					     .rttvar_us = 5,
					     .retransmits = 6,
					     .unacked_segments = 7,
					     .backoff = 8,
					     .out_ifindex = 3,
					     .in_ifindex = 3,
					     .member_ifindex = 4}};
	*f++ = (struct frame){.type = FRAME_FLOW_STATS, .flow_stats = {.flow = 5}};
	return f;
}

#endif
