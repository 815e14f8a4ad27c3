/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 OR BSD-2-Clause */
/*
 * The records that the BPF programs write into their ring buffers, shared with native/.
 * Times are nanoseconds of CLOCK_MONOTONIC (bpf_ktime_get_ns).
 */
#ifndef PATHWARDEN_EVENTS_H
#define PATHWARDEN_EVENTS_H

#include <linux/types.h>

/* carrier.bpf.c: a link's carrier or administrative state, or its change counts, moved. */
struct carrier_event {
	__u64 t_ns;
	__u32 ifindex;
	__u32 carrier_up_count;
	__u32 carrier_down_count;
	__u8 carrier; /* 1: the device has carrier */
	__u8 running; /* 1: __LINK_STATE_START, i.e. administratively up */
	__u8 hooked;  /* 1: seen as it happened; 0: by the timer, and so old as its interval at most */
	__u8 unseen;  /* 1: by the timer, and a hook should have */
};

/* Links that carrier.bpf.c watches; a host with more is told so. */
#define CARRIER_LINKS_MAX 1024

struct carrier_link {
	__u64 dev; /* the kernel's address of it; 0: gone */
	__u32 ifindex;
	__u32 carrier_up_count;
	__u32 carrier_down_count;
	__u8 carrier, running;
	__u8 missed; /* it moved and the ring buffer was full */
	__u8 told;   /* events by hooks since the timer last looked */
	__u8 waits;  /* 1: the timer saw it move, and waits for a hook until its next look; 2: no hook may */
	__u8 pad[7];
};

struct carrier_table {
	__u64 t_ns; /* when it was listed */
	__u64 net;  /* the kernel's address of the network namespace */
	__u32 count;
	__u32 pad;
	struct carrier_link links[CARRIER_LINKS_MAX];
};

/* bond.bpf.c: a bond is about to use another member; 0: none. */
struct bond_event {
	__u64 t_ns;
	__u32 ifindex, from_ifindex, to_ifindex;
	__u32 pad;
};

/* announce.bpf.c: a gratuitous ARP or an unsolicited neighbour advertisement was handed to a device. */
struct announce_event {
	__u64 t_ns;
	__u32 ifindex;
	__u8 family; /* 4: ARP, 6: neighbour advertisement */
	__u8 pad[3];
	__u8 address[16]; /* network order; v4 in the first 4 bytes */
};

/* netdev.bpf.c: a transmit queue has not sent for the driver's time-out. */
struct tx_timeout_event {
	__u64 t_ns;
	__u32 ifindex;
	__u32 queue;
};

enum flow_event_kind {
	FLOW_OPEN = 1,	   /* a storage connection is established, or was found at start */
	FLOW_CLOSE = 2,	   /* it left ESTABLISHED or was freed */
	FLOW_LEGS = 3,	   /* its egress or ingress device is known now and was not before */
	FLOW_STALL = 4,	   /* reason, since */
	FLOW_RESUME = 5,   /* reason, since; t_ns = progress */
	FLOW_SWITCH = 6,   /* another device; aux = 0 out, 1 in; since = last known to use the one before */
	FLOW_PROGRESS = 7, /* trace only: progress after a pause or a switch; since = the progress before */
	FLOW_MEMBER = 8,   /* trace only: its first packet, or its first by another member (to) of master */
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
	__u8 family;	/* 4 or 6 */
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
	__u32
	    from_ifindex; /* FLOW_SWITCH: the device before; FLOW_MEMBER: so, or 0: not known, or the same */
	__u32 to_ifindex; /* FLOW_MEMBER */
	__u32 master_ifindex;
	__u32 srtt_us;
	__u8 kind;
	__u8 reason;
	__u8 aux;
	__u8 pad;
	__u32 threshold_us; /* FLOW_STALL */
};

/* A member of a bond or team, as the map of them has it by the member's ifindex. */
struct master {
	__u32 ifindex;
	__u32 spreads; /* 1: the packets of one flow go by all members (balance-rr), and none is the flow's */
};

#define MEMBERS_MAX 256

#define PORT_RANGES_MAX 32

struct port_set {
	__u32 count;
	struct {
		__u16 low, high; /* both included */
	} ranges[PORT_RANGES_MAX];
};

/* Connections that are tracked; more are counted and told. */
#define FLOWS_MAX 4096

/*
 * Times between two progresses, counted by size in steps of a quarter of a power of two: a step is at most 25
 * % wide. Units of 1024 ns up to 2^24 of them (17 s).
 */
#define SPACING_BUCKETS 96

