/* SPDX-License-Identifier: Apache-2.0 */
/* What tcp.c (start, snapshot, wishes), tcp_tell.c (frames) and tcp_trace.c (the trace) share. */
#ifndef PATHWARDEN_TCP_H
#define PATHWARDEN_TCP_H

#include "source.h"
#include "events.h"

struct tcp_bpf;

/* The loaded object, NULL when the source is absent. */
struct tcp_bpf *tcp_object(void);
/* Copies slot `at`; false: nothing there in that state, or there is no such slot. */
bool tcp_slot(uint32_t at, enum flow_slot state, struct flow *out);
/* Emits everything that the ring buffer holds now. */
void tcp_drain(struct helper *h);
/* Makes the scan happen now instead of at its next tick. */
void tcp_scan_now(const struct helper *h);

/* What the agent asked for, or the defaults: thresholds and ports. */
const struct request_configure *tcp_wish(void);
bool tcp_same_wish(const struct request_configure *wish);
/* Makes the programs follow it. Connections that are none by it any more go within half a second. */
void tcp_set_wish(const struct request_configure *wish);
void tcp_set_default_wish(void);
/* One struct flow_event from the ring buffer (libbpf's ring_buffer_sample_fn). */
int tcp_take(void *helper, void *data, size_t size);
/* A connection and its open stalls, for a snapshot. */
void tcp_tell_slot(struct helper *h, const struct flow *f);

int tcp_trace_start(struct helper *h);
void tcp_trace_stop(struct helper *h);

#endif
