/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel acts on a carrier's loss or return in linkwatch, which lets one non-urgent event per second
 * through for the whole host (net/core/link_watch.c). Until then a multipath route goes on using the dead
 * leg; and a leg that is back drops what is sent by it, as its qdisc is still the noop one, while the far
 * end, if it was the one shut down, uses it already. A nudge makes the kernel look now.
 *
 * ask: a unicast RTM_GETLINK, from 6.8 on. Reads only; for loss and return.
 *
 * operstate: RTM_SETLINK with IFLA_OPERSTATE = dormant, on any kernel. It calls netdev_state_change(), whose
 * listeners see that the carrier is gone. When linkwatch runs, it sets the true state. For loss only.
 *
 * Here: which way, which links, how often. nudge_worker.c does it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/epoll.h>
#include <sys/utsname.h>
#include "nudge_worker.h"
#include "source.h"

/* A link is nudged once in this time, so that one which flaps costs little; the last change is never
 * forgotten. */
#define SPACING_US 100000
#define RETRY_US 25000
#define LINKS_MAX 64
/* Of all links together, in a second. */
#define TOTAL_PER_SECOND 200

struct link {
	uint32_t ifindex;
	uint64_t nudged_us;
	uint64_t wanted_us; /* the cause that waits for its nudge; 0: none */
};

static struct {
	struct helper *h;
	bool on;
	bool may_write;
	struct link links[LINKS_MAX];
	unsigned int link_count;
	uint64_t second_us;
	unsigned int in_second;
	struct loop_timer *retry, *begin;
} nudge;

static struct link *find_link(uint32_t ifindex, uint64_t now)
{
	struct link *l = NULL;

	for (unsigned int i = 0; i < nudge.link_count; i++)
		if (nudge.links[i].ifindex == ifindex)
			return &nudge.links[i];
	if (nudge.link_count < LINKS_MAX)
		l = &nudge.links[nudge.link_count++];
	for (unsigned int i = 0; !l && i < LINKS_MAX; i++)
		if (!nudge.links[i].wanted_us && now - nudge.links[i].nudged_us >= SPACING_US)
			l = &nudge.links[i];
	if (l)
		*l = (struct link){.ifindex = ifindex};
	return l;
}

static bool within_total(uint64_t now)
{
	if (now - nudge.second_us >= 1000000) {
		nudge.second_us = now;
		nudge.in_second = 0;
	}
	if (nudge.in_second == TOTAL_PER_SECOND)
		return false;
	nudge.in_second++;
	return true;
}

/* Nudges it if its time has come; else it stays wanted. */
static void try_link(struct link *l, uint64_t now)
{
	struct nudge_job job = {.ifindex = l->ifindex, .cause_us = l->wanted_us};

	if (l->nudged_us && now - l->nudged_us < SPACING_US)
		return;
	if (!within_total(now) || !nudge_worker_push(&job))
		return;
	l->nudged_us = now;
	l->wanted_us = 0;
}

static void retry(void *data)
{
	uint64_t now = now_us();
	bool left = false;

	(void)data;
	for (unsigned int i = 0; i < nudge.link_count; i++) {
		if (nudge.links[i].wanted_us)
			try_link(&nudge.links[i], now);
		left |= nudge.links[i].wanted_us != 0;
	}
	if (left)
		loop_arm_timer(nudge.retry, RETRY_US, 0);
}

void nudge_link(struct helper *h, uint32_t ifindex, uint64_t cause_us)
{
	uint64_t now = now_us();
	struct link *l;

	if (!nudge.on || !rtnl_is_leg(h, ifindex))
		return;
	l = find_link(ifindex, now);
	if (!l)
		return;
	l->wanted_us = cause_us;
	try_link(l, now);
	if (l->wanted_us)
		loop_arm_timer(nudge.retry, RETRY_US, 0);
}

enum nudge_how nudge_method(const struct helper *h)
{
	(void)h;
	return nudge.on ? nudge_worker_how() : NUDGE_OFF;
}

uint64_t nudge_keep_caps(const struct helper *h)
{
	(void)h;
	return nudge.on && nudge.may_write ? 1ULL << CAP_NET_ADMIN : 0;
}

/* rtnl_getlink() calls linkwatch_sync_dev() since Linux 6.8; before, a question changes nothing. */
static bool kernel_looks_when_asked(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major > 6 || (major == 6 && minor >= 8);
}

static struct nudge_policy choose(struct helper *h)
{
	const struct helper_options *o = helper_options(h);
	const char *wish = o->nudge ? o->nudge : "auto";
	bool automatic = !strcmp(wish, "auto");
	struct nudge_policy policy = {.how = NUDGE_OFF};

	if (!strcmp(wish, "off"))
		return policy;
	if (!strcmp(wish, "ask") || (automatic && kernel_looks_when_asked()))
		policy.how = NUDGE_ASK;
	else if (o->allow_operstate)
		policy.how = NUDGE_OPERSTATE;
	else
		helper_degrade(h, "carrier", "degraded", "nudge off: %soperstate is not allowed",
			       automatic ? "kernels before 6.8 do not look when asked, and " : "");
	policy.escalate = automatic && policy.how == NUDGE_ASK && o->allow_operstate;
	return policy;
}

static void emit_done(void *data, uint32_t epoll_events)
{
	struct frame f;

	(void)epoll_events;
	while (nudge_worker_pop(&f))
		helper_emit(data, &f);
}

static void begin(void *data)
{
	int error = nudge_worker_run();

	if (!error)
		return;
	nudge.on = false;
	helper_degrade(data, "carrier", "degraded", "nudge off: no thread: %s", strerror(-error));
}

int nudge_start(struct helper *h)
{
	struct nudge_policy policy = choose(h);
	int error;

	if (policy.how == NUDGE_OFF)
		return 0;
	nudge.may_write = policy.how == NUDGE_OPERSTATE || policy.escalate;
	error = nudge_worker_open(&policy);
	if (!error)
		error = loop_add_fd(helper_loop(h), nudge_worker_fd(), EPOLLIN, emit_done, h);
	nudge.retry = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, retry, NULL);
	nudge.begin = loop_add_timer(helper_loop(h), 0, 0, begin, h);
	nudge.on = !error && nudge.retry && nudge.begin;
	if (nudge.on)
		return 0;
	helper_degrade(h, "carrier", "degraded", "nudge off: %s",
		       error ? strerror(-error) : "no memory for timers");
	nudge_stop(h);
	return error ? error : -ENOMEM;
}

void nudge_stop(struct helper *h)
{
	if (nudge_worker_fd() >= 0)
		loop_remove_fd(helper_loop(h), nudge_worker_fd());
	nudge_worker_close();
	loop_remove_timer(helper_loop(h), nudge.retry);
	loop_remove_timer(helper_loop(h), nudge.begin);
	memset(&nudge, 0, sizeof(nudge));
}
