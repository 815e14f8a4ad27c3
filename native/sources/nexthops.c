/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts next hop objects back that the kernel deleted with their link (restore.h), once the link is back: only
 * in groups that the root-owned configuration names, and without one the capability for it is given up at
 * start. What is remembered dies with the helper: what was short before it started stays short.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include "log.h"
#include "restore.h"
#include "restore_text.h"
#include "source.h"
#include "steer_netlink.h"
#include "worker.h"

/* What the kernel refuses for now (an address is not there yet) is tried again after so long, twice as long…
 */
#define AGAIN_US 100000
#define AGAIN_MAX_US 10000000

struct restoring {
	const struct steer_allowed *allowed;
	struct restore_group group;
	struct restore_job job;
	uint64_t again_us, wait_us; /* not before, and the pause after that; 0: at once */
	char told[STEER_WHY_MAX];   /* why not, last */
};

static void work(const void *job);

static struct restore_job *jobs[STEER_GROUPS_MAX + 1], *results[STEER_GROUPS_MAX];
static struct worker worker = WORKER(work, jobs, results);
static struct steer_netlink netlink = {.fd = -1}; /* the thread's, once that runs */

static struct {
	struct helper *helper;
	struct restoring *groups;
	size_t count;
	uint32_t port; /* what the thread does is heard from this one */
	struct loop_timer *look, *begin;
} restore;

static struct restoring *next(struct restoring *r)
{
	r = r ? r + 1 : restore.groups;
	return r && r < restore.groups + restore.count ? r : NULL;
}

static void work(const void *data)
{
	struct restore_job *job = *(struct restore_job *const *)data;

	restore_act(&netlink, job);
	worker_tell(&worker, &job);
}

/* --- what the rtnl source reads --- */
void nexthops_heard(const struct nlmsghdr *m)
{
	for (struct restoring *r = next(NULL); r; r = next(r))
		restore_group_heard(&r->group, m, m->nlmsg_pid && m->nlmsg_pid == restore.port);
	if (m->nlmsg_type == RTM_NEWADDR && restore.count)
		loop_arm_timer(restore.look, 0, 0);
}

void nexthops_dump_begins(uint8_t family)
{
	for (struct restoring *r = next(NULL); r; r = next(r))
		restore_group_dump_begins(&r->group, family);
}

void nexthops_dumped(const struct nlmsghdr *m)
{
	for (struct restoring *r = next(NULL); r; r = next(r))
		restore_group_dumped(&r->group, m);
}

bool nexthops_dump_ended(uint8_t family)
{
	bool again = false;

	for (struct restoring *r = next(NULL); r; r = next(r))
		again |= restore_group_dump_ended(&r->group, family);
	return again;
}

void nexthops_link_gone(uint32_t ifindex)
{
	for (struct restoring *r = next(NULL); r; r = next(r))
		restore_group_link_gone(&r->group, ifindex);
}

void nexthops_lost(void)
{
	for (struct restoring *r = next(NULL); r; r = next(r))
		restore_group_forget(&r->group);
}

/* --- when --- */
void nexthops_look(void)
{
	for (struct restoring *r = next(NULL); r; r = next(r))
		r->again_us = r->wait_us = 0;
	if (restore.count)
		loop_arm_timer(restore.look, 0, 0);
}

static bool is_running(uint32_t ifindex, void *helper)
{
	const struct frame_link *link = rtnl_link(helper, ifindex);

	return link && link->admin_up && carrier_is_running(helper, ifindex);
}

static uint32_t any_leg(const struct restore_group *g)
{
	for (uint32_t i = 0; i < g->member_count; i++)
		if (g->members[i].lost && g->members[i].ifindex)
			return g->members[i].ifindex;
	return g->member_count && g->members[0].ifindex ? g->members[0].ifindex : 1;
}

static void tell(struct restoring *r, enum steering_outcome outcome, uint32_t ifindex, uint64_t t_us,
		 const char *why)
{
	struct frame f = {.type = FRAME_STEERING, .t_us = t_us};
	struct frame_steering *s = &f.steering;

	memcpy(s->group, r->allowed->group.id, sizeof(s->group));
	s->outcome = outcome;
	s->how = STEER_NEXTHOPS;
	s->from_ifindex = ifindex ? ifindex : any_leg(&r->group);
	if (outcome == STEERING_RESTORED) {
		restore_text_group(&r->job.before.head, r->group.id, s->before);
		restore_text_group(&r->job.after.head, r->group.id, s->after);
	} else {
		restore_text_group(r->group.lost ? NULL : &r->group.now.head, r->group.id, s->before);
	}
	snprintf(s->reason, sizeof(s->reason), "%s", why);
	helper_emit(restore.helper, &f);
}

/* Once for each reason. */
static void tell_not(struct restoring *r, enum steering_outcome outcome, const char *why)
{
	if (!strcmp(r->told, why))
		return;
	snprintf(r->told, sizeof(r->told), "%s", why);
	log_warning("nexthops: %s: not put back: %s", r->allowed->group.id, why);
	tell(r, outcome, 0, now_us(), why);
}

static void begin(struct restoring *r)
{
	struct restore_job *job = &r->job;

	memset(job, 0, sizeof(*job));
	job->group = r->group;
	if (!r->group.lost)
		job->before = r->group.now;
	job->busy = worker_push(&worker, &job);
}

