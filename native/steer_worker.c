/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <linux/netlink.h>
#include <sys/eventfd.h>
#include "steer_act.h"

/* One action of each group at a time. */
#define QUEUE_MAX STEER_GROUPS_MAX
#define STACK_BYTES (128 * 1024)

struct queue {
	unsigned int head, count;
};

static struct {
	struct steer_netlink netlink; /* the thread's, once that runs */
	pthread_t thread;
	bool runs;
	int to_thread, to_loop;
	pthread_mutex_t lock; /* for what follows */
	bool stopping;
	struct queue jobs_queue, done_queue;
	struct steer_job jobs[QUEUE_MAX];
	struct steer_done done[QUEUE_MAX];
} worker = {.lock = PTHREAD_MUTEX_INITIALIZER, .netlink.fd = -1, .to_thread = -1, .to_loop = -1};

/* Where to write the next, or QUEUE_MAX if it is full; under the lock, as queue_take(). */
static unsigned int queue_add(struct queue *q)
{
	return q->count == QUEUE_MAX ? QUEUE_MAX : (q->head + q->count++) % QUEUE_MAX;
}

static unsigned int queue_take(struct queue *q)
{
	unsigned int at = q->head;

	if (!q->count)
		return QUEUE_MAX;
	q->head = (q->head + 1) % QUEUE_MAX;
	q->count--;
	return at;
}

void steer_worker_do(const struct steer_job *job, struct steer_done *out)
{
	enum steer_kind kind = job->allowed.group.kind;

	memset(out, 0, sizeof(*out));
	out->job = *job;
	if (job->allowed.link_down)
		steer_act_link(&worker.netlink, out);
	else if (kind == STEER_ECMP || kind == STEER_NEXTHOP_GROUP)
		steer_act_routes(&worker.netlink, out);
	else
		steer_act_master(&worker.netlink, out);
}

int steer_worker_sweep(const struct steer_allowed *allowed, size_t count,
		       void (*fn)(void *data, const struct steer_done *done), void *data)
{
	int error = steer_sweep_routes(&worker.netlink, allowed, count, fn, data);

	return error ? error : steer_sweep_links(&worker.netlink, allowed, count, fn, data);
}

static void *work(void *data)
{
	static struct steer_job job;
	static struct steer_done done;
	eventfd_t count;

	(void)data;
	for (;;) {
		unsigned int at;
		bool stop;

		pthread_mutex_lock(&worker.lock);
		stop = worker.stopping;
		at = queue_take(&worker.jobs_queue);
		if (at < QUEUE_MAX)
			job = worker.jobs[at];
		pthread_mutex_unlock(&worker.lock);
		if (stop)
			return NULL;
		if (at == QUEUE_MAX) {
			if (eventfd_read(worker.to_thread, &count) && errno != EINTR)
				return NULL;
			continue;
		}
		steer_worker_do(&job, &done);
		pthread_mutex_lock(&worker.lock);
		at = queue_add(&worker.done_queue);
		if (at < QUEUE_MAX)
			worker.done[at] = done;
		pthread_mutex_unlock(&worker.lock);
		eventfd_write(worker.to_loop, 1);
	}
}

bool steer_worker_push(const struct steer_job *job)
{
	unsigned int at;

	pthread_mutex_lock(&worker.lock);
	/* What is done and not taken yet needs a place, too. */
	at = worker.jobs_queue.count + worker.done_queue.count < QUEUE_MAX - 1 ? queue_add(&worker.jobs_queue)
									       : QUEUE_MAX;
	if (at < QUEUE_MAX)
		worker.jobs[at] = *job;
	pthread_mutex_unlock(&worker.lock);
	if (at == QUEUE_MAX)
		return false;
	eventfd_write(worker.to_thread, 1);
	return true;
}

int steer_worker_fd(void)
{
	return worker.to_loop;
}

bool steer_worker_pop(struct steer_done *out)
{
	unsigned int at;
	eventfd_t count;

	eventfd_read(worker.to_loop, &count);
	pthread_mutex_lock(&worker.lock);
	at = queue_take(&worker.done_queue);
	if (at < QUEUE_MAX)
		*out = worker.done[at];
	pthread_mutex_unlock(&worker.lock);
	return at < QUEUE_MAX;
}

int steer_worker_open(void)
{
	int error = steer_netlink_open(&worker.netlink, NETLINK_ROUTE);

	if (error)
		return error;
	worker.stopping = false;
	worker.to_thread = eventfd(0, EFD_CLOEXEC);
	worker.to_loop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker.to_thread >= 0 && worker.to_loop >= 0)
		return 0;
	error = -errno;
	steer_worker_close();
	return error;
}

int steer_worker_run(void)
{
	pthread_attr_t attributes;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	error = pthread_create(&worker.thread, &attributes, work, NULL);
	pthread_attr_destroy(&attributes);
	worker.runs = !error;
	return -error;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void steer_worker_close(void)
{
	if (worker.runs) {
		pthread_mutex_lock(&worker.lock);
		worker.stopping = true;
		pthread_mutex_unlock(&worker.lock);
		eventfd_write(worker.to_thread, 1);
		pthread_join(worker.thread, NULL);
		worker.runs = false;
	}
	steer_netlink_close(&worker.netlink);
	close_fd(&worker.to_thread);
	close_fd(&worker.to_loop);
}
