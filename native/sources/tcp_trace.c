/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace: for some seconds each packet handed to a device and each segment received is looked at, and
 * every tracked connection gets its account: the longest time without progress while it had demand, how often
 * it progressed, how far apart as a rule.
 *
 * Attaching takes a fraction of a millisecond, but it begins when user space has heard of the loss: what
 * happened between the cut and t_us of the trace's begin is known from the scan and from tcp_sock itself
 * (since when data is unacknowledged), a switch in that time is seen with the first packet after it.
 */
#include <errno.h>
#include <string.h>
#include "bpf.h"
#include "tcp.h"
#include "tcp.skel.h"

#define PROLONGED_MAX_US 30000000ULL

static struct {
	struct loop_timer *end;
	struct bpf_link *transmit, *receive;
	uint32_t number;
	bool open;
	char reason[FRAME_KIND_MAX];
	uint64_t began_us, ends_us;
} trace;

static void tell(struct helper *h, bool end)
{
	uint64_t now = now_us();
	struct frame f = {
	    .type = FRAME_TRACE,
	    .t_us = now,
	    .trace = {.trace = trace.number, .end = end},
	};

	/* At the end: how long it was in fact, prolonged as it may be. */
	f.trace.for_ms = (uint32_t)(((end ? now : trace.ends_us) - trace.began_us) / 1000);
	memcpy(f.trace.reason, trace.reason, sizeof(f.trace.reason));
	helper_emit(h, &f);
}

/* The middle of a bucket of tcp.bpf.c's bucket_of(), in µs. */
static uint32_t bucket_us(uint32_t bucket)
{
	double units = bucket < 4 ? bucket + 0.5 : (double)(1ULL << (bucket / 4 - 1)) * (4.5 + bucket % 4);

	return (uint32_t)(units * 1.024);
}

/*
 * The time between two progresses in which half of the trace's time lies: weighted by length, as an exchange
 * is several progresses close together and then a wait. The longest pause and its like are what is measured
 * by it, and do not count themselves, unless they are the rule.
 */
static uint32_t spacing_us(const struct flow_trace *t)
{
	uint32_t longest_us = (uint32_t)((t->pause_to_ns - t->pause_from_ns) / 1000);
	uint64_t total = 0, half = 0, count = 0, spare;
	uint64_t weights[SPACING_BUCKETS];

	for (uint32_t i = 0; i < SPACING_BUCKETS; i++)
		count += t->spacing[i];
	spare = count / 100 > 2 ? count / 100 : 2;
	for (uint32_t i = SPACING_BUCKETS; i-- > 0;) {
		uint64_t n = t->spacing[i];

		if (spare && bucket_us(i) * 9ULL / 8 >= longest_us && n <= spare) {
			spare -= n;
			n = 0;
		}
		weights[i] = n * bucket_us(i);
		total += weights[i];
	}
	for (uint32_t i = 0; i < SPACING_BUCKETS && total; i++) {
		half += weights[i];
		if (2 * half >= total)
			return bucket_us(i);
	}
	return 0;
}

static void tell_flow(struct helper *h, const struct flow *flow)
{
	const struct flow_trace *t = &flow->trace;
	struct frame f = {
	    .type = FRAME_TRACE_FLOW,
	    .t_us = now_us(),
	    .trace_flow = {.trace = trace.number,
			   .flow = flow->id,
			   .pause_from_us = t->pause_from_ns / 1000,
			   .pause_to_us = t->pause_to_ns / 1000,
			   .pause_open = t->pause_open,
			   .progress_count = t->progress_count,
			   .spacing_us = spacing_us(t)},
	};

	helper_emit(h, &f);
}

static void detach(void)
{
	bpf_link__destroy(trace.transmit);
	bpf_link__destroy(trace.receive);
	trace.transmit = trace.receive = NULL;
	bond_trace(false);
	/* From here on the scan watches the devices again. */
	tcp_object()->bss->tracing = 0;
}

static void end(void *data)
{
	struct helper *h = data;
	struct flow f;

	if (!trace.open || !tcp_object())
		return;
	detach();
	/* Switches and progresses come before the account of them. */
	tcp_drain(h);
	for (uint32_t at = 0; at < tcp_object()->bss->slots_used; at++)
		if ((tcp_slot(at, SLOT_LIVE, &f) || tcp_slot(at, SLOT_CLOSED, &f)) &&
		    f.trace.trace == trace.number)
			tell_flow(h, &f);
	tell(h, true);
	trace.open = false;
	/* The slots of connections closed meanwhile are free again. */
	tcp_object()->bss->trace = 0;
}

static void attach(void)
{
	struct tcp_bpf *b = tcp_object();

	if (bpf_program__autoload(b->progs.trace_transmit))
		trace.transmit = bpf_program__attach(b->progs.trace_transmit);
	if (bpf_program__autoload(b->progs.trace_receive))
		trace.receive = bpf_program__attach(b->progs.trace_receive);
}

void tcp_trace(struct helper *h, const char *reason, uint32_t for_ms)
{
	uint64_t now = now_us(), ends = now + for_ms * 1000ULL;
	struct tcp_bpf *b = tcp_object();

	if (!b || !trace.end)
		return;
	if (trace.open) {
		/* One that never ends would tell nothing: after that time it does, and the next begins. */
		if (ends > trace.began_us + PROLONGED_MAX_US)
			ends = trace.began_us + PROLONGED_MAX_US;
		if (ends > trace.ends_us) {
			trace.ends_us = ends;
			loop_arm_timer(trace.end, ends - now, 0);
		}
		return;
	}
	trace.open = true;
	trace.number++;
	trace.began_us = now;
	trace.ends_us = ends;
	strncpy(trace.reason, reason, sizeof(trace.reason) - 1);
	b->bss->trace = trace.number;
	/* From here on the scan leaves the devices to the programs; if one is missing it goes on with them.
	 */
	b->bss->tracing = 1;
	attach();
	bond_trace(true);
	b->bss->tracing = trace.transmit && trace.receive;
	tcp_scan_now(h);
	tell(h, false);
	loop_arm_timer(trace.end, ends - now, 0);
}

int tcp_trace_start(struct helper *h)
{
	/* The first time takes much longer than any later one: not when it matters. */
	attach();
	detach();
	trace.end = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, end, h);
	return trace.end ? 0 : -ENOMEM;
}

void tcp_trace_stop(struct helper *h)
{
	if (trace.open)
		detach();
	trace.open = false;
	loop_remove_timer(helper_loop(h), trace.end);
	trace.end = NULL;
}
