/* SPDX-License-Identifier: Apache-2.0 */
/* Puts back what the kernel has taken away: members, their group, its routes. Nothing that is there is
 * touched. */
#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include "restore.h"
#include "source.h"
#include "steer_netlink.h"

static int put(struct steer_netlink *nl, const union restore_record *record, uint16_t flags)
{
	struct steer_message m = {0};

	memcpy(m.bytes, record->bytes, record->head.nlmsg_len);
	m.head.nlmsg_flags = NLM_F_REQUEST | flags;
	return steer_netlink_ask(nl, &m, NULL, NULL);
}

static void take(void *data, const struct nlmsghdr *m)
{
	union restore_record *out = data;

	if (m->nlmsg_type == RTM_NEWNEXTHOP && record_valid(m))
		record_normalise(m, RECORD_REPLAY, 0, out->bytes, sizeof(out->bytes));
}

/* As it is now. -ENOENT: there is none. */
static int look(struct steer_netlink *nl, uint32_t id, union restore_record *out)
{
	const struct nhmsg header = {0};
	struct steer_message m;
	int r;

	steer_begin(&m, RTM_GETNEXTHOP, 0, &header, sizeof(header));
	steer_put_u32(&m, NHA_ID, id);
	out->head.nlmsg_len = 0;
	r = steer_netlink_ask(nl, &m, take, out);
	return !r && !out->head.nlmsg_len ? -EMSGSIZE : r;
}

/* Cannot be made yet: the link is down again, an address is missing or tentative. Else a rival's or a bug. */
static void note_refusal(struct restore_job *job, int error)
{
	if (error == -EEXIST)
		job->changed = true;
	else
		job->error = error;
}

static void put_member(struct steer_netlink *nl, struct restore_job *job, struct restore_member *member)
{
	union restore_record now;
	int r = look(nl, member->id, &now);

	if (!r) {
		job->changed |= !record_same(&now.head, &member->record.head);
		member->lost = job->changed;
		return;
	}
	if (r == -ENOENT)
		r = put(nl, &member->record, NLM_F_CREATE | NLM_F_EXCL);
	if (r)
		return note_refusal(job, r);
	member->lost = false;
	job->members++;
	job->ifindex = member->ifindex;
}

static bool is_present(uint32_t id, void *group)
{
	const struct restore_group *g = group;

	for (uint32_t i = 0; i < g->member_count; i++)
		if (g->members[i].id == id)
			return !g->members[i].lost;
	return false;
}

/* False: there is no group that routes could go by. */
static bool put_group(struct steer_netlink *nl, struct restore_job *job)
{
	struct restore_group *g = &job->group;
	union restore_record now, then;
	int r = look(nl, g->id, &now);

	if ((r && r != -ENOENT) || (r == -ENOENT) != g->lost ||
	    (!r && !record_same(&now.head, &g->now.head))) {
		job->changed = true;
		return false;
	}
	if (!record_group_of(&g->whole.head, is_present, g, then.bytes, sizeof(then.bytes)))
		return false;
	if (!r && record_same(&now.head, &then.head))
		return true;
	r = put(nl, &then, g->lost ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_REPLACE);
	if (r) {
		note_refusal(job, r);
		return false;
	}
	job->group_done = true;
	job->after = then;
	return true;
}

static void put_routes(struct steer_netlink *nl, struct restore_job *job)
{
	for (uint32_t i = 0; i < job->group.route_count; i++) {
		int r;

		if (!job->group.routes[i].lost)
			continue;
		r = put(nl, &job->group.routes[i].record, NLM_F_CREATE | NLM_F_EXCL);
		if (!r)
			job->routes++;
		else if (r == -EEXIST)
			snprintf(job->why, sizeof(job->why),
				 "in place of a route of it there is another, which stays");
		else
			job->error = r;
	}
}

void restore_act(struct steer_netlink *nl, struct restore_job *job)
{
	struct restore_group *g = &job->group;

	if (!g->lost)
		job->after = g->now;
	for (uint32_t i = 0; i < g->member_count && !job->changed; i++)
		if (g->members[i].due)
			put_member(nl, job, &g->members[i]);
	if (!job->changed && put_group(nl, job))
		put_routes(nl, job);
	job->t_us = now_us();
}
