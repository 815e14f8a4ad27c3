/* SPDX-License-Identifier: Apache-2.0 */
/* The tcp source: from what the BPF programs and the map of connections say to frames. */
#include <string.h>
#include "tcp.h"

static struct ip_address address(const uint8_t bytes[16], uint8_t family)
{
	struct ip_address a = {.family = family};

	memcpy(a.bytes, bytes, family == 4 ? 4 : 16);
	return a;
}

static void tell_flow(struct helper *h, const struct flow_event *e)
{
	struct frame f = {
	    .type = FRAME_FLOW,
	    .t_us = e->t_ns / 1000,
	    .flow = {.flow = e->id,
		     .local = address(e->key.local, e->key.family),
		     .remote = address(e->key.remote, e->key.family),
		     .local_port = e->key.local_port,
		     .remote_port = e->key.remote_port,
		     .is_server = e->key.is_server,
		     .closed = e->kind == FLOW_CLOSE,
		     .out_ifindex = e->out_ifindex,
		     .in_ifindex = e->in_ifindex,
		     .srtt_us = e->srtt_us},
	};

	helper_emit(h, &f);
	if (e->out_ifindex && !f.flow.closed)
		rtnl_storage_peer(h, e->out_ifindex, &f.flow.remote);
}

static void tell_change(struct helper *h, enum frame_type type, const struct flow_event *e)
{
	struct frame f = {
	    .type = type,
	    .t_us = e->t_ns / 1000,
	    .change = {.flow = e->id,
		       .since_us = e->since_ns / 1000,
		       .out_ifindex = e->out_ifindex,
		       .in_ifindex = e->in_ifindex,
		       .from_ifindex = e->from_ifindex,
		       .threshold_us = e->threshold_us,
		       .reason = type == FRAME_FLOW_PROGRESS ? e->aux : e->reason,
		       .inbound = type == FRAME_FLOW_SWITCH && e->aux},
	};

	helper_emit(h, &f);
}

static void tell_member(struct helper *h, const struct flow_event *e)
{
	struct frame f = {
	    .type = FRAME_FLOW_MEMBER,
	    .t_us = e->t_ns / 1000,
	    .flow_member = {.flow = e->id,
			    .master_ifindex = e->master_ifindex,
			    .from_ifindex = e->from_ifindex,
			    .to_ifindex = e->to_ifindex},
	};

	helper_emit(h, &f);
}

int tcp_take(void *ctx, void *data, size_t size)
{
	struct helper *h = ctx;
	const struct flow_event *e = data;

	if (size < sizeof(*e))
		return 0;
	switch ((enum flow_event_kind)e->kind) {
	case FLOW_STALL:
		tell_change(h, FRAME_FLOW_STALL, e);
		prober_burst(h);
		return 0;
	case FLOW_RESUME:
		tell_change(h, FRAME_FLOW_RESUME, e);
		return 0;
	case FLOW_PROGRESS:
		tell_change(h, FRAME_FLOW_PROGRESS, e);
		return 0;
	case FLOW_MEMBER:
		tell_member(h, e);
		return 0;
	case FLOW_SWITCH:
		tell_change(h, FRAME_FLOW_SWITCH, e);
		break;
	case FLOW_OPEN:
	case FLOW_CLOSE:
	case FLOW_LEGS:
		break;
	}
	tell_flow(h, e);
	return 0;
}

void tcp_tell_slot(struct helper *h, const struct flow *f)
{
	struct flow_event e = {
	    .t_ns = now_us() * 1000,
	    .id = f->id,
	    .key = f->key,
	    .out_ifindex = f->out_ifindex,
	    .in_ifindex = f->in_ifindex,
	    .srtt_us = f->srtt_us,
	    .kind = FLOW_OPEN,
	};

	tell_flow(h, &e);
	for (e.reason = STALL_UNACKED; e.reason <= STALL_UNANSWERED; e.reason++) {
		e.since_ns = f->stall_ns[e.reason];
		if (e.since_ns)
			tell_change(h, FRAME_FLOW_STALL, &e);
	}
}
