/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 OR BSD-2-Clause */
/*
 * The records that the BPF programs write into their ring buffers, shared with native/.
 * Times are nanoseconds of CLOCK_MONOTONIC (bpf_ktime_get_ns).
 */
#ifndef PATHWARDEN_EVENTS_H
#define PATHWARDEN_EVENTS_H

/* carrier.bpf.c: a link's carrier or administrative state, or its change counts, moved. */
struct carrier_event {
	__u64 t_ns;
	__u32 ifindex;
	__u32 carrier_up_count;
	__u32 carrier_down_count;
	__u8 carrier; /* 1: the device has carrier */
	__u8 running; /* 1: __LINK_STATE_START, i.e. administratively up */
	__u8 pad[2];
};

enum flow_event_kind {
	FLOW_OPEN = 1,	   /* a storage connection is established, or was found at start */
	FLOW_CLOSE = 2,	   /* it left ESTABLISHED or was freed */
	FLOW_LEGS = 3,	   /* its egress or ingress device changed (seen by the scan) */
	FLOW_STALL = 4,	   /* reason, since */
	FLOW_RESUME = 5,   /* reason, since; t_ns = progress */
	FLOW_SWITCH = 6,   /* trace only: first packet on another device; aux = 0 out, 1 in */
	FLOW_PROGRESS = 7, /* trace only: progress after a pause or a switch; since = the progress before */
};

enum flow_stall_reason {
	STALL_UNACKED = 1,    /* data in flight, nothing acknowledged */
	STALL_UNSENT = 2,     /* data written that cannot leave, nothing in flight, window open */
	STALL_UNANSWERED = 3, /* request acknowledged, no answer: slow target or path */
};

struct flow_key { /* host order ports, network order addresses, v4 in the first 4 bytes */
	__u8 local[16];
	__u8 remote[16];
	__u16 local_port;
	__u16 remote_port;
	__u8 family; /* 4 or 6 */
	__u8 is_server; /* 1: the storage port is the local one */
	__u8 pad[2];
};

struct flow_event {
	__u64 t_ns;
	__u64 since_ns;
	__u64 id; /* unique within one load of the object */
	struct flow_key key;
	__u32 out_ifindex; /* 0: not known yet */
	__u32 in_ifindex;
	__u32 from_ifindex; /* FLOW_SWITCH: the device before */
	__u32 srtt_us;
	__u8 kind;
	__u8 reason;
	__u8 aux;
	__u8 pad[5];
};

#endif
