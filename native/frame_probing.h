/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a leg passes packets: leg probes and BFD. */
#ifndef PATHWARDEN_FRAME_PROBING_H
#define PATHWARDEN_FRAME_PROBING_H

#include <stdbool.h>
#include <stdint.h>
#include "frame_base.h"

enum probe_method { PROBE_ICMP, PROBE_ARP, PROBE_ND };

struct frame_leg_probe {
	uint32_t ifindex;
	enum probe_method method;
	struct ip_address target;
	bool answering;
	uint64_t since_us; /* send time of the first lost echo, or receive time of the first answer */
	uint32_t sent, answered, rtt_us;
};

/* RFC 5880 4.1. */
enum bfd_state { BFD_ADMIN_DOWN, BFD_DOWN, BFD_INIT, BFD_UP };

struct frame_bfd {
	uint32_t ifindex;
	struct ip_address local, remote;
	bool micro, gone;
	enum bfd_state state, remote_state;
	uint8_t diagnostic, remote_diagnostic; /* 0..31 */
	uint64_t since_us;
	uint64_t tx_us, detect_us; /* before jitter; 0: not agreed */
};

#endif
