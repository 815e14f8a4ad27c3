/* SPDX-License-Identifier: Apache-2.0 */
/* Storage connections. */
#ifndef PATHWARDEN_FRAME_FLOW_H
#define PATHWARDEN_FRAME_FLOW_H

#include <stdbool.h>
#include <stdint.h>
#include "frame_base.h"

struct frame_flow {
	uint64_t flow;
	struct ip_address local, remote;
	uint16_t local_port, remote_port;
	bool is_server, closed;
	uint32_t out_ifindex, in_ifindex, srtt_us;
};

struct frame_flow_change { /* stall, resume, switch, progress */
	uint64_t flow;
	uint64_t since_us;
	uint32_t out_ifindex, in_ifindex, from_ifindex, threshold_us;
	uint8_t reason; /* enum flow_stall_reason, or for progress 0 pause, 1 switch */
	bool inbound;	/* switch: seen on receive */
};

struct frame_flow_stats {
	uint64_t flow;
	uint64_t progress_us; /* 0: never */
	uint64_t bytes_acked, bytes_received;
	uint32_t srtt_us, rttvar_us, retransmits, unacked_segments, backoff;
	uint32_t out_ifindex, in_ifindex, member_ifindex;
};

#endif
