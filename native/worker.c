/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "worker.h"

#define STACK_BYTES (128 * 1024)

static char *item(const struct worker_queue *q, unsigned int at)
{
	return (char *)q->items + q->size * (at % q->room);
}

static bool add(struct worker *w, struct worker_queue *q, const void *from)
{
	bool fits;

	pthread_mutex_lock(&w->lock);
	fits = q->count < q->room;
	if (fits)
		memcpy(item(q, q->head + q->count++), from, q->size);
	pthread_mutex_unlock(&w->lock);
	return fits;
}

/* Removes the oldest, into *to unless that is NULL. */
static bool take(struct worker *w, struct worker_queue *q, void *to)
{
	bool any;

	pthread_mutex_lock(&w->lock);
	any = q->count > 0;
	if (any && to)
		memcpy(to, item(q, q->head), q->size);
	if (any) {
		q->head = (q->head + 1) % q->room;
		q->count--;
	}
	pthread_mutex_unlock(&w->lock);
	return any;
}

/* Where the oldest job is, and stays until it is taken; NULL: there is none. False: the thread is to end. */
static bool next_job(struct worker *w, const void **job)
{
	bool goes_on;

	pthread_mutex_lock(&w->lock);
	goes_on = !w->stopping;
	*job = w->jobs.count ? item(&w->jobs, w->jobs.head) : NULL;
	pthread_mutex_unlock(&w->lock);
	return goes_on;
}

static void *run(void *data)
{
	struct worker *w = data;
	const void *job;
	eventfd_t count;

	while (next_job(w, &job)) {
		if (job) {
			w->work(job);
			take(w, &w->jobs, NULL);
		} else if (eventfd_read(w->to_thread, &count) && errno != EINTR) {
			break;
		}
	}
	return NULL;
}

bool worker_push(struct worker *w, const void *job)
{
	bool added = add(w, &w->jobs, job);

	if (added)
		eventfd_write(w->to_thread, 1);
	return added;
}

bool worker_tell(struct worker *w, const void *result)
{
	bool added = add(w, &w->results, result);

	eventfd_write(w->to_loop, 1);
	return added;
}

int worker_fd(const struct worker *w)
{
	return w->to_loop;
}

bool worker_pop(struct worker *w, void *result)
{
	eventfd_t count;

	eventfd_read(w->to_loop, &count);
	return take(w, &w->results, result);
}

int worker_open(struct worker *w)
{
	int error;

	w->to_thread = eventfd(0, EFD_CLOEXEC);
	w->to_loop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->to_thread >= 0 && w->to_loop >= 0)
		return 0;
	error = -errno;
	worker_close(w);
	return error;
}

int worker_run(struct worker *w)
{
	pthread_attr_t attributes;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	error = pthread_create(&w->thread, &attributes, run, w);
	pthread_attr_destroy(&attributes);
	w->runs = !error;
	return -error;
}

static void stop(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_mutex_unlock(&w->lock);
	eventfd_write(w->to_thread, 1);
	pthread_join(w->thread, NULL);
	w->runs = w->stopping = false;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void worker_close(struct worker *w)
{
	if (w->runs)
		stop(w);
	close_fd(&w->to_thread);
	close_fd(&w->to_loop);
	w->jobs.count = w->results.count = 0;
}