struct flow_trace {
	__u32 trace; /* which one these belong to; 0: none yet */
	__u32 progress_count;
	__u64 last_ns; /* the last progress, 0: none seen */
	__u64 una_ns;  /* snd_una moved, or a flight began; 0: not seen */
	__u64 hole_ns; /* data came behind a hole, since; 0: there is none */
	__u64 part_ns; /* the last data came without PSH, so that more is to come, since; 0: it is complete */
	/* The longest time with demand and without progress. open: as of pause_to there had been none yet. */
	__u64 pause_from_ns, pause_to_ns;
	__u8 pause_open;
	__u8 switched; /* seen on another device; its next progress is told */
	__u8 members_told;
	__u8 pad;
	__u32 member_ifindex; /* told last in this trace; 0: none yet */
	__u32 spacing[SPACING_BUCKETS];
};

/* What its socket knew when that was last asked for. */
struct flow_stats {
	__u64 progress_ns; /* something was acknowledged or came; 0: never */
	__u64 bytes_acked, bytes_received;
	__u32 srtt_us, rttvar_us, retransmits, unacked_segments;
	__u32 backoff;
	__u32 pad;
};

enum flow_slot {
	SLOT_FREE = 0,
	SLOT_FILLING = 1,
	SLOT_LIVE = 2,
	SLOT_CLOSED = 3, /* kept for the open trace only */
};

/* A tracked connection: one slot of the array that user space has mapped, for snapshots and a trace's end. */
struct flow {
	/* First what a look at an idle connection reads: one cache line. */
	__u32 slot; /* enum flow_slot */
	__u32 hot;  /* it stands still: look often */
	__u64 sk;   /* the kernel's address of the socket */
	/* tcp_sock as of the last scan that saw it move */
	__u32 snd_una, snd_nxt, rcv_nxt, data_segs_out;
	__u64 changed_ns; /* when that was */
	__u64 checked_ns; /* when it was last made sure that it is still the same connection */
	__u64 unsent_ns;  /* data that cannot leave, since */
	__u64 asked_ns;	  /* a request, acknowledged, without answer, since */
	__u64 id;
	struct flow_key key;
	__u32 srtt_us;
	__u32 out_ifindex, in_ifindex;
	__u32 member_ifindex; /* of a bond or team, told last in any trace; 0: never */
	__u32 unsent_una;     /* snd_una when unsent_ns began */
	__u32 reply_segs;     /* data_segs_out up to which what was sent was a reply, no request */
	__u64 came_ns;	      /* the last scan that saw something come, 0: none */
	__u64 out_ns, in_ns;  /* when it was last known to use these devices */
	__u64 closed_ns;
	__u64 answer_ns;   /* the longest that answers have taken of late */
	__u64 stall_ns[4]; /* by reason: since when; 0: not stalled */
	__u8 answers;	   /* the other side has answered before */
	__u8 owes_reply;   /* the other side began; our next data is the reply */
	__u8 pad[6];
	struct flow_trace trace;
	struct flow_stats stats;
} __attribute__((aligned(64)));

/* Block devices that are watched, and requests of theirs in flight; what is more is counted and told. */
#define BLOCK_DISKS_MAX 1024
#define BLOCK_REQUESTS_MAX 8192
#define BLOCK_NAME_MAX 32 /* DISK_NAME_LEN */

/* A watched block device: one slot of the array that user space has mapped. */
struct block_disk {
	/* Written by user space. */
	char name[BLOCK_NAME_MAX];
	__u32 generation; /* of this use of the slot; 0: it is free */
	/* Written by the programs. */
	__s32 last_error; /* as the tracepoint has it: blk_status_t, or a negative errno (before 5.16) */
	__u64 errors;
	__u64 medium, medium_sector; /* of them, those of the medium; where the last was */
	__u64 error_told_ns;
	__u64 stall_ns;	  /* issue of the request that made it a stall; 0: none is open */
	__u64 cleared_ns; /* when a request that was older than the threshold was last completed */
	__u32 stall_in_flight, stall_operation;
	/* Of the scan that runs. */
	__u64 oldest_ns;
	__u32 oldest_operation, in_flight;
};

enum block_event_kind {
	BLOCK_STALL = 1,  /* since */
	BLOCK_RESUME = 2, /* since; t_ns = the completion that ended it */
	BLOCK_ERROR = 3,  /* look at the slot's count */
};

struct block_event {
	__u64 t_ns;
	__u64 since_ns;
	__u64 threshold_ns;
	__u32 slot, generation;
	__u32 in_flight;
	__u8 kind;
	__u8 operation; /* enum req_op of the kernel */
	__u8 pad[2];
};

#endif
