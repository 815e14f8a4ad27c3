/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that steers: it reads the group from the kernel, decides (steer_policy.h) and acts, in one go.
 * All of it waits for the rtnl lock, which others may hold for long just when links fail; the loop must not.
 */
#ifndef PATHWARDEN_STEER_WORKER_H
#define PATHWARDEN_STEER_WORKER_H

#include "steer_group.h"
#include "steer_policy.h"

#define STEER_PROVEN_MAX 64

enum steer_op {
	STEER_LEAVE,
	STEER_UNDO,
	STEER_LOOK, /* is it still as it was left? */
};

struct steer_job {
	enum steer_op op;
	size_t index; /* the caller's */
	struct steer_allowed allowed;
	struct steer_past past;
	uint64_t asked_us; /* 0: the helper by itself */
	bool trial;	   /* of a leg whose own end is down: see steering_trial.c */
	uint32_t from_ifindex;
	char reason[FRAME_STEERING_TEXT_MAX];
	size_t proven_count;
	uint32_t proven[STEER_PROVEN_MAX]; /* have answered a probe since asked_us */
	/* Of a bond or team, as far as the caller knows: whether it exists, its mode, its legs; of routes
	 * nothing. */
	struct steer_facts facts;
	uint32_t master_ifindex, back_ifindex; /* of a bond or team; where undoing goes */
};

struct steer_done {
	struct steer_job job;
	struct steer_decision decision; /* STEER_LEAVE: if it was not to be done, all else is empty */
	int error;			/* 0 or -errno */
	uint64_t t_us;			/* the kernel had done it */
	enum steer_how how;
	bool stands;   /* ours is there */
	bool original; /* and so is what it stands in front of */
	bool lasts;    /* there is something to be undone */
	uint8_t left_count;
	uint32_t left[FRAME_HOPS_MAX];	  /* legs of the group that are out of use now */
	struct frame_route before, after; /* routes: the first, if there are several */
	unsigned int route_count;
	uint32_t before_active, after_active; /* bond, team */
};

/* Opens what the thread needs. 0 or -errno. */
int steer_worker_open(void);
/* Starts the thread, after privileges were given up, so that it has what is left of them. 0 or -errno. */
int steer_worker_run(void);
void steer_worker_close(void);

/* Does it at once, in the caller's thread: before steer_worker_run() only. */
void steer_worker_do(const struct steer_job *job, struct steer_done *out);
/*
 * Deletes our routes that belong to no group of these, and takes links of our
 * marking up that are no legs of them; each is handed to fn. Before steer_worker_run() only. 0 or -errno.
 */
int steer_worker_sweep(const struct steer_allowed *allowed, size_t count,
		       void (*fn)(void *data, const struct steer_done *done), void *data);

/* False: the queue is full. */
bool steer_worker_push(const struct steer_job *job);
/* Readable when something was done; -1: not open. */
int steer_worker_fd(void);
/* What was done, oldest first. False: nothing more. */
bool steer_worker_pop(struct steer_done *out);

#endif
