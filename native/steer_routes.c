/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include "sources/rtnl_attr.h"
#include "sources/rtnl_parse.h"
#include "steer_routes.h"

/* A dump that a change has overtaken is taken again so often. */
#define TRIES 5

struct reading {
	const struct steer_group *group;
	struct steer_routes *routes;
};

static bool same_destination(const struct frame_route *a, const struct frame_route *b)
{
	return a->table == b->table && a->prefix_len == b->prefix_len &&
	       !memcmp(&a->dst, &b->dst, sizeof(a->dst));
}

static bool is_of(const struct steer_group *g, const struct frame_route *r)
{
	if (g->kind == STEER_NEXTHOP_GROUP)
		return r->nhid == g->nhid;
	return r->table == g->table && r->prefix_len == g->prefix_len &&
	       !memcmp(&r->dst, &g->dst, sizeof(r->dst));
}

static void keep(struct steer_route *out, const struct frame *f, const struct nlmsghdr *m)
{
	out->route = f->route;
	memcpy(out->raw.bytes, m, m->nlmsg_len);
}

/* Of several routes to one destination the kernel tells the one it uses first. */
static bool first_of_its_destination(const struct steer_routes *routes, const struct frame_route *r)
{
	for (unsigned int i = 0; i < routes->original_count; i++)
		if (same_destination(&routes->original[i].route, r))
			return false;
	return true;
}

static void take_route(void *data, const struct nlmsghdr *m)
{
	struct reading *reading = data;
	struct steer_routes *out = reading->routes;
	struct frame f;

	if (m->nlmsg_type != RTM_NEWROUTE || rtnl_parse_route(m, &f) || m->nlmsg_len > STEER_MESSAGE_MAX)
		return;
	if (f.route.protocol == STEER_PROTOCOL) {
		if (reading->group->kind == STEER_ECMP && !is_of(reading->group, &f.route))
			return;
		if (out->ours_count < sizeof(out->ours) / sizeof(out->ours[0]))
			keep(&out->ours[out->ours_count++], &f, m);
		else
			out->too_many = true;
	} else if (is_of(reading->group, &f.route) && first_of_its_destination(out, &f.route)) {
		if (out->original_count < STEER_ROUTES_MAX)
			keep(&out->original[out->original_count++], &f, m);
		else
			out->too_many = true;
	}
}

/* Ours that are in front of a route of this group. */
static void forget_others(struct steer_routes *routes)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < routes->ours_count; i++) {
		const struct frame_route *r = &routes->ours[i].route;
		bool any = false;

		for (unsigned int k = 0; k < routes->original_count; k++)
			any |= same_destination(r, &routes->original[k].route);
		if (any)
			routes->ours[kept++] = routes->ours[i];
	}
	routes->ours_count = kept;
}

static void note_lowest(struct steer_routes *routes)
{
	for (unsigned int k = 0; k < routes->original_count; k++) {
		const struct frame_route *original = &routes->original[k].route;

		routes->lowest[k] = original->metric;
		for (unsigned int i = 0; i < routes->ours_count; i++)
			if (same_destination(original, &routes->ours[i].route) &&
			    routes->ours[i].route.metric < routes->lowest[k])
				routes->lowest[k] = routes->ours[i].route.metric;
	}
}

static int dump(struct steer_netlink *nl, uint8_t family, uint32_t table, uint8_t protocol,
		steer_message_fn fn, void *data)
{
	struct rtmsg header = {.rtm_family = family, .rtm_type = RTN_UNICAST, .rtm_protocol = protocol};
	struct steer_message m;
	int r;

	if (table && table < 256)
		header.rtm_table = (uint8_t)table;
	steer_begin(&m, RTM_GETROUTE, NLM_F_DUMP, &header, sizeof(header));
	if (table >= 256)
		steer_put_u32(&m, RTA_TABLE, table);
	r = steer_netlink_ask(nl, &m, fn, data);
	/* A table that does not exist; a kernel without IPv6. */
	return r == -ENOENT || r == -EAFNOSUPPORT || r == -EOPNOTSUPP ? 0 : r;
}

