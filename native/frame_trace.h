/* SPDX-License-Identifier: Apache-2.0 */
/* Traces: what is told of each flow meanwhile, and at the end. */
#ifndef PATHWARDEN_FRAME_TRACE_H
#define PATHWARDEN_FRAME_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include "frame_base.h"

struct frame_trace {
	uint32_t trace;
	bool end;
	char reason[FRAME_KIND_MAX]; /* request, carrier, link */
	uint32_t for_ms;
};

struct frame_flow_member {
	uint64_t flow;
	uint32_t master_ifindex, from_ifindex, to_ifindex; /* from 0: the first of a trace */
};

struct frame_trace_flow {
	uint32_t trace;
	uint64_t flow;
	uint64_t pause_from_us, pause_to_us; /* the longest time without progress while there was demand */
	bool pause_open;		     /* it had not ended when the trace did */
	uint32_t progress_count;
	uint32_t spacing_us; /* median time between two progresses in this trace */
};

#endif
