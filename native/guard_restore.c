/* SPDX-License-Identifier: Apache-2.0 */
/* After the link is up again: until the state is as the plan has it, or the time for that is over. */
#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>
#include <linux/rtnetlink.h>

/* From the carrier's return. */
#define SETTLE_US 2000000u
/* The same while duplicate address detection runs, which takes a second and up to another at random. */
#define TENTATIVE_US 4000000u
/* From its end, for the routes that had to wait for it. */
#define AFTER_TENTATIVE_US 500000u
/* Until the carrier returns: a real NIC negotiates for seconds. */
#define CARRIER_US 10000000u
/* Whatever carrier and addresses do meanwhile. */
#define LONGEST_US (CARRIER_US + TENTATIVE_US)
/* For what the kernel makes by itself once the link runs. */
#define KERNEL_TIME_US 500000u
/* A change that no message tells of. */
#define TICK_MS 100

struct watch {
	uint64_t start, carrier_since, running_since;
	uint64_t tentative_at; /* when an address was last seen in duplicate address detection */
	bool wants_carrier, wants_running;
};

static unsigned int flags_of(const struct records *state, uint32_t ifindex)
{
	const struct nlmsghdr *msg = state_link(state, ifindex);

	return msg ? ((const struct ifinfomsg *)NLMSG_DATA(msg))->ifi_flags : 0;
}

static bool any_tentative(const struct records *state)
{
	records_each(msg, state)
	{
		if (record_is_tentative(msg))
			return true;
	}
	return false;
}

static void look_at_link(struct watch *w, unsigned int flags, uint64_t now)
{
	if (!(flags & IFF_LOWER_UP))
		w->carrier_since = 0;
	else if (!w->carrier_since)
		w->carrier_since = now;
	if (!(flags & IFF_RUNNING))
		w->running_since = 0;
	else if (!w->running_since)
		w->running_since = now;
}

static uint64_t limit(const struct watch *w)
{
	uint64_t from = w->wants_carrier ? w->carrier_since : w->start, until;

	if (!from)
		return w->start + CARRIER_US;
	until = from + SETTLE_US;
	if (w->tentative_at && w->tentative_at + AFTER_TENTATIVE_US > until)
		until = w->tentative_at + AFTER_TENTATIVE_US;
	if (until > from + TENTATIVE_US)
		until = from + TENTATIVE_US;
	return until < w->start + LONGEST_US ? until : w->start + LONGEST_US;
}

static void wait_for_change(int fd, uint32_t round)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (poll(&p, 1, TICK_MS) > 0) {
		/* Messages come in bursts, one dump answers them all; a quarrel with somebody stays cheap. */
		poll(NULL, 0, round < 50 ? 2 : TICK_MS);
		netlink_drain(fd);
	}
}

static void tell(const struct diff *d, const struct watch *w, unsigned int flags, struct restore *r)
{
	diff_tell(d, &r->differences, &r->owners);
	r->carrier = flags & IFF_LOWER_UP;
	if (w->wants_carrier && !r->carrier)
		lines_add(&r->differences, "the link has no carrier, it had before");
}

/* One look, and one attempt to mend. 1: the end is reached, and told; else 0 or -errno. */
static int round_once(struct netlink *nl, struct plan *p, bool replay, struct watch *w,
		      struct records *now_state, struct restore *r)
{
	struct replay work = {.nl = nl, .restored = &r->restored, .failed = &r->failed};
	uint64_t now = guard_now_us();
	bool over, as_before;
	unsigned int flags;
	struct diff d;
	int rc = state_take(nl, &p->scope, &p->state, now_state);

	if (!rc)
		rc = diff_make(&d, &p->state, now_state);
	if (rc)
		return now >= w->start + CARRIER_US ? rc : 0;
	flags = flags_of(now_state, p->head.ifindex);
	look_at_link(w, flags, now);
	if (any_tentative(now_state))
		w->tentative_at = now;
	over = now >= limit(w) || !state_link(now_state, p->head.ifindex);
	as_before = !d.missing_count && !d.extra_count && !d.order_changed &&
		    (!w->wants_carrier || w->carrier_since) && (!w->wants_running || w->running_since);
	if (over || as_before) {
		tell(&d, w, flags, r);
	} else if (replay) {
		uint64_t since = w->wants_running ? w->running_since : w->start;

		work.diff = &d;
		work.elapsed_s = (uint32_t)((now - p->head.taken_us) / 1000000);
		work.kernel_had_time = since && now >= since + KERNEL_TIME_US;
		r->failed.count = r->failed.more = 0;
		replay_run(&work);
	}
	if (as_before)
		r->failed.count = r->failed.more = 0;
	diff_free(&d);
	return over || as_before;
}

int restore_run(struct netlink *nl, struct plan *p, bool replay, struct restore *r)
{
	unsigned int before = flags_of(&p->state, p->head.ifindex);
	struct watch w = {.start = guard_now_us(),
			  .wants_carrier = before & IFF_LOWER_UP,
			  .wants_running = before & IFF_RUNNING};
	struct records now_state = {0};
	int fd = netlink_listen(), rc;

	for (uint32_t round = 0; !(rc = round_once(nl, p, replay, &w, &now_state, r)); round++)
		wait_for_change(fd, round);
	records_free(&now_state);
	if (fd >= 0)
		close(fd);
	return rc < 0 ? rc : 0;
}

int restore_check(struct netlink *nl, struct plan *p, struct restore *r)
{
	unsigned int before = flags_of(&p->state, p->head.ifindex);
	const struct watch w = {.wants_carrier = before & IFF_LOWER_UP};
	struct records now_state = {0};
	struct diff d;
	int rc = state_take(nl, &p->scope, &p->state, &now_state);

	if (!rc)
		rc = diff_make(&d, &p->state, &now_state);
	if (!rc) {
		tell(&d, &w, flags_of(&now_state, p->head.ifindex), r);
		diff_free(&d);
	}
	records_free(&now_state);
	return rc;
}
