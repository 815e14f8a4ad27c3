/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Echoes, one stream for each leg and target, out by the leg's device: does this leg answer, now?
 *
 * An echo is an ICMP echo, an ARP probe or a neighbour solicitation. One that is not answered within its
 * interval, or 100 ms if that is more, is lost. lost_after of them in a row, with no later one answered, make
 * the leg silent; one answer makes it answering. So a gap shorter than that is not told, but sent and
 * answered show it. An echo that the kernel refuses to send, because the link is down, is lost at once.
 *
 * When any flow stalls there is a burst: an echo at once, then one each burst_ms for 2 s after the last
 * stall. While it lasts an echo is lost after twice burst_ms, or three times the last round trip if that is
 * more, but never later than otherwise; so are those that are under way when it begins. An answer that comes
 * after that still counts as long as it would have otherwise. With burst_ms 20 and lost_after 3 a dead leg is
 * known 80 ms after the stall was told (echoes at 0, 20 and 40, each lost 40 ms later), less what was under
 * way; and of a leg that works the last answer is 20 ms old at most.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include "prober.h"

static struct probe probes[REQUEST_PROBES_MAX];
static size_t probe_count;
/* In a burst: when the first echo is to be judged. */
static struct loop_timer *deadline;

/* An answer that is here counts, however late we are. */
static void take_stock(struct probe *p)
{
	probe_receive(p, probe_answered);
	probe_judge(p, now_us());
}

static void arm_deadline(void)
{
	uint64_t now = now_us(), first = UINT64_MAX;

	if (!probe_bursting())
		return;
	for (size_t i = 0; i < probe_count; i++) {
		const struct probe *p = &probes[i];
		uint64_t at = p->sent_us[p->judged_seq % PROBE_ECHOES] + probe_wait_us(p) + 1;

		if (p->judged_seq != p->next_seq && at < first)
			first = at;
	}
	if (first != UINT64_MAX)
		loop_arm_timer(deadline, first > now ? first - now : 0, 0);
}

static void overdue(void *data)
{
	(void)data;
	for (size_t i = 0; i < probe_count; i++)
		take_stock(&probes[i]);
	arm_deadline();
}

static void due(struct helper *h, uint32_t interval_ms, uint32_t burst_ms)
{
	(void)h;
	for (size_t i = 0; i < probe_count; i++) {
		struct probe *p = &probes[i];

		if (p->wish.interval_ms != interval_ms || p->wish.burst_ms != burst_ms)
			continue;
		take_stock(p);
		probe_send(p);
	}
	arm_deadline();
}

bool prober_fresh(const struct helper *h, uint32_t ifindex, uint64_t now, uint64_t *answered_us, bool *silent)
{
	bool judged = false;

	(void)h;
	*answered_us = 0;
	*silent = true;
	for (size_t i = 0; i < probe_count; i++) {
		struct probe *p = &probes[i];

		if (p->wish.ifindex != ifindex)
			continue;
		probe_receive(p, probe_answered);
		probe_judge(p, now);
		if (p->state == PROBE_UNKNOWN)
			continue;
		judged = true;
		*silent &= p->state == PROBE_SILENT;
		if (p->answered_us > *answered_us)
			*answered_us = p->answered_us;
	}
	*silent &= judged;
	return judged;
}

uint64_t prober_clean_since(const struct helper *h, uint32_t ifindex)
{
	uint64_t since_us = 0;

	(void)h;
	for (size_t i = 0; i < probe_count; i++) {
		const struct probe *p = &probes[i];

		if (p->wish.ifindex != ifindex)
			continue;
		if (!p->clean_us)
			return 0;
		if (p->clean_us > since_us)
			since_us = p->clean_us;
	}
	return since_us;
}

static bool same_leg(const struct request_probe *a, const struct request_probe *b)
{
	return a->ifindex == b->ifindex && a->method == b->method && a->vlan == b->vlan &&
	       !memcmp(&a->target, &b->target, sizeof(a->target)) &&
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
	static const struct probe_method_ops *const methods[] = {
	    [PROBE_ICMP] = &probe_by_icmp, [PROBE_ARP] = &probe_by_arp, [PROBE_ND] = &probe_by_nd};

	*p = (struct probe){
	    .helper = h, .wish = *wish, .ops = methods[wish->method], .fd = -1, .id = probe_new_id()};
}

static void configure(struct helper *h, const struct request_configure *wish)
{
	static struct probe next[REQUEST_PROBES_MAX];
	struct probe *old;
	int r = 0;

	probe_paces_clear(h);
	for (size_t i = 0; i < wish->probe_count; i++) {
		old = running(&wish->probes[i]);
		if (!old) {
			start_probe(h, &next[i], &wish->probes[i]);
			continue;
		}
		/* Its place in the array changes, and the loop has that: it opens again there. */
		probe_shut(old);
		next[i] = *old;
		next[i].wish = wish->probes[i];
		next[i].judged_seq = next[i].news_seq = next[i].next_seq;
		next[i].open_at_us = 0;
	}
	for (size_t i = 0; i < probe_count; i++)
		probe_shut(&probes[i]);
	memcpy(probes, next, wish->probe_count * sizeof(next[0]));
	probe_count = wish->probe_count;
	for (size_t i = 0; i < probe_count && !r; i++)
		r = probe_paces_add(h, probes[i].wish.interval_ms, probes[i].wish.burst_ms, due);
	if (r)
		helper_degrade(h, "prober", "degraded", "no timer for each interval: %s", strerror(-r));
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
			probe_tell(&probes[i]);
	mark.t_us = now_us();
	mark.snapshot.end = true;
	mark.snapshot.complete = complete;
	helper_emit(h, &mark);
}

static int start(struct helper *h)
{
	int r = probe_sockets_allowed();

	if (r) {
		helper_degrade(h, "prober", "absent", "raw sockets: %s; needs CAP_NET_RAW", strerror(-r));
		return r;
	}
	deadline = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, overdue, NULL);
	return deadline ? 0 : -ENOMEM;
}

static void stop(struct helper *h)
{
	probe_paces_clear(h);
	loop_remove_timer(helper_loop(h), deadline);
	for (size_t i = 0; i < probe_count; i++)
		probe_shut(&probes[i]);
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
