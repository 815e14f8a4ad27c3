/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that does jobs one after the other, for a loop that must not wait as they do: on the rtnl lock,
 * which others may hold for long just when links fail. Jobs go in and results come out by value.
 */
#ifndef PATHWARDEN_WORKER_H
#define PATHWARDEN_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct worker_queue {
	void *items; /* `room` of them, of `size` bytes each */
	size_t size;
	unsigned int room, head, count;
};

struct worker {
	/* One job, in the thread; its results by worker_tell(). */
	void (*work)(const void *job);
	struct worker_queue jobs, results;
	pthread_t thread;
	pthread_mutex_t lock; /* for the queues and `stopping` */
	bool runs, stopping;
	int to_thread, to_loop;
};

#define WORKER_QUEUE(array)                                                                                  \
	{                                                                                                    \
		.items = (array), .size = sizeof(*(array)), .room = sizeof(array) / sizeof(*(array))         \
	}
/* Not open yet; two arrays, of jobs and of results, are its queues. */
#define WORKER(function, job_array, result_array)                                                            \
	{                                                                                                    \
		.work = (function), .jobs = WORKER_QUEUE(job_array), .results = WORKER_QUEUE(result_array),  \
		.lock = PTHREAD_MUTEX_INITIALIZER, .to_thread = -1, .to_loop = -1                            \
	}

/* Jobs may be given from now on; they wait for worker_run(). 0 or -errno. */
int worker_open(struct worker *w);
/*
 * Starts the thread: after privileges were given up, so that it has what is left of them and no more. 0 or
 * -errno.
 */
int worker_run(struct worker *w);
/* Waits for the job that is being done; those behind it are forgotten, and so are results. */
void worker_close(struct worker *w);

/* Copies a job. False: the queue is full. */
bool worker_push(struct worker *w, const void *job);
/* In the thread: copies a result. False: the queue is full, and it is lost. */
bool worker_tell(struct worker *w, const void *result);
/* Readable when there are results; -1: not open. */
int worker_fd(const struct worker *w);
/* The oldest result. False: there is none. */
bool worker_pop(struct worker *w, void *result);

#endif
