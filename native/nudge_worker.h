/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that nudges. Both ways wait for the rtnl lock, which others may hold for long just when links
 * fail; the loop must not.
 */
#ifndef PATHWARDEN_NUDGE_WORKER_H
#define PATHWARDEN_NUDGE_WORKER_H

#include "frame.h"

#define NUDGE_QUEUE_MAX 64

struct nudge_job {
	uint32_t ifindex;
	uint64_t cause_us;
};

struct nudge_policy {
	enum nudge_how how;
	bool escalate; /* ask, and if the kernel did not look, operstate from then on */
};

/* Opens what the thread needs. 0 or -errno. */
int nudge_worker_open(const struct nudge_policy *policy);
/*
 * Starts the thread: after privileges were given up, so that it has what is left of them and no more. 0 or
 * -errno.
 */
int nudge_worker_run(void);
void nudge_worker_close(void);

/* False: the queue is full. */
bool nudge_worker_push(const struct nudge_job *job);
/* Readable when something was done. */
int nudge_worker_fd(void);
/* What was done, oldest first: a FRAME_NUDGE. False: nothing more. */
bool nudge_worker_pop(struct frame *out);
/* What it does now: ask may have become operstate. */
enum nudge_how nudge_worker_how(void);

#endif
