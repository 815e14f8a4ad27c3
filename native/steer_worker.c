/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <linux/netlink.h>
#include "steer_act.h"
#include "worker.h"

static void work(const void *job);

/* One job of each group at a time, and the one that has just been done: neither queue is ever full. */
static struct steer_job jobs[STEER_GROUPS_MAX + 1];
static struct steer_done results[STEER_GROUPS_MAX];
static struct worker worker = WORKER(work, jobs, results);
static struct steer_netlink netlink = {.fd = -1}; /* the thread's, once that runs */

void steer_worker_do(const struct steer_job *job, struct steer_done *out)
{
	enum steer_kind kind = job->allowed.group.kind;

	memset(out, 0, sizeof(*out));
	out->job = *job;
	if (job->allowed.link_down)
		steer_act_link(&netlink, out);
	else if (kind == STEER_ECMP || kind == STEER_NEXTHOP_GROUP)
		steer_act_routes(&netlink, out);
	else
		steer_act_master(&netlink, out);
}

int steer_worker_sweep(const struct steer_allowed *allowed, size_t count,
		       void (*fn)(void *data, const struct steer_done *done), void *data)
{
	int error = steer_sweep_routes(&netlink, allowed, count, fn, data);

	return error ? error : steer_sweep_links(&netlink, allowed, count, fn, data);
}

static void work(const void *job)
{
	static struct steer_done done;

	steer_worker_do(job, &done);
	worker_tell(&worker, &done);
}

bool steer_worker_push(const struct steer_job *job)
{
	return worker_push(&worker, job);
}

int steer_worker_fd(void)
{
	return worker_fd(&worker);
}

bool steer_worker_pop(struct steer_done *out)
{
	return worker_pop(&worker, out);
}

int steer_worker_open(void)
{
	int error = steer_netlink_open(&netlink, NETLINK_ROUTE);

	if (!error)
		error = worker_open(&worker);
	if (error)
		steer_netlink_close(&netlink);
	return error;
}

int steer_worker_run(void)
{
	return worker_run(&worker);
}

void steer_worker_close(void)
{
	worker_close(&worker);
	steer_netlink_close(&netlink);
}
