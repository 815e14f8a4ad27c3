/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP echoes, one stream for each leg and target, bound to the leg's device: does this leg answer, now?
 *
 * An echo that is not answered within its interval, or 100 ms if that is more, is lost. lost_after of them in
 * a row, with no later one answered, make the leg silent; one answer makes it answering. So a gap shorter
 * than that is not told, but sent and answered show it. An echo that the kernel refuses to send, because the
 * link is down, is lost at once.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include "prober.h"

#define OPEN_SPACING_US 250000

/* One timer for all probes of the same interval. */
struct pace {
	struct helper *helper;
	uint32_t interval_ms;
	struct loop_timer *timer;
};

static struct probe probes[REQUEST_PROBES_MAX];
static size_t probe_count;
static struct pace paces[REQUEST_PROBES_MAX];
static size_t pace_count;

static void tell(struct probe *p)
{
	struct frame f = {.type = FRAME_LEG_PROBE, .t_us = now_us()};

	f.leg_probe = (struct frame_leg_probe){
	    .ifindex = p->wish.ifindex,
	    .target = p->wish.target,
	    .answering = p->state == PROBE_ANSWERING,
	    .since_us = p->since_us,
	    .sent = p->sent,
	    .answered = p->answered,
	    .rtt_us = p->rtt_us,
	};
	helper_emit(p->helper, &f);
}

static void become(struct probe *p, enum probe_state state, uint64_t since_us)
{
	if (p->state == state)
		return;
	p->state = state;
	p->since_us = since_us;
	tell(p);
}

static uint64_t wait_us(const struct probe *p)
{
	uint64_t interval_us = (uint64_t)p->wish.interval_ms * 1000;

	return interval_us > PROBE_WAIT_MIN_US ? interval_us : PROBE_WAIT_MIN_US;
}

static void answered(struct probe *p, uint16_t seq, uint64_t received_us)
{
	uint64_t sent_us = p->sent_us[seq % PROBE_ECHOES];

	/* Judged already, or never sent: sequence numbers wrap, so only the distance tells. */
	if ((uint16_t)(seq - p->judged_seq) >= (uint16_t)(p->next_seq - p->judged_seq))
		return;
	if (received_us - sent_us > wait_us(p))
		return;
	p->answered++;
	p->rtt_us = (uint32_t)(received_us - sent_us);
	/* The path works as of this echo: those before it say nothing about now. */
	p->judged_seq = (uint16_t)(seq + 1);
	p->lost_run = 0;
	become(p, PROBE_ANSWERING, received_us);
}

static void lose(struct probe *p, uint64_t sent_us)
{
	if (p->lost_run++ == 0)
		p->lost_since_us = sent_us;
	if (p->state == PROBE_UNKNOWN || p->lost_run >= p->wish.lost_after)
		become(p, PROBE_SILENT, p->lost_since_us);
}

static void judge(struct probe *p, uint64_t now)
{
	while (p->judged_seq != p->next_seq) {
		uint64_t sent_us = p->sent_us[p->judged_seq % PROBE_ECHOES];

		if (now - sent_us <= wait_us(p))
			return;
		p->judged_seq++;
		lose(p, sent_us);
	}
}

/* Those on their way went by a device that is down now: they are lost as well. */
static void lose_all(struct probe *p, uint64_t now)
{
	while (p->judged_seq != p->next_seq) {
		lose(p, p->sent_us[p->judged_seq % PROBE_ECHOES]);
		p->judged_seq++;
	}
	lose(p, now);
}

static void readable(void *data, uint32_t events)
{
	(void)events;
	probe_receive(data, answered);
}

static void close_probe(struct probe *p)
{
	if (p->fd < 0)
		return;
	loop_remove_fd(helper_loop(p->helper), p->fd);
	probe_close(p);
}

static bool open_now(struct probe *p, uint64_t now)
{
	if (p->fd >= 0)
		return true;
	if (now < p->open_at_us)
		return false;
	p->open_at_us = now + OPEN_SPACING_US;
	if (probe_open(p))
		return false;
	if (!loop_add_fd(helper_loop(p->helper), p->fd, EPOLLIN, readable, p))
		return true;
	probe_close(p);
	return false;
}

