/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: each is the doing of a hand, of a daemon, or our own. */
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include "restore_memory.h"
#include "steer_group.h"

static void drop_lost_routes(struct restore_group *g)
{
	for (uint32_t i = g->route_count; i-- > 0;)
		if (g->routes[i].lost)
			g->routes[i] = g->routes[--g->route_count];
}

static void heard_group(struct restore_group *g, const struct nlmsghdr *m, bool deleted, bool ours)
{
	g->touched = true;
	if (deleted)
		return restore_clear(g);
	if (ours) {
		/* Possibly not all of it yet. */
		restore_remember(&g->now, m);
		g->lost = false;
		for (uint32_t i = 0; i < g->member_count; i++)
			g->members[i].out &= !restore_has_member(&g->now, g->members[i].id);
		return;
	}
	/* Made anew to be something else. */
	if (g->lost && !record_same(&g->whole.head, m))
		drop_lost_routes(g);
	restore_take_whole(g, m);
}

static void heard_member(struct restore_group *g, struct restore_member *member, const struct nlmsghdr *m,
			 bool deleted, bool ours)
{
	member->touched = true;
	if (deleted) {
		/* The group's own message follows; what a running dump says of it is older. */
		g->touched = true;
		return restore_drop_member(g, member->id);
	}
	if (member->lost && !ours && !record_same(&member->record.head, m))
		return restore_drop_member(g, member->id);
	member->lost = false;
	restore_remember_member(g, member, m);
}

static void heard_route(struct restore_group *g, const struct nlmsghdr *m, bool deleted, bool ours)
{
	struct restore_route *route = restore_find_route(g, m);

	if (((const struct rtmsg *)NLMSG_DATA(m))->rtm_protocol == STEER_PROTOCOL)
		return;
	if (deleted) {
		/* The kernel says so of IPv6 routes that go with their next hop: from no port. */
		if (!m->nlmsg_pid)
			return;
		g->route_deleted = true;
		if (route)
			restore_drop_route(g, route);
	} else if (restore_is_route_of(g, m)) {
		restore_take_route(g, m);
	} else if (route && route->lost && !ours) {
		/* Somebody has put another in its place. */
		restore_drop_route(g, route);
	}
}

/* A deletion, read as what it deletes: one that is longer is as good as its first attributes, which name it.
 */
static const struct nlmsghdr *deleted_object(const struct nlmsghdr *m)
{
	static union {
		struct nlmsghdr head;
		unsigned char bytes[4 * RESTORE_BYTES];
	} copy;

	if (m->nlmsg_type != RTM_DELNEXTHOP && m->nlmsg_type != RTM_DELROUTE)
		return NULL;
	memcpy(&copy, m, m->nlmsg_len < sizeof(copy) ? m->nlmsg_len : sizeof(copy));
	copy.head.nlmsg_type = m->nlmsg_type == RTM_DELROUTE ? RTM_NEWROUTE : RTM_NEWNEXTHOP;
	if (copy.head.nlmsg_len > sizeof(copy))
		copy.head.nlmsg_len = sizeof(copy);
	return &copy.head;
}

void restore_group_heard(struct restore_group *g, const struct nlmsghdr *m, bool ours)
{
	const struct nlmsghdr *gone = deleted_object(m);
	struct restore_member *member;
	uint32_t id;

	m = gone ? gone : m;
	if (m->nlmsg_type == RTM_NEWROUTE && restore_is_whole(m, sizeof(struct rtmsg)))
		heard_route(g, m, gone, ours);
	if (m->nlmsg_type != RTM_NEWNEXTHOP || !restore_is_whole(m, sizeof(struct nhmsg)) ||
	    !record_attr_u32(m, NHA_ID, &id))
		return;
	member = restore_find_member(g, id);
	if (id == g->id)
		heard_group(g, m, gone, ours);
	else if (member)
		heard_member(g, member, m, gone, ours);
}
