/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include "getlink.h"
#include "nudge_worker.h"
#include "source.h"
#include <linux/if.h> /* after net/if.h, which it gives way to */
#include <linux/rtnetlink.h>

/* An answer that the kernel could not queue must not hold the thread for ever. */
#define ANSWER_WAIT_S 2
#define STACK_BYTES (128 * 1024)

struct queue {
	unsigned int head, count;
};

static struct {
	struct nudge_policy policy;
	pthread_t thread;
	bool runs;
	int socket, to_thread, to_loop;
	uint32_t seq;
	pthread_mutex_t lock; /* for what follows, and policy.how */
	bool stopping;
	struct queue jobs_queue, done_queue;
	struct nudge_job jobs[NUDGE_QUEUE_MAX];
	struct frame done[NUDGE_QUEUE_MAX];
} worker = {.lock = PTHREAD_MUTEX_INITIALIZER, .socket = -1, .to_thread = -1, .to_loop = -1};

/* Where to write the next, or NUDGE_QUEUE_MAX if it is full; under the lock, as all of these. */
static unsigned int queue_add(struct queue *q)
{
	return q->count == NUDGE_QUEUE_MAX ? NUDGE_QUEUE_MAX : (q->head + q->count++) % NUDGE_QUEUE_MAX;
}

static unsigned int queue_take(struct queue *q)
{
	unsigned int at = q->head;

	if (!q->count)
		return NUDGE_QUEUE_MAX;
	q->head = (q->head + 1) % NUDGE_QUEUE_MAX;
	q->count--;
	return at;
}

static void tell(const struct nudge_job *job, enum nudge_how how, int error, bool honoured)
{
	struct frame f = {
	    .type = FRAME_NUDGE,
	    .t_us = now_us(),
	    .nudge = {.ifindex = job->ifindex,
		      .how = how,
		      .error = -error,
		      .honoured = honoured,
		      .cause_us = job->cause_us},
	};
	unsigned int at;

	pthread_mutex_lock(&worker.lock);
	at = queue_add(&worker.done_queue);
	if (at < NUDGE_QUEUE_MAX)
		worker.done[at] = f;
	pthread_mutex_unlock(&worker.lock);
	eventfd_write(worker.to_loop, 1);
}

/* The answer to the request worker.seq: 0 (a link's state in *out, or an acknowledgement) or -errno. */
static int receive(struct getlink_answer *out)
{
	char buffer[GETLINK_ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (;;) {
		ssize_t size = recv(worker.socket, buffer, sizeof(buffer), MSG_TRUNC);
		const struct nlmsghdr *m = (const struct nlmsghdr *)buffer;

		if (size < 0)
			return -errno;
		if (!NLMSG_OK(m, (size_t)size) || m->nlmsg_seq != worker.seq)
			continue;
		if ((size_t)size > sizeof(buffer))
			return -EMSGSIZE;
		if (m->nlmsg_type == NLMSG_ERROR && m->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr)))
			return ((const struct nlmsgerr *)NLMSG_DATA(m))->error;
		if (out && getlink_parse(m, out))
			return 0;
	}
}

static int look(uint32_t ifindex, struct getlink_answer *out)
{
	int error = getlink_ask(worker.socket, ifindex, ++worker.seq, false);

	return error ? error : receive(out);
}

static int write_dormant(uint32_t ifindex)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct rtattr attribute;
		uint8_t operstate, pad[3];
	} q = {
	    .head = {.nlmsg_len = sizeof(q),
		     .nlmsg_type = RTM_SETLINK,
		     .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
	    .link = {.ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex},
	    .attribute = {.rta_len = RTA_LENGTH(sizeof(uint8_t)), .rta_type = IFLA_OPERSTATE},
	    .operstate = IF_OPER_DORMANT,
	};

	q.head.nlmsg_seq = ++worker.seq;
	if (send(worker.socket, &q, sizeof(q), 0) < 0)
		return -errno;
	return receive(NULL);
}

/* Has linkwatch seen the carrier as it is? UNKNOWN is what a device has that never was looked at. */
static bool noticed(const struct getlink_answer *a)
{
	bool up = a->operstate == IF_OPER_UP || a->operstate == IF_OPER_UNKNOWN;

	return a->carrier ? up : !up;
}