static void send_one(struct probe *p)
{
	uint64_t now = now_us();
	int r;

	/*
	 * Without carrier an echo is lost; sent all the same, it would leave its target's neighbour entry
	 * incomplete, and what comes back to the leg with the carrier would wait for ARP's next try, a
	 * second.
	 */
	if (!carrier_is_running(p->helper, p->wish.ifindex) || !open_now(p, now)) {
		lose_all(p, now);
		return;
	}
	r = probe_send(p, p->next_seq, now);
	switch (-r) {
	case 0:
		p->sent++;
		p->next_seq++;
		return;
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
	case EINTR:
		return; /* our own queue is full: no echo, no verdict */
	case ENODEV:
	case ENXIO:
		/* The device is gone. Another may come with this ifindex: with a socket of its own. */
		close_probe(p);
		break;
	}
	lose_all(p, now);
}

static void tick(void *data)
{
	const struct pace *pace = data;

	for (size_t i = 0; i < probe_count; i++) {
		struct probe *p = &probes[i];

		if (p->wish.interval_ms != pace->interval_ms)
			continue;
		/* An answer that is here counts, however late this tick is. */
		probe_receive(p, answered);
		judge(p, now_us());
		send_one(p);
	}
}

static void remove_paces(struct helper *h)
{
	for (size_t i = 0; i < pace_count; i++)
		loop_remove_timer(helper_loop(h), paces[i].timer);
	pace_count = 0;
}

static void add_pace(struct helper *h, uint32_t interval_ms)
{
	struct pace *pace = &paces[pace_count];

	for (size_t i = 0; i < pace_count; i++)
		if (paces[i].interval_ms == interval_ms)
			return;
	*pace = (struct pace){.helper = h, .interval_ms = interval_ms};
	pace->timer = loop_add_timer(helper_loop(h), 0, (uint64_t)interval_ms * 1000, tick, pace);
	if (pace->timer)
		pace_count++;
	else
		helper_degrade(h, "prober", "degraded", "no timer for an interval of %u ms", interval_ms);
}

static bool same_leg(const struct request_probe *a, const struct request_probe *b)
{
	return a->ifindex == b->ifindex && !memcmp(&a->target, &b->target, sizeof(a->target)) &&
	       !memcmp(&a->source, &b->source, sizeof(a->source));
}

/* The probe that asks the same already goes on with what it knows; NULL if there is none. */
static struct probe *running(const struct request_probe *wish)
{
	for (size_t i = 0; i < probe_count; i++)
		if (same_leg(&probes[i].wish, wish))
			return &probes[i];
	return NULL;
}

static void start_probe(struct helper *h, struct probe *p, const struct request_probe *wish)
{
	*p = (struct probe){.helper = h, .wish = *wish, .fd = -1, .id = probe_new_id()};
}

static void configure(struct helper *h, const struct request_configure *wish)
{
	static struct probe next[REQUEST_PROBES_MAX];
	struct probe *old;

	remove_paces(h);
	for (size_t i = 0; i < wish->probe_count; i++) {
		old = running(&wish->probes[i]);
		if (!old) {
			start_probe(h, &next[i], &wish->probes[i]);
			continue;
		}
		/* Its place in the array changes, and the loop has that: it opens again there. */
		close_probe(old);
		next[i] = *old;
		next[i].wish = wish->probes[i];
		next[i].judged_seq = next[i].next_seq;
		next[i].open_at_us = 0;
	}
	for (size_t i = 0; i < probe_count; i++)
		close_probe(&probes[i]);
	memcpy(probes, next, wish->probe_count * sizeof(next[0]));
	probe_count = wish->probe_count;
	for (size_t i = 0; i < probe_count; i++)
		add_pace(h, probes[i].wish.interval_ms);
}

/* What is not judged yet is not named, so nothing may be concluded from its absence. */
static void snapshot(struct helper *h)
{
	struct frame mark = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "prober"}};
	bool complete = true;

	helper_emit(h, &mark);
	for (size_t i = 0; i < probe_count; i++)
		if (probes[i].state == PROBE_UNKNOWN)
			complete = false;
		else
			tell(&probes[i]);
	mark.t_us = now_us();
	mark.snapshot.end = true;
	mark.snapshot.complete = complete;
	helper_emit(h, &mark);
}

static int start(struct helper *h)
{
	int r = probe_sockets_allowed();

	if (r)
		helper_degrade(h, "prober", "absent", "raw sockets: %s; needs CAP_NET_RAW", strerror(-r));
	return r;
}

static void stop(struct helper *h)
{
	remove_paces(h);
	for (size_t i = 0; i < probe_count; i++)
		close_probe(&probes[i]);
	probe_count = 0;
}

const struct source source_prober = {
    .name = "prober",
    .keep_caps = 1ULL << CAP_NET_RAW,
    .start = start,
    .snapshot = snapshot,
    .configure = configure,
    .stop = stop,
};
