/* SPDX-License-Identifier: Apache-2.0 */
/* Which links carry a path group: from routes and next hops down to the devices under them. */
#include <string.h>
#include "rtnl.h"

/* VLAN on bond on …: how deep devices are stacked at most. */
#define STACK_MAX 8

static struct told_entry *link_entry(uint32_t ifindex)
{
	struct frame key = {.type = FRAME_LINK, .link.ifindex = ifindex};

	return told_find(&rtnl_told[RTNL_LINKS], &key);
}

const struct frame_link *rtnl_link(const struct helper *h, uint32_t ifindex)
{
	const struct told_entry *e = link_entry(ifindex);

	(void)h;
	return e ? &told_frame(e)->link : NULL;
}

static const struct frame_nexthop *find_nexthop(uint32_t id)
{
	struct frame key = {.type = FRAME_NEXTHOP, .nexthop.id = id};
	const struct told_entry *e = told_find(&rtnl_told[RTNL_NEXTHOPS], &key);

	return e && !told_frame(e)->nexthop.gone ? &told_frame(e)->nexthop : NULL;
}

static void add_hop(struct frame_route *route, const struct frame_nexthop *n, uint16_t weight)
{
	struct frame_hop *hop = &route->hops[route->hop_count];

	if (!n || !n->ifindex || route->hop_count == FRAME_HOPS_MAX)
		return;
	hop->ifindex = n->ifindex;
	hop->gateway = n->gateway;
	hop->weight = weight > 256 ? 256 : weight;
	hop->dead = n->dead;
	hop->linkdown = n->linkdown;
	route->hop_count++;
}

/* With net.ipv4.nexthop_compat_mode=0 the kernel names the object alone. */
void rtnl_legs_resolve(struct frame_route *route)
{
	const struct frame_nexthop *n = find_nexthop(route->nhid);

	if (!n)
		return;
	if (!n->member_count)
		add_hop(route, n, 1);
	for (size_t i = 0; i < n->member_count; i++)
		add_hop(route, find_nexthop(n->members[i].id), n->members[i].weight);
}

/* The devices under a leg carry it, too: the NIC under a VLAN. */
static void mark_leg(uint32_t ifindex)
{
	for (int depth = 0; ifindex && depth < STACK_MAX; depth++) {
		struct told_entry *e = link_entry(ifindex);

		if (!e)
			return;
		e->leg = true;
		ifindex = e->lower;
	}
}

static void mark_route(const struct frame_route *route)
{
	bool several = false;

	for (size_t i = 1; i < route->hop_count; i++)
		several |= route->hops[i].ifindex != route->hops[0].ifindex;
	for (size_t i = 0; several && i < route->hop_count; i++)
		mark_leg(route->hops[i].ifindex);
}

static void mark_group(const struct frame_nexthop *group)
{
	struct frame_route route = {0};

	for (size_t i = 0; i < group->member_count; i++)
		add_hop(&route, find_nexthop(group->members[i].id), 1);
	mark_route(&route);
}

void rtnl_legs_mark(void)
{
	for (size_t i = 0; i < rtnl_told[RTNL_ROUTES].count; i++)
		mark_route(&told_frame(rtnl_told[RTNL_ROUTES].entries[i])->route);
	for (size_t i = 0; i < rtnl_told[RTNL_NEXTHOPS].count; i++)
		mark_group(&told_frame(rtnl_told[RTNL_NEXTHOPS].entries[i])->nexthop);
}

/* IFLA_BOND_MODE; linux/if_bonding.h and net/if.h do not go together. */
enum { BALANCE_RR = 0, BROADCAST = 3 };

/* One connection's packets go by all members. */
static bool bond_spreads(uint32_t ifindex)
{
	const struct told_entry *e = link_entry(ifindex);
	const struct frame_bond *bond = e ? &told_frame(e)->link.bond : NULL;

	return bond && bond->present && (bond->mode == BALANCE_RR || bond->mode == BROADCAST);
}

static bool is_member(const struct frame_link *link)
{
	return !strcmp(link->member_kind, "bond") || !strcmp(link->member_kind, "team");
}

void rtnl_legs_tell_members(struct helper *h)
{
	const struct told *links = &rtnl_told[RTNL_LINKS];

	tcp_members_begin();
	for (size_t i = 0; i < links->count; i++) {
		const struct frame_link *link = &told_frame(links->entries[i])->link;

		if (is_member(link) && link->master_ifindex)
			tcp_member(link->ifindex, link->master_ifindex, bond_spreads(link->master_ifindex));
	}
	tcp_members_end(h);
}

bool rtnl_is_leg(const struct helper *h, uint32_t ifindex)
{
	const struct told_entry *e = link_entry(ifindex);

	(void)h;
	return e && (e->leg || is_member(&told_frame(e)->link));
}

bool rtnl_over_bond(const struct helper *h, uint32_t ifindex)
{
	(void)h;
	for (int depth = 0; ifindex && depth < STACK_MAX; depth++) {
		const struct told_entry *e = link_entry(ifindex);

		if (!e)
			return false;
		if (told_frame(e)->link.bond.present || !strcmp(told_frame(e)->link.kind, "team"))
			return true;
		ifindex = e->lower;
	}
	return false;
}