static void set_how(enum nudge_how how)
{
	pthread_mutex_lock(&worker.lock);
	worker.policy.how = how;
	pthread_mutex_unlock(&worker.lock);
}

static void nudge_now(const struct nudge_job *job)
{
	bool asking = worker.policy.how == NUDGE_ASK; /* written by this thread only */
	struct getlink_answer link;
	int error = look(job->ifindex, &link);

	/* Whoever shuts a link down by hand makes the kernel look thereby. */
	if (!error && !link.admin_up)
		return;
	if (asking)
		tell(job, NUDGE_ASK, error, !error && noticed(&link));
	if (asking && (error || noticed(&link) || !worker.policy.escalate))
		return;
	/* Never while there is carrier: then it would take a link that works out of use. */
	if (!error && link.carrier)
		return;
	if (!error)
		error = write_dormant(job->ifindex);
	if (!error)
		error = look(job->ifindex, &link);
	tell(job, NUDGE_OPERSTATE, error, !error && noticed(&link));
	if (!error && asking)
		set_how(NUDGE_OPERSTATE);
}

static void *work(void *data)
{
	eventfd_t count;

	(void)data;
	for (;;) {
		struct nudge_job job = {0};
		unsigned int at;
		bool stop;

		pthread_mutex_lock(&worker.lock);
		stop = worker.stopping;
		at = queue_take(&worker.jobs_queue);
		if (at < NUDGE_QUEUE_MAX)
			job = worker.jobs[at];
		pthread_mutex_unlock(&worker.lock);
		if (stop)
			return NULL;
		if (at < NUDGE_QUEUE_MAX)
			nudge_now(&job);
		else if (eventfd_read(worker.to_thread, &count) && errno != EINTR)
			return NULL;
	}
}

bool nudge_worker_push(const struct nudge_job *job)
{
	unsigned int at;

	pthread_mutex_lock(&worker.lock);
	at = queue_add(&worker.jobs_queue);
	if (at < NUDGE_QUEUE_MAX)
		worker.jobs[at] = *job;
	pthread_mutex_unlock(&worker.lock);
	if (at == NUDGE_QUEUE_MAX)
		return false;
	eventfd_write(worker.to_thread, 1);
	return true;
}

int nudge_worker_fd(void)
{
	return worker.to_loop;
}

bool nudge_worker_pop(struct frame *out)
{
	unsigned int at;
	eventfd_t count;

	eventfd_read(worker.to_loop, &count);
	pthread_mutex_lock(&worker.lock);
	at = queue_take(&worker.done_queue);
	if (at < NUDGE_QUEUE_MAX)
		*out = worker.done[at];
	pthread_mutex_unlock(&worker.lock);
	return at < NUDGE_QUEUE_MAX;
}

enum nudge_how nudge_worker_how(void)
{
	enum nudge_how how;

	pthread_mutex_lock(&worker.lock);
	how = worker.policy.how;
	pthread_mutex_unlock(&worker.lock);
	return how;
}

int nudge_worker_open(const struct nudge_policy *policy)
{
	struct timeval wait = {.tv_sec = ANSWER_WAIT_S};

	worker.policy = *policy;
	worker.stopping = false;
	worker.socket = getlink_open(true);
	if (worker.socket < 0)
		return worker.socket;
	worker.to_thread = eventfd(0, EFD_CLOEXEC);
	worker.to_loop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker.to_thread < 0 || worker.to_loop < 0 ||
	    setsockopt(worker.socket, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait))) {
		int error = errno;

		nudge_worker_close();
		return -error;
	}
	return 0;
}

int nudge_worker_run(void)
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

void nudge_worker_close(void)
{
	if (worker.runs) {
		pthread_mutex_lock(&worker.lock);
		worker.stopping = true;
		pthread_mutex_unlock(&worker.lock);
		eventfd_write(worker.to_thread, 1);
		pthread_join(worker.thread, NULL);
		worker.runs = false;
	}
	close_fd(&worker.socket);
	close_fd(&worker.to_thread);
	close_fd(&worker.to_loop);
	worker.policy.how = NUDGE_OFF;
}
