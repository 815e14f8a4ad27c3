/* SPDX-License-Identifier: Apache-2.0 */
/* Before: proof that another leg works, by probes sent for the purpose. After: when to go back. */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include "steering.h"

/*
 * When another leg has answered, the one that is to be left has so long to do the same: it may be well after
 * all. A request waits so long for all the others, then goes on with those that have answered; and so long
 * for the first of them.
 */
#define PROOF_LEG_US 10000
#define PROOF_ALL_US 20000
#define PROOF_ANY_US 150000
#define PROOF_LOOK_US 2000

#define WATCH_US 50000
#define TRIAL_US 10000
/* Ours may be taken away by another's hand, and no message says so of a route with one hop. */
#define LOOK_US 2000000

static struct {
	struct helper *helper;
	struct loop_timer *proof, *watch;
	bool watching;
} watch;

struct proof {
	struct steer_job *job;
	uint64_t now;
	bool any, all; /* of the other legs that are probed */
	bool settled;  /* the leg that is to be left answers, or is not expected to */
};

static void ask_leg(void *data, const struct frame_link *link)
{
	struct proof *p = data;
	uint64_t answered_us;
	bool silent, answers;

	if (!prober_fresh(watch.helper, link->ifindex, p->now, &answered_us, &silent))
		return;
	answers = answered_us >= p->job->asked_us;
	if (answers && p->job->proven_count < STEER_PROVEN_MAX)
		p->job->proven[p->job->proven_count++] = link->ifindex;
	if (link->ifindex == p->job->from_ifindex) {
		p->settled = answers || silent;
		return;
	}
	p->any |= answers;
	p->all &= answers;
}

static bool is_proven(struct steering *s)
{
	struct proof p = {.job = &s->job, .now = now_us(), .all = true, .settled = true};
	uint64_t waited = p.now - s->job.asked_us;

	s->job.proven_count = 0;
	rtnl_each_link(watch.helper, ask_leg, &p);
	if (p.any && !s->other_us)
		s->other_us = p.now;
	if (!p.settled && s->other_us && p.now - s->other_us < PROOF_LEG_US)
		return false;
	return p.all || (p.any && waited >= PROOF_ALL_US) || waited >= PROOF_ANY_US;
}

static void prove_all(void *data)
{
	bool waiting = false;

	for (struct steering *s = steering_next(NULL); s; s = steering_next(s)) {
		if (!s->waiting)
			continue;
		if (is_proven(s)) {
			s->waiting = false;
			steering_begin(data, s, &s->job);
		}
		waiting |= s->waiting;
	}
	if (waiting)
		loop_arm_timer(watch.proof, PROOF_LOOK_US, 0);
}

void steering_prove(struct helper *h, struct steering *s)
{
	s->waiting = true;
	s->other_us = 0;
	prober_burst(h);
	loop_arm_timer(watch.proof, 0, 0);
}

/* A leg whose own end is down answers none: see steering_trial.c. */
static bool is_healed(const struct steering *s, uint64_t now)
{
	uint64_t hold_us = (uint64_t)helper_options(watch.helper)->steer_hold_ms * 1000;

	for (size_t i = 0; i < s->past.left_count; i++) {
		uint32_t ifindex = s->past.left[i];
		uint64_t clean = prober_clean_since(watch.helper, ifindex), answered_us;
		uint64_t since = clean > s->since_us ? clean : s->since_us;
		bool silent;

		/* One that was left out because nobody probes it has nothing to be waited for. */
		if (ifindex != s->told.from_ifindex &&
		    !prober_fresh(watch.helper, ifindex, now, &answered_us, &silent))
			continue;
		/* It may be later than now: answers are taken in as they are asked for. */
		if (!clean || now < since + hold_us)
			return false;
	}
	return s->past.left_count > 0;
}

/* Known to have failed, not merely unknown. */
static bool others_failed(const struct steering *s, uint64_t now)
{
	for (size_t i = 0; i < s->kept_count; i++) {
		uint64_t answered_us;
		bool silent;

		if (carrier_is_running(watch.helper, s->kept[i]) &&
		    !(prober_fresh(watch.helper, s->kept[i], now, &answered_us, &silent) && silent))
			return false;
	}
	return s->kept_count > 0;
}

static void go_back(struct helper *h, struct steering *s, const char *reason)
{
	struct steer_job job = {.op = STEER_UNDO, .from_ifindex = s->told.from_ifindex};

	snprintf(job.reason, sizeof(job.reason), "%s", reason);
	steering_begin(h, s, &job);
}

static void watch_all(void *data)
{
	uint64_t now = now_us();
	bool any = false, trial = false;

	for (struct steering *s = steering_next(NULL); s; s = steering_next(s)) {
		any |= s->stands;
		trial |= s->tried_us != 0;
		if (!s->stands || s->busy || s->waiting || now < s->again_us)
			continue;
		if (others_failed(s, now)) {
			go_back(data, s, "every other leg has failed");
		} else if (steering_trial(data, s, now)) {
			continue;
		} else if (is_healed(s, now)) {
			go_back(data, s, "it has answered every probe for the hold time");
		} else if (now - s->looked_us >= LOOK_US) {
			struct steer_job job = {.op = STEER_LOOK};

			s->looked_us = now;
			steering_begin(data, s, &job);
		}
	}
	watch.watching = any;
	if (any)
		loop_arm_timer(watch.watch, trial ? TRIAL_US : WATCH_US, 0);
}

void steering_watch(void)
{
	if (!watch.watching)
		loop_arm_timer(watch.watch, WATCH_US, 0);
	watch.watching = true;
}

int steering_watch_start(struct helper *h)
{
	watch.helper = h;
	watch.watching = false;
	watch.proof = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, prove_all, h);
	watch.watch = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, watch_all, h);
	return watch.proof && watch.watch ? 0 : -ENOMEM;
}

void steering_watch_stop(struct helper *h)
{
	loop_remove_timer(helper_loop(h), watch.proof);
	loop_remove_timer(helper_loop(h), watch.watch);
	memset(&watch, 0, sizeof(watch));
}
