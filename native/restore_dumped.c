/* SPDX-License-Identifier: Apache-2.0 */
/* Dumps: what they do not name, and nobody has deleted, was the kernel's doing. */
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include "restore_memory.h"

void restore_group_dump_begins(struct restore_group *g, uint8_t family)
{
	for (uint32_t i = 0; family && i < g->route_count; i++)
		g->routes[i].seen = false;
	g->route_deleted &= !family;
	if (family)
		return;
	g->seen = g->touched = false;
	for (uint32_t i = 0; i < g->member_count; i++)
		g->members[i].seen = g->members[i].touched = g->members[i].taken = false;
}

static void dumped_nexthop(struct restore_group *g, const struct nlmsghdr *m)
{
	struct restore_member *member;
	uint32_t id;

	if (!record_attr_u32(m, NHA_ID, &id))
		return;
	if (id == g->id && !g->touched) {
		g->seen = true;
		restore_remember(&g->now, m);
		/* Judged when it is known which of its members exist. */
		if (!restore_is_known(&g->whole))
			restore_take_whole(g, m);
	}
	member = id == g->id ? NULL : restore_find_member(g, id);
	if (!member || member->touched)
		return;
	member->seen = true;
	if (member->lost && !record_same(&member->record.head, m)) {
		member->taken = true;
		return;
	}
	member->lost = false;
	restore_remember_member(g, member, m);
}

void restore_group_dumped(struct restore_group *g, const struct nlmsghdr *m)
{
	if (m->nlmsg_type == RTM_NEWNEXTHOP && restore_is_whole(m, sizeof(struct nhmsg))) {
		dumped_nexthop(g, m);
	} else if (m->nlmsg_type == RTM_NEWROUTE && restore_is_whole(m, sizeof(struct rtmsg)) &&
		   restore_is_route_of(g, m)) {
		struct restore_route *route = restore_find_route(g, m);

		if (route || !g->route_deleted)
			route = restore_take_route(g, m);
		if (route)
			route->seen = true;
	}
}

static void routes_ended(struct restore_group *g, uint8_t family)
{
	unsigned char af = family == 4 ? AF_INET : AF_INET6;

	for (uint32_t i = 0; i < g->route_count; i++) {
		const struct rtmsg *r = NLMSG_DATA(&g->routes[i].record.head);

		if (r->rtm_family == af)
			g->routes[i].missing = !g->routes[i].seen;
	}
}

static void judge_members(struct restore_group *g)
{
	for (uint32_t i = g->member_count; i-- > 0;) {
		struct restore_member *member = &g->members[i];

		if (member->taken)
			restore_drop_member(g, member->id);
		else if (!member->seen && !member->touched && restore_is_known(&member->record))
			member->lost = member->out = true;
		else if (!g->touched && g->seen && restore_has_member(&g->now, member->id))
			member->out = false;
	}
}

/* It is not there, and nobody has said that he deleted it. */
static void judge_absent(struct restore_group *g)
{
	bool all_lost = true;

	for (uint32_t i = 0; i < g->member_count; i++)
		all_lost &= g->members[i].lost;
	/* The kernel's doing only if all members went: else a message about it is still to be read. */
	if (!g->lost && !all_lost)
		return restore_clear(g);
	g->lost = true;
	for (uint32_t i = 0; i < g->member_count; i++)
		g->members[i].out = true;
}

static void judge_routes(struct restore_group *g)
{
	for (uint32_t i = g->route_count; i-- > 0;) {
		struct restore_route *route = &g->routes[i];

		/* The dump of routes that missed it came before this one: it had gone while the group was
		 * there. */
		if (g->lost)
			route->lost = true;
		else if (route->missing && !route->lost)
			restore_drop_route(g, route);
	}
}

bool restore_group_dump_ended(struct restore_group *g, uint8_t family)
{
	bool again = false;

	if (family) {
		routes_ended(g, family);
		return false;
	}
	judge_members(g);
	if (!g->touched && restore_is_known(&g->whole)) {
		if (!g->seen)
			judge_absent(g);
		else if (record_is_rest(&g->whole.head, &g->now.head))
			g->lost = false;
		else
			restore_take_whole(g, &g->now.head);
	}
	if (!g->touched)
		judge_routes(g);
	for (uint32_t i = 0; i < g->member_count; i++)
		again |= g->again && !restore_is_known(&g->members[i].record);
	g->again = false;
	return again;
}