static int read_once(struct steer_netlink *nl, const struct steer_group *group, struct steer_routes *out)
{
	struct reading reading = {.group = group, .routes = out};
	uint32_t table = group->kind == STEER_ECMP ? group->table : 0;
	int r = 0;

	out->original_count = out->ours_count = 0;
	out->too_many = false;
	if (group->kind != STEER_ECMP || group->dst.family == 4)
		r = dump(nl, AF_INET, table, 0, take_route, &reading);
	if (!r && (group->kind != STEER_ECMP || group->dst.family == 6))
		r = dump(nl, AF_INET6, table, 0, take_route, &reading);
	return r;
}

int steer_routes_read(struct steer_netlink *nl, const struct steer_group *group, struct steer_routes *out)
{
	int r = -EINTR;

	for (int i = 0; i < TRIES && r == -EINTR; i++)
		r = read_once(nl, group, out);
	if (!r && group->kind == STEER_NEXTHOP_GROUP)
		forget_others(out);
	note_lowest(out);
	return r;
}

static void add_leg(struct steer_facts *out, const struct frame_hop *hop)
{
	for (size_t i = 0; i < out->leg_count; i++) {
		if (out->legs[i].ifindex != hop->ifindex)
			continue;
		out->legs[i].usable |= !hop->dead && !hop->linkdown;
		return;
	}
	if (out->leg_count < FRAME_HOPS_MAX)
		out->legs[out->leg_count++] =
		    (struct steer_leg){.ifindex = hop->ifindex, .usable = !hop->dead && !hop->linkdown};
}

void steer_routes_facts(const struct steer_routes *routes, const struct steer_group *group,
			struct steer_facts *out)
{
	out->exists = routes->original_count > 0;
	if (routes->too_many)
		snprintf(out->not_ours, sizeof(out->not_ours), "it is used by more than %d routes",
			 STEER_ROUTES_MAX);
	for (unsigned int i = 0; i < routes->original_count; i++) {
		const struct frame_route *r = &routes->original[i].route;
		const char *owner = steer_protocol_owner(r->protocol);

		if (owner && !out->not_ours[0])
			snprintf(out->not_ours, sizeof(out->not_ours),
				 "its route (protocol %u) belongs to %s, not to us", r->protocol, owner);
		if (!out->not_ours[0] && r->nhid && group->kind == STEER_ECMP)
			snprintf(out->not_ours, sizeof(out->not_ours), "its hops are nhg:%u: allow that one",
				 r->nhid);
		if (!out->not_ours[0] && !r->hop_count)
			snprintf(out->not_ours, sizeof(out->not_ours),
				 "the kernel names no hops: net.ipv4.nexthop_compat_mode is 0");
		if (!out->not_ours[0] && r->dst.family == 6 && routes->lowest[i] < 2)
			snprintf(out->not_ours, sizeof(out->not_ours), "its metric is %u: none is lower",
				 routes->lowest[i]);
	}
	for (size_t i = 0; out->exists && i < routes->original[0].route.hop_count; i++)
		add_leg(out, &routes->original[0].route.hops[i]);
}

struct each {
	void (*fn)(void *data, const struct frame_route *route);
	void *data;
};

static void take_ours(void *data, const struct nlmsghdr *m)
{
	struct each *each = data;
	struct frame f;

	if (m->nlmsg_type == RTM_NEWROUTE && !rtnl_parse_route(m, &f) && f.route.protocol == STEER_PROTOCOL)
		each->fn(each->data, &f.route);
}

int steer_routes_each_ours(struct steer_netlink *nl, void (*fn)(void *data, const struct frame_route *route),
			   void *data)
{
	struct each each = {.fn = fn, .data = data};
	int r = dump(nl, AF_INET, 0, STEER_PROTOCOL, take_ours, &each);

	return r ? r : dump(nl, AF_INET6, 0, STEER_PROTOCOL, take_ours, &each);
}
