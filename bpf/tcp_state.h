// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* tcp.bpf.c: its maps and variables, and how it tells. */
#ifndef PATHWARDEN_TCP_STATE_H
#define PATHWARDEN_TCP_STATE_H

#include "kernel.h"
#include "events.h"
#include "ticker.h"

#define MS 1000000ULL

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* A dense array, so that a scan costs what there are and not what there could be; user space maps it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FLOWS_MAX);
	__type(key, __u32);
	__type(value, struct flow);
} flows SEC(".maps");

/* The kernel's address of a socket -> its slot there. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FLOWS_MAX);
	__type(key, __u64);
	__type(value, __u32);
} slots SEC(".maps");

/* Storage ports that somebody listens on, found by the iterator, which visits listeners first. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u16);
	__type(value, __u8);
} listening SEC(".maps");

/* By the ifindex of a member of a bond or team; written by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MEMBERS_MAX);
	__type(key, __u32);
	__type(value, struct master);
} members SEC(".maps");

/* Set by user space. */
__u32 netns;		  /* inode number of ours */
struct port_set ports[2]; /* storage ports; the one not in use is written and then taken into use */
__u32 ports_active;
__u16 ephemeral_low = 32768, ephemeral_high = 60999; /* net.ipv4.ip_local_port_range */
__u64 unacked_ns = 50 * MS, unanswered_ns = 200 * MS;
__u64 idle_ns = 25 * MS, hot_ns = 2 * MS; /* idle_ns at most half of unacked_ns: no deadline is missed */
__u32 trace;				  /* number of the open trace, 0: none */
__u32 tracing; /* the trace_* programs are attached: they, not the scan, watch the devices */

/* Read by user space. */
__u32 slots_used; /* none beyond has been in use */
__u64 next_id;
__u64 busy_ns, ticks;
__u64 dropped;	 /* events that found the ring buffer full */
__u64 untracked; /* connections that found no slot */

static __always_inline struct flow_event *event(const struct flow *f, __u8 kind, __u64 t_ns)
{
	struct flow_event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		__sync_fetch_and_add(&dropped, 1);
		return 0;
	}
	*e = (struct flow_event){
	    .t_ns = t_ns,
	    .id = f->id,
	    .key = f->key,
	    .out_ifindex = f->out_ifindex,
	    .in_ifindex = f->in_ifindex,
	    .srtt_us = f->srtt_us,
	    .kind = kind,
	};
	return e;
}

/*
 * Functions that are neither static nor inline are verified once, by themselves, and not on each path that
 * leads to them: without that the scan would exceed what the verifier is willing to look at. The price: a
 * pointer given to them may be null, and they return int.
 */
__noinline int tell(const struct flow *f, __u8 kind, __u64 t_ns)
{
	struct flow_event *e;

	if (!f)
		return 0;
	e = event(f, kind, t_ns);
	if (e)
		bpf_ringbuf_submit(e, 0);
	return 0;
}

/* from: the device before; 0: not known. */
__noinline int tell_switch(const struct flow *f, bool inbound, __u32 from, __u64 since_ns, __u64 t_ns)
{
	struct flow_event *e;

	if (!f)
		return 0;
	e = event(f, from ? FLOW_SWITCH : FLOW_LEGS, t_ns);
	if (!e)
		return 0;
	e->from_ifindex = from;
	e->since_ns = since_ns;
	e->aux = inbound;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

__noinline int tell_stall(const struct flow *f, __u8 reason, __u64 limit_ns, __u64 since_ns, __u64 t_ns)
{
	struct flow_event *e;

	if (!f)
		return 0;
	e = event(f, FLOW_STALL, t_ns);
	if (!e)
		return 0;
	e->reason = reason;
	e->threshold_us = limit_ns / 1000;
	e->since_ns = since_ns;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

__noinline int tell_since(const struct flow *f, __u8 kind, __u8 reason, __u64 since_ns, __u64 t_ns)
{
	struct flow_event *e;

	if (!f)
		return 0;
	e = event(f, kind, t_ns);
	if (!e)
		return 0;
	e->reason = reason;
	e->since_ns = since_ns;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

#endif
