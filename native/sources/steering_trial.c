/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way back to a leg whose own end is down: no probe can tell how it is. After the hold time the end is
 * taken up, and the leg has to answer at once and for the hold time, or it is taken down again, and the next
 * trial is twice as far away: with each the far end takes its cable for well.
 */
#include <stdio.h>
#include "steering.h"

/* From its carrier on. Much less than a connection's second retransmission takes. */
#define ANSWER_US 150000
#define WAIT_MAX_US 3600000000ULL

static uint64_t hold_us(const struct helper *h)
{
	return (uint64_t)helper_options(h)->steer_hold_ms * 1000;
}

/* Never sooner than the policy lets a leg be left again. */
static uint64_t wait_us(const struct helper *h, const struct steering *s)
{
	uint64_t wait = hold_us(h) > STEER_SPACING_US ? hold_us(h) : STEER_SPACING_US;

	for (unsigned int i = 0; i < s->trials && wait < WAIT_MAX_US; i++)
		wait *= 2;
	return wait;
}

struct others {
	struct helper *helper;
	struct steer_job *job;
	uint64_t since_us, now;
};

static void add_if_proven(void *data, const struct frame_link *link)
{
	struct others *o = data;
	uint64_t answered_us;
	bool silent;

	if (link->ifindex != o->job->from_ifindex && o->job->proven_count < STEER_PROVEN_MAX &&
	    prober_fresh(o->helper, link->ifindex, o->now, &answered_us, &silent) && !silent &&
	    answered_us >= o->since_us)
		o->job->proven[o->job->proven_count++] = link->ifindex;
}

static void begin(struct helper *h, struct steering *s, enum steer_op op, const char *reason)
{
	struct steer_job job = {.op = op, .from_ifindex = s->told.from_ifindex, .trial = true};

	snprintf(job.reason, sizeof(job.reason), "%s", reason);
	if (op == STEER_LEAVE)
		rtnl_each_link(h, add_if_proven, &(struct others){h, &job, s->carrier_us, now_us()});
	steering_begin(h, s, &job);
}

static void judge(struct helper *h, struct steering *s, uint64_t now)
{
	uint32_t leg = s->told.from_ifindex;
	uint64_t answered_us, since_us;
	bool silent, answers;

	/* Two NICs may take seconds to agree. */
	if (!carrier_is_running(h, leg)) {
		s->carrier_us = 0;
		return;
	}
	if (!s->carrier_us) {
		s->carrier_us = now;
		prober_burst(h);
	}
	answers = prober_fresh(h, leg, now, &answered_us, &silent) && answered_us >= s->carrier_us;
	if (!answers) {
		if (now - s->carrier_us >= ANSWER_US)
			begin(h, s, STEER_LEAVE, "its own end was taken up again, and it does not answer");
		return;
	}
	if (silent)
		return begin(h, s, STEER_LEAVE, "its own end was taken up again, and it went silent");
	since_us = prober_clean_since(h, leg);
	if (!since_us)
		return;
	/* It may be later than now: answers are taken in as they are asked for. */
	if (since_us < s->carrier_us)
		since_us = s->carrier_us;
	if (now >= since_us + hold_us(h))
		steering_ended(h, s, now, "its own end was taken up again, and it answers for the hold time");
}

bool steering_trial(struct helper *h, struct steering *s, uint64_t now)
{
	if (s->told.how != STEER_LINK_DOWN)
		return false;
	if (s->tried_us)
		judge(h, s, now);
	else if (now - s->since_us >= wait_us(h, s))
		begin(h, s, STEER_UNDO, "to see whether it answers");
	return s->tried_us || s->busy;
}

void steering_tried(struct helper *h, struct steering *s, const struct steer_done *done)
{
	if (done->job.op == STEER_UNDO) {
		if (!done->error) {
			s->tried_us = done->t_us;
			s->carrier_us = 0;
		}
		s->again_us = done->error ? done->t_us + STEER_SPACING_US : 0;
		return;
	}
	s->tried_us = 0;
	if (!done->error && done->decision.go)
		s->trials++;
	else
		steering_ended(h, s, done->t_us,
			       done->error ? "it could not be taken down again" : done->decision.why);
}
