/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steering source's own parts. steering.c: requests; steering_told.c: frames; steering_legs.c: bonds and
 * teams; steering_watch.c: proof beforehand, the way back; steering_trial.c: the way back to a link taken
 * down.
 */
#ifndef PATHWARDEN_STEERING_H
#define PATHWARDEN_STEERING_H

#include "source.h"
#include "steer_worker.h"

/* A group that the configuration names. */
struct steering {
	const struct steer_allowed *allowed;
	struct steer_past past;
	bool busy;	      /* the thread is at it */
	bool waiting;	      /* job waits for proof by the probes */
	struct steer_job job; /* the request */
	uint64_t other_us;    /* while it waits: when another leg was seen to answer; 0: none so far */
	bool stands;	      /* something of ours is there */
	struct frame_steering told;
	uint64_t since_us, looked_us;
	uint64_t again_us;   /* going back failed: not before this time again */
	uint64_t tried_us;   /* a leg's own end was taken up then, on trial; 0: none is */
	uint64_t carrier_us; /* and has had carrier since; 0: not yet */
	unsigned int trials; /* that have failed */
	uint8_t kept_count;
	uint32_t kept[FRAME_HOPS_MAX]; /* the legs that carry its traffic now, as far as we know */
};

/* --- steering.c --- */
/* The next one after `s` (NULL: the first), or NULL. */
struct steering *steering_next(struct steering *s);
/* Hands its job to the thread; when that is not possible it has failed, and this is told. */
void steering_begin(struct helper *h, struct steering *s, const struct steer_job *job);

/* --- steering_told.c --- */
/* What the thread has done about it. */
void steering_take(struct helper *h, struct steering *s, const struct steer_done *done);
/* Group, legs, before and after; not the outcome and not the reason. */
void steering_describe(const struct helper *h, const struct steer_done *done, struct frame_steering *out);
/* t_us 0: now. */
void steering_tell(struct helper *h, struct frame_steering *told, enum steering_outcome outcome,
		   uint64_t t_us);
void steering_tell_refused(struct helper *h, const struct request_steer *wish, uint64_t asked_us,
			   const char *why);
/* By itself: what was steered no longer is. */
void steering_ended(struct helper *h, struct steering *s, uint64_t t_us, const char *reason);
/* What stands now, and what carries the traffic instead. */
void steering_note(struct steering *s, const struct steer_done *done);

/* --- steering_legs.c --- */
/* Of a bond or team: fills the job's facts and its master, as far as is known; of routes nothing. */
void steering_legs(const struct helper *h, const struct steer_group *group, struct steer_job *job);

/* --- steering_watch.c --- */
int steering_watch_start(struct helper *h);
void steering_watch_stop(struct helper *h);
/* The request in s->job waits for answers to probes that are sent now. */
void steering_prove(struct helper *h, struct steering *s);
/* Something stands: look after it from now on. */
void steering_watch(void);

/* --- steering_trial.c --- */
/* Begins a trial of the leg when it is time, and judges the one under way. True: one is, nothing else is to
 * be done. */
bool steering_trial(struct helper *h, struct steering *s, uint64_t now);
/* The thread has taken the end up, or down again. */
void steering_tried(struct helper *h, struct steering *s, const struct steer_done *done);

#endif