static void look(void *data)
{
	uint64_t now = now_us(), first = LOOP_NOT_YET;

	/* Who deleted what may be on its way. */
	rtnl_hear(data);
	for (struct restoring *r = next(NULL); r; r = next(r)) {
		char why[STEER_WHY_MAX];

		if (!restore_group_is_short(&r->group))
			r->told[0] = '\0';
		if (r->job.busy || !restore_group_is_due(&r->group, is_running, data))
			continue;
		restore_group_not_ours(&r->group, why);
		if (why[0])
			tell_not(r, STEERING_REFUSED, why);
		else if (now >= r->again_us)
			begin(r);
		else if (r->again_us - now < first)
			first = r->again_us - now;
	}
	if (first != LOOP_NOT_YET)
		loop_arm_timer(restore.look, first, 0);
}

static void tell_done(struct restoring *r)
{
	const struct restore_job *job = &r->job;
	char why[128];

	snprintf(why, sizeof(why), "its link is back: %u next hop%s, %u route%s that the kernel had deleted",
		 job->members, job->members == 1 ? "" : "s", job->routes, job->routes == 1 ? "" : "s");
	log_info("nexthops: %s: put back: %s", r->allowed->group.id, why);
	tell(r, STEERING_RESTORED, job->ifindex, job->t_us, why);
}

static void take(struct restoring *r)
{
	const struct restore_job *job = &r->job;
	bool waits = job->error || job->changed;

	r->job.busy = false;
	/* What was known is old. */
	if (job->changed)
		rtnl_link_event(restore.helper, 0);
	if (job->members || job->routes || job->group_done)
		tell_done(r);
	if (job->why[0])
		tell_not(r, STEERING_REFUSED, job->why);
	else if (job->error && r->wait_us >= AGAIN_MAX_US)
		tell_not(r, STEERING_FAILED, strerror(-job->error));
	if (!waits && !job->why[0])
		r->wait_us = 0;
	else
		r->wait_us = !r->wait_us		     ? AGAIN_US
			     : r->wait_us < AGAIN_MAX_US / 2 ? r->wait_us * 2
							     : AGAIN_MAX_US;
	r->again_us = r->wait_us ? now_us() + r->wait_us : 0;
}

static void some_done(void *data, uint32_t events)
{
	struct restore_job *done;

	(void)events;
	while (worker_pop(&worker, &done))
		for (struct restoring *r = next(NULL); r; r = next(r))
			if (&r->job == done)
				take(r);
	look(data);
}

/* --- the source --- */
static void snapshot(struct helper *h)
{
	struct frame mark = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "nexthops"}};

	/* Of events alone. */
	helper_emit(h, &mark);
	mark.snapshot.end = mark.snapshot.complete = true;
	helper_emit(h, &mark);
}

static void run(void *data)
{
	int error = worker_run(&worker);

	if (!error)
		return;
	helper_degrade(data, "nexthops", "degraded", "no thread: %s", strerror(-error));
	restore.count = 0;
}

static uint64_t keep(const struct helper *h)
{
	(void)h;
	return restore.count ? 1ULL << CAP_NET_ADMIN : 0;
}

static void stop(struct helper *h)
{
	if (worker_fd(&worker) >= 0)
		loop_remove_fd(helper_loop(h), worker_fd(&worker));
	loop_remove_timer(helper_loop(h), restore.look);
	loop_remove_timer(helper_loop(h), restore.begin);
	worker_close(&worker);
	steer_netlink_close(&netlink);
	free(restore.groups);
	memset(&restore, 0, sizeof(restore));
}

static int open_thread(struct helper *h)
{
	struct sockaddr_nl own = {0};
	socklen_t size = sizeof(own);
	int error = steer_netlink_open(&netlink, NETLINK_ROUTE);

	if (error)
		return error;
	own.nl_family = AF_NETLINK;
	/* Gives it its port. */
	if (bind(netlink.fd, (struct sockaddr *)&own, sizeof(own)) ||
	    getsockname(netlink.fd, (struct sockaddr *)&own, &size))
		return -errno;
	restore.port = own.nl_pid;
	error = worker_open(&worker);
	return error ? error : loop_add_fd(helper_loop(h), worker_fd(&worker), EPOLLIN, some_done, h);
}

static int start(struct helper *h)
{
	const struct helper_options *o = helper_options(h);
	int error;

	restore.helper = h;
	if (!o->restore_count)
		return 0;
	restore.groups = calloc(o->restore_count, sizeof(*restore.groups));
	restore.look = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, look, h);
	restore.begin = loop_add_timer(helper_loop(h), 0, 0, run, h);
	error = restore.groups && restore.look && restore.begin ? open_thread(h) : -ENOMEM;
	if (error) {
		stop(h);
		return error;
	}
	for (size_t i = 0; i < o->restore_count; i++) {
		restore.groups[i].allowed = &o->restore[i];
		restore.groups[i].group.id = o->restore[i].group.nhid;
	}
	restore.count = o->restore_count;
	return 0;
}

const struct source source_nexthops = {
    .name = "nexthops",
    .keep_caps_found = keep,
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
