/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carrier ahead of netlink, whose message about it may be a second late (see nudge.c). The best strategy that
 * works is used: fentry (hooks in the kernel's functions, carrier_fentry.c), timer (a BPF timer reads the
 * device, carrier_timer.c), getlink (questions, carrier_getlink.c), or rtnl: nothing of our own, what the
 * rtnl source hears must do.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/capability.h>
#include "carrier.h"

#define RESCAN_SPACING_US 20000
#define TRACE_MS 5000

static struct {
	const struct carrier_strategy *strategy; /* NULL: rtnl alone */
	struct carrier_event told[CARRIER_LINKS_MAX];
	size_t count;
	struct loop_timer *rescan;
	uint64_t rescanned_us;
	bool rescan_waits, in_snapshot, too_many;
} carrier;

static struct carrier_event *find(uint32_t ifindex)
{
	for (size_t i = 0; i < carrier.count; i++)
		if (carrier.told[i].ifindex == ifindex)
			return &carrier.told[i];
	return NULL;
}

/* What the hooks have not seen, strategy fentry's timer has. */
static const char *via(const struct carrier_event *e)
{
	return carrier.strategy == &carrier_by_fentry && !e->hooked ? carrier_by_timer.name
								    : carrier.strategy->name;
}

static void tell(struct helper *h, const struct carrier_event *e, uint64_t t_us)
{
	struct frame f = {
	    .type = FRAME_CARRIER,
	    .t_us = t_us,
	    .carrier = {.ifindex = e->ifindex,
			.carrier = e->carrier,
			.admin_up = e->running,
			.carrier_up_count = e->carrier_up_count,
			.carrier_down_count = e->carrier_down_count},
	};

	strncpy(f.carrier.via, via(e), sizeof(f.carrier.via) - 1);
	helper_emit(h, &f);
}

static bool same(const struct carrier_event *a, const struct carrier_event *b)
{
	return a->carrier == b->carrier && a->running == b->running &&
	       a->carrier_up_count == b->carrier_up_count && a->carrier_down_count == b->carrier_down_count;
}

bool carrier_seen(struct helper *h, const struct carrier_event *e)
{
	struct carrier_event *told = find(e->ifindex);
	bool moved;

	if (!told) {
		if (carrier.count == CARRIER_LINKS_MAX)
			return false;
		carrier.told[carrier.count++] = *e;
		/* Before the first snapshot there is nobody to tell. */
		if (carrier.rescanned_us)
			tell(h, e, e->t_ns / 1000);
		return true;
	}
	if (e->t_ns < told->t_ns)
		return false;
	if (same(e, told)) {
		told->t_ns = e->t_ns;
		return false;
	}
	/* The counts tell of a loss or a return that began and ended between two looks. */
	moved = e->carrier != told->carrier || e->carrier_down_count != told->carrier_down_count ||
		e->carrier_up_count != told->carrier_up_count;
	*told = *e;
	/* Whoever shuts a link down or takes it up by hand makes the kernel look thereby. */
	if (moved && e->running)
		nudge_link(h, e->ifindex, e->t_ns / 1000);
	tell(h, e, e->t_ns / 1000);
	if (rtnl_is_leg(h, e->ifindex))
		tcp_trace(h, "carrier", TRACE_MS);
	rtnl_link_event(h, e->ifindex);
	return true;
}

void carrier_gone(uint32_t ifindex)
{
	struct carrier_event *told = find(ifindex);

	if (told)
		*told = carrier.told[--carrier.count];
}

size_t carrier_count(void)
{
	return carrier.count;
}

uint32_t carrier_ifindex(size_t at)
{
	return carrier.told[at].ifindex;
}

static bool rescan(struct helper *h)
{
	bool complete = carrier.strategy->rescan(h);

	carrier.rescanned_us = now_us();
	if (carrier.count == CARRIER_LINKS_MAX && !carrier.too_many) {
		carrier.too_many = true;
		helper_degrade(h, "carrier", "degraded", "more than %d links: the rest by rtnl alone",
			       CARRIER_LINKS_MAX);
	}
	return complete && !carrier.too_many;
}

