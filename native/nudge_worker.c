/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>
#include <sys/socket.h>
#include "getlink.h"
#include "nudge_worker.h"
#include "source.h"
#include "worker.h"
#include <linux/if.h> /* after net/if.h, which it gives way to */
#include <linux/rtnetlink.h>

/* An answer that the kernel could not queue must not hold the thread for ever. */
#define ANSWER_WAIT_S 2

static void nudge_now(const void *data);

static struct nudge_job jobs[NUDGE_QUEUE_MAX];
static struct frame results[NUDGE_QUEUE_MAX];
static struct worker worker = WORKER(nudge_now, jobs, results);

/* The thread's, once that runs; but the loop reads `how`. */
static struct {
	enum nudge_how how;
	bool escalate;
	int socket;
	uint32_t seq;
} nudge = {.socket = -1};

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

	worker_tell(&worker, &f);
}

/* The answer to the request nudge.seq: 0 (a link's state in *out, or an acknowledgement) or -errno. */
static int receive(struct getlink_answer *out)
{
	char buffer[GETLINK_ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (;;) {
		ssize_t size = recv(nudge.socket, buffer, sizeof(buffer), MSG_TRUNC);
		const struct nlmsghdr *m = (const struct nlmsghdr *)buffer;

		if (size < 0)
			return -errno;
		if (!NLMSG_OK(m, (size_t)size) || m->nlmsg_seq != nudge.seq)
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
	int error = getlink_ask(nudge.socket, ifindex, ++nudge.seq, false);

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

	q.head.nlmsg_seq = ++nudge.seq;
	if (send(nudge.socket, &q, sizeof(q), 0) < 0)
		return -errno;
	return receive(NULL);
}

/* Has linkwatch seen the carrier as it is? UNKNOWN is what a device has that never was looked at. */
static bool noticed(const struct getlink_answer *a)
{
	bool up = a->operstate == IF_OPER_UP || a->operstate == IF_OPER_UNKNOWN;

	return a->carrier ? up : !up;
}

static void nudge_now(const void *data)
{
	const struct nudge_job *job = data;
	bool asking = nudge.how == NUDGE_ASK; /* written by this thread only */
	struct getlink_answer link;
	int error = look(job->ifindex, &link);

	/* Whoever shuts a link down by hand makes the kernel look thereby. */
	if (!error && !link.admin_up)
		return;
	if (asking)
		tell(job, NUDGE_ASK, error, !error && noticed(&link));
	if (asking && (error || noticed(&link) || !nudge.escalate))
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
		__atomic_store_n(&nudge.how, NUDGE_OPERSTATE, __ATOMIC_RELAXED);
}

bool nudge_worker_push(const struct nudge_job *job)
{
	return worker_push(&worker, job);
}

int nudge_worker_fd(void)
{
	return worker_fd(&worker);
}

bool nudge_worker_pop(struct frame *out)
{
	return worker_pop(&worker, out);
}

enum nudge_how nudge_worker_how(void)
{
	return __atomic_load_n(&nudge.how, __ATOMIC_RELAXED);
}

int nudge_worker_open(const struct nudge_policy *policy)
{
	struct timeval wait = {.tv_sec = ANSWER_WAIT_S};
	int error;

	nudge.how = policy->how;
	nudge.escalate = policy->escalate;
	nudge.socket = getlink_open(true);
	if (nudge.socket < 0)
		return nudge.socket;
	error = setsockopt(nudge.socket, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) ? -errno
										       : worker_open(&worker);
	if (error)
		nudge_worker_close();
	return error;
}

int nudge_worker_run(void)
{
	return worker_run(&worker);
}

void nudge_worker_close(void)
{
	worker_close(&worker);
	if (nudge.socket >= 0)
		close(nudge.socket);
	nudge.socket = -1;
	nudge.how = NUDGE_OFF;
}
