/* SPDX-License-Identifier: Apache-2.0 */
/* What the other sources know of a bond or team that is to be steered. */
#include <stdio.h>
#include <string.h>
#include "steering.h"
#include "team.h"

struct search {
	const struct steer_group *group;
	struct steer_job *job;
};

static void find_master(void *data, const struct frame_link *link)
{
	struct search *s = data;
	const char *kind = s->group->kind == STEER_TEAM ? "team" : "bond";

	if (!strcmp(link->kind, kind) && !strncmp(link->ifname, s->group->name, IFNAMSIZ))
		s->job->master_ifindex = link->ifindex;
}

static void add_member(void *data, const struct frame_link *link)
{
	struct search *s = data;
	struct steer_facts *facts = &s->job->facts;

	if (link->master_ifindex != s->job->master_ifindex || facts->leg_count == FRAME_HOPS_MAX)
		return;
	facts->legs[facts->leg_count++] = (struct steer_leg){
	    .ifindex = link->ifindex,
	    .usable = link->admin_up && link->carrier && !link->bond_member.mii_status,
	};
}

static void ask_team(struct steer_job *job)
{
	const struct team *t = team_find(job->master_ifindex);

	job->facts.exists = t != NULL;
	if (!t)
		return;
	job->facts.active_ifindex = t->state.active_ifindex;
	if (!t->whole)
		snprintf(job->facts.not_ours, sizeof(job->facts.not_ours),
			 "the kernel does not tell what mode it has");
	else if (strcmp(t->state.mode, "activebackup"))
		snprintf(job->facts.not_ours, sizeof(job->facts.not_ours),
			 "its mode is not activebackup: which port carries what is not ours to say");
}

void steering_legs(const struct helper *h, const struct steer_group *group, struct steer_job *job)
{
	struct search search = {.group = group, .job = job};

	if (group->kind != STEER_BOND && group->kind != STEER_TEAM)
		return;
	memset(&job->facts, 0, sizeof(job->facts));
	job->master_ifindex = 0;
	rtnl_each_link(h, find_master, &search);
	if (!job->master_ifindex)
		return;
	rtnl_each_link(h, add_member, &search);
	/* Of a bond the kernel is asked when it is about to be steered. */
	if (group->kind == STEER_TEAM)
		ask_team(job);
}
