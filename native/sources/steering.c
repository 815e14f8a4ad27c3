/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves a group's traffic off a leg when a client asks for it, and back. What may be done, and when, is
 * decided here and in steer_policy.c, whatever the client says; the root-owned configuration names the
 * groups, and without one the capability for it is given up at start.
 *
 * What stands is rebuilt from the kernel at start: routes of our protocol, marked links, a bond that does not
 * use its primary. When the helper ends it stays as it is; what the configuration no longer names is undone
 * at start.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include "log.h"
#include "steer_text.h"
#include "steering.h"

static struct {
	struct steering groups[STEER_GROUPS_MAX];
	size_t count;
	struct loop_timer *begin;
} steering;

struct steering *steering_next(struct steering *s)
{
	s = s ? s + 1 : steering.groups;
	return s < steering.groups + steering.count ? s : NULL;
}

static void some_done(void *data, uint32_t events)
{
	static struct steer_done done;

	(void)events;
	while (steer_worker_pop(&done)) {
		struct steering *s = &steering.groups[done.job.index];

		s->busy = false;
		steering_take(data, s, &done);
	}
}

void steering_begin(struct helper *h, struct steering *s, const struct steer_job *wish)
{
	struct steer_job job = *wish;

	job.index = (size_t)(s - steering.groups);
	job.allowed = *s->allowed;
	/* Its own end is up, and the last word on it is that of the trial. */
	if (!job.trial)
		job.past = s->past;
	steering_legs(h, &s->allowed->group, &job);
	s->busy = steer_worker_push(&job);
	if (!s->busy && job.asked_us) {
		struct request_steer refused = {.ifindex = job.from_ifindex};

		memcpy(refused.group, s->allowed->group.id, sizeof(refused.group));
		steering_tell_refused(h, &refused, job.asked_us, "too much is under way");
	}
}

static struct steering *find(const struct request_steer *wish)
{
	struct steer_group group;

	if (steer_group_parse(wish->group, &group))
		return NULL;
	for (size_t i = 0; i < steering.count; i++)
		if (!strcmp(steering.groups[i].allowed->group.id, group.id))
			return &steering.groups[i];
	return NULL;
}

void steering_request(struct helper *h, const struct request_steer *wish)
{
	uint64_t now = now_us();
	struct steering *s = find(wish);
	struct steer_job job = {.asked_us = now, .from_ifindex = wish->ifindex};

	if (!s)
		return steering_tell_refused(h, wish, now,
					     "the configuration does not allow this group to be steered");
	if (s->busy || s->waiting)
		return steering_tell_refused(h, wish, now, "another action on this group is under way");
	snprintf(job.reason, sizeof(job.reason), "%s", wish->reason);
	if (!wish->undo) {
		job.op = STEER_LEAVE;
		s->job = job;
		steering_prove(h, s);
	} else if (s->stands) {
		job.op = STEER_UNDO;
		steering_begin(h, s, &job);
	} else {
		steering_tell_refused(h, wish, now, "it is not steered");
	}
}

static void snapshot(struct helper *h)
{
	struct frame mark = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "steering"}};

	helper_emit(h, &mark);
	for (struct steering *s = steering_next(NULL); s; s = steering_next(s))
		if (s->stands)
			steering_tell(h, &s->told, STEERING_STANDS, 0);
	mark.t_us = now_us();
	mark.snapshot.end = mark.snapshot.complete = true;
	helper_emit(h, &mark);
}

/* What was steered before we came. */
static void rebuild(struct helper *h, struct steering *s)
{
	struct steer_job job = {
	    .op = STEER_LOOK, .index = (size_t)(s - steering.groups), .allowed = *s->allowed};
	static struct steer_done done;

	steer_worker_do(&job, &done);
	if (done.error || !done.stands || !done.original || !done.left_count)
		return;
	done.job.from_ifindex = done.left[0];
	steering_describe(h, &done, &s->told);
	steer_text_reason("", "steered before the helper started", s->told.reason);
	s->since_us = s->past.acted_us = now_us();
	steering_note(s, &done);
}

static void swept(void *data, const struct steer_done *done)
{
	struct frame_steering told = {0};

	steering_describe(data, done, &told);
	if (done->left_count)
		told.from_ifindex = done->left[0];
	told.lasts = false;
	steer_text_reason(
	    "", done->error ? strerror(-done->error) : "the configuration no longer names the group",
	    told.reason);
	/* Nobody is attached yet, so the frame is for the ring alone. */
	log_info("steering: %s: %s: %s", told.group, done->error ? "not undone" : "undone", told.reason);
	steering_tell(data, &told, done->error ? STEERING_FAILED : STEERING_UNDONE, done->t_us);
}

static void begin(void *data)
{
	int error = steer_worker_run();

	if (!error)
		return;
	helper_degrade(data, "steering", "degraded", "no thread: %s", strerror(-error));
	steering.count = 0;
}

static uint64_t keep(const struct helper *h)
{
	(void)h;
	return steering.count ? 1ULL << CAP_NET_ADMIN : 0;
}

static void stop(struct helper *h)
{
	if (steer_worker_fd() >= 0)
		loop_remove_fd(helper_loop(h), steer_worker_fd());
	steering_watch_stop(h);
	loop_remove_timer(helper_loop(h), steering.begin);
	steer_worker_close();
	memset(&steering, 0, sizeof(steering));
}

static int start(struct helper *h)
{
	const struct helper_options *o = helper_options(h);
	int error = steer_worker_open();

	if (error)
		return error;
	error = loop_add_fd(helper_loop(h), steer_worker_fd(), EPOLLIN, some_done, h);
	if (!error)
		error = steering_watch_start(h);
	steering.begin = loop_add_timer(helper_loop(h), o->steer_count ? 0 : LOOP_NOT_YET, 0, begin, h);
	if (!error && !steering.begin)
		error = -ENOMEM;
	if (error) {
		stop(h);
		return error;
	}
	steer_worker_sweep(o->steer, o->steer_count, swept, h);
	for (size_t i = 0; i < o->steer_count; i++) {
		struct steering *s = &steering.groups[steering.count++];

		s->allowed = &o->steer[i];
		rebuild(h, s);
	}
	return 0;
}

const struct source source_steering = {
    .name = "steering",
    .keep_caps_found = keep,
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