static void rescan_due(void *data)
{
	carrier.rescan_waits = false;
	rescan(data);
}

/* At once, and if many come, 20 ms after the last time. */
void carrier_links_changed(struct helper *h)
{
	uint64_t due = carrier.rescanned_us + RESCAN_SPACING_US, now = now_us();

	if (!carrier.strategy || carrier.rescan_waits)
		return;
	carrier.rescan_waits = true;
	loop_arm_timer(carrier.rescan, now < due ? due - now : 0, 0);
	(void)h;
}

static void bracket(struct helper *h, bool end, bool complete)
{
	struct frame f = {
	    .type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.end = end, .complete = complete}};

	strcpy(f.snapshot.source, "carrier");
	helper_emit(h, &f);
}

static void snapshot(struct helper *h)
{
	bool complete;

	if (!carrier.strategy || carrier.in_snapshot)
		return;
	carrier.in_snapshot = true;
	/* Before the bracket: what moved since is a change, with its own time. */
	complete = rescan(h);
	bracket(h, false, true);
	for (size_t i = 0; i < carrier.count; i++)
		tell(h, &carrier.told[i], now_us());
	bracket(h, true, complete);
	carrier.in_snapshot = false;
}

bool carrier_is_running(const struct helper *h, uint32_t ifindex)
{
	const struct carrier_event *told = find(ifindex);
	const struct frame_link *link = rtnl_link(h, ifindex);

	if (told)
		return told->carrier && told->running;
	return !link || (link->carrier && link->admin_up);
}

const char *carrier_strategy(const struct helper *h)
{
	(void)h;
	return carrier.strategy ? carrier.strategy->name : "rtnl";
}

uint64_t carrier_interval_us(const struct helper *h)
{
	return carrier.strategy ? carrier.strategy->interval_us(h) : 0;
}

static void choose(struct helper *h)
{
	static const struct carrier_strategy *const best_first[] = {&carrier_by_fentry, &carrier_by_timer,
								    &carrier_by_getlink};
	const char *wish = helper_options(h)->strategy ? helper_options(h)->strategy : "auto";
	bool skip = strcmp(wish, "auto");
	char why[FRAME_REASON_MAX], reason[FRAME_REASON_MAX + FRAME_KIND_MAX] = "";

	for (size_t i = 0; i < sizeof(best_first) / sizeof(best_first[0]); i++) {
		const struct carrier_strategy *s = best_first[i];

		if (skip && strcmp(wish, s->name))
			continue;
		skip = false;
		why[0] = '\0';
		if (!s->start(h, why, sizeof(why))) {
			carrier.strategy = s;
			break;
		}
		snprintf(reason, sizeof(reason), "no %s: %s", s->name, why);
	}
	if (reason[0] || !carrier.strategy)
		helper_degrade(h, "carrier", "degraded", "%s only%s%s", carrier_strategy(h),
			       reason[0] ? ", " : "", reason[0] ? reason : "");
}

static int start(struct helper *h)
{
	carrier.rescan = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, rescan_due, h);
	if (!carrier.rescan)
		return -ENOMEM;
	nudge_start(h);
	choose(h);
	return 0;
}

static void stop(struct helper *h)
{
	if (carrier.strategy)
		carrier.strategy->stop(h);
	carrier.strategy = NULL;
	nudge_stop(h);
	loop_remove_timer(helper_loop(h), carrier.rescan);
	carrier.rescan = NULL;
}

static uint64_t bpf_ns(struct helper *h)
{
	(void)h;
	return carrier.strategy && carrier.strategy->bpf_ns ? carrier.strategy->bpf_ns() : 0;
}

const struct source source_carrier = {
    .name = "carrier",
    .keep_caps = 1ULL << CAP_BPF, /* to list the links again: BPF_PROG_RUN */
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
    .bpf_ns = bpf_ns,
};
