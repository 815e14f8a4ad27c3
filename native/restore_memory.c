/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a group, and what of it can be put back. */
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include "restore_memory.h"
#include "steer_group.h"

bool restore_is_known(const union restore_record *r)
{
	return r->head.nlmsg_len > 0;
}

bool restore_remember(union restore_record *r, const struct nlmsghdr *m)
{
	r->head.nlmsg_len = 0;
	return record_valid(m) && record_normalise(m, RECORD_REPLAY, 0, r->bytes, sizeof(r->bytes));
}

static void too_large(struct restore_group *g, const char *what)
{
	snprintf(g->too_large, sizeof(g->too_large), "%s", what);
}

void restore_clear(struct restore_group *g)
{
	g->whole.head.nlmsg_len = g->now.head.nlmsg_len = 0;
	g->member_count = g->route_count = 0;
	g->lost = g->again = false;
	g->too_large[0] = '\0';
}

void restore_group_forget(struct restore_group *g)
{
	restore_clear(g);
	/* A dump that is running may have named it before the loss. */
	g->touched = g->route_deleted = true;
}

struct restore_member *restore_find_member(struct restore_group *g, uint32_t id)
{
	for (uint32_t i = 0; i < g->member_count; i++)
		if (g->members[i].id == id)
			return &g->members[i];
	return NULL;
}

bool restore_has_member(const union restore_record *group, uint32_t id)
{
	const struct nexthop_grp *members;
	size_t count = restore_is_known(group) ? record_members(&group->head, &members) : 0;

	for (size_t i = 0; i < count; i++)
		if (members[i].id == id)
			return true;
	return false;
}

/* Somebody has made it so. */
void restore_take_whole(struct restore_group *g, const struct nlmsghdr *m)
{
	static struct restore_member kept[FRAME_HOPS_MAX];
	const struct nexthop_grp *members;
	size_t count = record_members(m, &members);
	struct nlmsghdr *group;

	g->too_large[0] = '\0';
	g->lost = false;
	if (!count || count > FRAME_HOPS_MAX || !restore_remember(&g->whole, m)) {
		g->whole.head.nlmsg_len = g->now.head.nlmsg_len = 0;
		g->member_count = 0;
		return too_large(g, "it has more members than can be remembered");
	}
	g->now = g->whole;
	group = &g->whole.head;
	count = record_members(group, &members);
	for (size_t i = 0; i < count; i++) {
		const struct restore_member *old = restore_find_member(g, members[i].id);

		kept[i] = old ? *old : (struct restore_member){.id = members[i].id};
		kept[i].out = false;
	}
	memcpy(g->members, kept, count * sizeof(kept[0]));
	g->member_count = (uint32_t)count;
	g->again = true;
}

static bool is_another(uint32_t id, void *one)
{
	return id != *(const uint32_t *)one;
}

void restore_drop_member(struct restore_group *g, uint32_t id)
{
	static union restore_record rest;
	struct restore_member *gone = restore_find_member(g, id);

	if (!gone)
		return;
	if (!record_group_of(&g->whole.head, is_another, &id, rest.bytes, sizeof(rest.bytes)))
		return restore_clear(g);
	g->whole = rest;
	*gone = g->members[--g->member_count];
}

void restore_remember_member(struct restore_group *g, struct restore_member *member, const struct nlmsghdr *m)
{
	if (!restore_remember(&member->record, m))
		too_large(g, "one of its next hops is larger than can be remembered");
	record_attr_u32(m, NHA_OIF, &member->ifindex);
}

struct restore_route *restore_find_route(struct restore_group *g, const struct nlmsghdr *m)
{
	const struct rtmsg *is = NLMSG_DATA(m);

	for (uint32_t i = 0; i < g->route_count; i++) {
		const struct rtmsg *was = NLMSG_DATA(&g->routes[i].record.head);

		/* Routes come and go by the thousand: the cheap part first. */
		if (was->rtm_family == is->rtm_family && was->rtm_dst_len == is->rtm_dst_len &&
		    record_same_name(&g->routes[i].record.head, m))
			return &g->routes[i];
	}
	return NULL;
}

void restore_drop_route(struct restore_group *g, struct restore_route *route)
{
	*route = g->routes[--g->route_count];
}

/* By the group, and ours to put back. */
bool restore_is_route_of(const struct restore_group *g, const struct nlmsghdr *m)
{
	const struct rtmsg *r = NLMSG_DATA(m);
	uint32_t id;

	return record_attr_u32(m, RTA_NH_ID, &id) && id == g->id && r->rtm_type == RTN_UNICAST &&
	       !(r->rtm_flags & RTM_F_CLONED) && !record_owned(m) && r->rtm_protocol != STEER_PROTOCOL;
}

struct restore_route *restore_take_route(struct restore_group *g, const struct nlmsghdr *m)
{
	struct restore_route *route = restore_find_route(g, m);

	if (!route && g->route_count == RESTORE_ROUTES_MAX) {
		too_large(g, "more routes use it than can be remembered");
		return NULL;
	}
	if (!route)
		route = &g->routes[g->route_count++];
	memset(route, 0, sizeof(*route));
	if (restore_remember(&route->record, m))
		return route;
	restore_drop_route(g, route);
	too_large(g, "one of its routes is larger than can be remembered");
	return NULL;
}

void restore_group_link_gone(struct restore_group *g, uint32_t ifindex)
{
	for (uint32_t i = g->member_count; i-- > 0;)
		if (i < g->member_count && g->members[i].ifindex == ifindex)
			restore_drop_member(g, g->members[i].id);
}

bool restore_group_is_short(const struct restore_group *g)
{
	bool any = g->lost;

	for (uint32_t i = 0; i < g->member_count; i++)
		any |= g->members[i].lost || g->members[i].out;
	for (uint32_t i = 0; i < g->route_count; i++)
		any |= g->routes[i].lost;
	return any && restore_is_known(&g->whole);
}

bool restore_group_is_due(struct restore_group *g, bool (*is_running)(uint32_t ifindex, void *data),
			  void *data)
{
	bool any = false, present = false;

	if (!restore_group_is_short(g))
		return false;
	for (uint32_t i = 0; i < g->member_count; i++) {
		struct restore_member *member = &g->members[i];

		member->due = member->lost && is_running(member->ifindex, data);
		any |= member->due || (member->out && !member->lost);
		present |= member->due || !member->lost;
	}
	any |= g->lost && present;
	for (uint32_t i = 0; i < g->route_count; i++)
		any |= g->routes[i].lost && present;
	return any;
}

static bool name_owner(const union restore_record *r, uint32_t id, char why[STEER_WHY_MAX])
{
	uint8_t protocol = ((const struct nhmsg *)NLMSG_DATA(&r->head))->nh_protocol;
	const char *owner = restore_is_known(r) ? steer_protocol_owner(protocol) : NULL;

	if (owner)
		snprintf(why, STEER_WHY_MAX, "next hop object %u (protocol %u) belongs to %s, not to us", id,
			 protocol, owner);
	return owner != NULL;
}

void restore_group_not_ours(const struct restore_group *g, char why[STEER_WHY_MAX])
{
	snprintf(why, STEER_WHY_MAX, "%s", g->too_large);
	if (why[0] || name_owner(&g->whole, g->id, why))
		return;
	for (uint32_t i = 0; i < g->member_count; i++)
		if (name_owner(&g->members[i].record, g->members[i].id, why))
			return;
}
