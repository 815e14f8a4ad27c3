/* SPDX-License-Identifier: Apache-2.0 */
/* The helper itself: how it is, what it missed. */
#ifndef PATHWARDEN_FRAME_HELPER_H
#define PATHWARDEN_FRAME_HELPER_H

#include <stdbool.h>
#include <stdint.h>
#include "frame_base.h"

struct frame_heartbeat {
	int64_t wall_offset_us; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	uint64_t cpu_us;	/* of this process since its start */
	uint64_t bpf_us;	/* spent inside our BPF timers, timed by themselves */
	uint64_t dropped_bpf, dropped_netlink, dropped_ring;
};

struct frame_snapshot {
	char source[FRAME_KIND_MAX];
	bool end;
	bool complete; /* meaningful at the end: false = the dump failed, nothing may be concluded from
			  absence */
};

struct frame_lost {
	char source[FRAME_KIND_MAX];
	uint64_t count; /* 0: unknown */
	char reason[FRAME_REASON_MAX];
};

#endif
