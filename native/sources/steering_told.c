/* SPDX-License-Identifier: Apache-2.0 */
/* What the thread has done: remembered, and told as a frame. */
#include <stdio.h>
#include <string.h>
#include "steer_text.h"
#include "steering.h"

void steering_describe(const struct helper *h, const struct steer_done *done, struct frame_steering *out)
{
	const struct steer_group *group = &done->job.allowed.group;
	bool team = group->kind == STEER_TEAM;

	memcpy(out->group, group->id, sizeof(out->group));
	out->how = done->how;
	out->from_ifindex = done->job.from_ifindex;
	out->asked_us = done->job.asked_us;
	out->lasts = done->lasts;
	if (done->how == STEER_LINK_DOWN) {
		bool back = done->job.op == STEER_UNDO;

		out->to_ifindex = done->after.hop_count == 1 ? done->after.hops[0].ifindex : 0;
		steer_text_link(h, done->job.from_ifindex, !back, out->before);
		steer_text_link(h, done->job.from_ifindex, back, out->after);
	} else if (done->how == STEER_ACTIVE_MEMBER) {
		out->to_ifindex = done->after_active;
		steer_text_active(h, group->name, team, done->before_active, out->before);
		steer_text_active(h, group->name, team, done->after_active, out->after);
	} else {
		out->to_ifindex = done->after.hop_count == 1 ? done->after.hops[0].ifindex : 0;
		steer_text_route(h, &done->before, done->route_count, out->before);
		steer_text_route(h, &done->after, done->route_count, out->after);
	}
}

void steering_tell(struct helper *h, struct frame_steering *told, enum steering_outcome outcome,
		   uint64_t t_us)
{
	struct frame f = {.type = FRAME_STEERING, .t_us = t_us ? t_us : now_us()};

	told->outcome = outcome;
	f.steering = *told;
	helper_emit(h, &f);
}

void steering_tell_refused(struct helper *h, const struct request_steer *wish, uint64_t asked_us,
			   const char *why)
{
	struct frame_steering told = {.from_ifindex = wish->ifindex, .asked_us = asked_us};

	memcpy(told.group, wish->group, sizeof(told.group));
	steer_text_reason("", why, told.reason);
	steering_tell(h, &told, STEERING_REFUSED, 0);
}

static void note_kept(struct steering *s, const struct steer_done *done)
{
	s->kept_count = 0;
	if (done->how == STEER_ACTIVE_MEMBER)
		s->kept[s->kept_count++] = done->after_active;
	for (size_t i = 0; i < done->after.hop_count; i++)
		s->kept[s->kept_count++] = done->after.hops[i].ifindex;
}

void steering_note(struct steering *s, const struct steer_done *done)
{
	s->stands = done->stands;
	s->past.left_count = done->left_count;
	memcpy(s->past.left, done->left, sizeof(s->past.left));
	if (!s->stands)
		return;
	note_kept(s, done);
	s->looked_us = now_us();
	steering_watch();
}

static void left(struct helper *h, struct steering *s, const struct steer_done *done)
{
	struct frame_steering told = {0};

	steering_describe(h, done, &told);
	if (!done->decision.go) {
		struct request_steer wish = {.ifindex = done->job.from_ifindex};

		memcpy(wish.group, told.group, sizeof(wish.group));
		steering_tell_refused(h, &wish, done->job.asked_us,
				      done->error ? strerror(-done->error) : done->decision.why);
		return;
	}
	s->past.acted_us = done->t_us;
	if (done->error) {
		steer_text_reason(done->job.reason, strerror(-done->error), told.reason);
		told.after[0] = '\0';
		steering_tell(h, &told, STEERING_FAILED, done->t_us);
		return;
	}
	steer_text_reason(done->job.reason,
			  done->lasts ? "" : "nothing is to be undone: no member is preferred", told.reason);
	steering_tell(h, &told, STEERING_STEERED, done->t_us);
	s->told = told;
	s->since_us = done->t_us;
	steering_note(s, done);
}

static void undone(struct helper *h, struct steering *s, const struct steer_done *done)
{
	struct frame_steering told = {0};

	steering_describe(h, done, &told);
	told.lasts = false;
	s->past.acted_us = done->t_us;
	steer_text_reason(done->job.reason, done->error ? strerror(-done->error) : "", told.reason);
	steering_tell(h, &told, done->error ? STEERING_FAILED : STEERING_UNDONE, done->t_us);
	s->again_us = done->error ? done->t_us + STEER_SPACING_US : 0;
	if (done->error)
		return;
	s->stands = false;
	s->past.left_count = 0;
	s->tried_us = 0;
	s->trials = 0;
}

void steering_ended(struct helper *h, struct steering *s, uint64_t t_us, const char *reason)
{
	struct frame_steering told = s->told;

	snprintf(told.before, sizeof(told.before), "%s", s->told.after);
	snprintf(told.after, sizeof(told.after), "%s", s->told.before);
	told.asked_us = 0;
	told.lasts = false;
	steer_text_reason("", reason, told.reason);
	s->stands = false;
	s->past.left_count = 0;
	s->tried_us = 0;
	s->trials = 0;
	steering_tell(h, &told, STEERING_UNDONE, t_us);
}

static struct steer_job undo_job(const struct steering *s, const char *reason)
{
	struct steer_job job = {.op = STEER_UNDO, .from_ifindex = s->told.from_ifindex};

	snprintf(job.reason, sizeof(job.reason), "%s", reason);
	return job;
}

static void looked(struct helper *h, struct steering *s, const struct steer_done *done)
{
	s->looked_us = done->t_us;
	if (done->error || !s->stands)
		return;
	if (done->stands && !done->original) {
		struct steer_job job = undo_job(s, "the route that ours stands in front of is gone");

		steering_begin(h, s, &job);
	} else if (done->stands) {
		steering_note(s, done);
	} else {
		steering_ended(h, s, done->t_us, "not by us: what steering had made is no longer there");
	}
}

void steering_take(struct helper *h, struct steering *s, const struct steer_done *done)
{
	/* A trial is told of when it has failed, or when it is over. */
	bool quiet = done->job.trial && (done->job.op == STEER_LEAVE ? !done->decision.go : !done->error);

	if (done->job.op == STEER_LOOK)
		looked(h, s, done);
	else if (!quiet)
		(done->job.op == STEER_LEAVE ? left : undone)(h, s, done);
	if (done->job.trial)
		steering_tried(h, s, done);
}
