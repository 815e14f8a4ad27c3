/* SPDX-License-Identifier: Apache-2.0 */
/* ECMP routes and groups of next hop objects. */
#include <errno.h>
#include <string.h>
#include "log.h"
#include "source.h"
#include "steer_act.h"
#include "steer_routes.h"

#define OURS_MAX 64

static struct steer_routes routes; /* too big for a stack that is to stay small; one thread uses it */

static bool has_hop(const struct frame_route *r, uint32_t ifindex)
{
	for (size_t i = 0; i < r->hop_count; i++)
		if (r->hops[i].ifindex == ifindex)
			return true;
	return false;
}

static void note_left(struct steer_done *out, const struct frame_route *original,
		      const struct frame_route *ours)
{
	out->left_count = 0;
	for (size_t i = 0; i < original->hop_count; i++) {
		uint32_t ifindex = original->hops[i].ifindex;
		bool known = false;

		for (size_t k = 0; k < out->left_count; k++)
			known |= out->left[k] == ifindex;
		if (!known && !has_hop(ours, ifindex))
			out->left[out->left_count++] = ifindex;
	}
}

/* The one of ours in front of the first route of the group, or NULL. */
static const struct frame_route *our_first(void)
{
	const struct frame_route *original = &routes.original[0].route;

	for (unsigned int i = 0; i < routes.ours_count; i++) {
		const struct frame_route *r = &routes.ours[i].route;

		if (!routes.original_count ||
		    (r->table == original->table && r->prefix_len == original->prefix_len &&
		     !memcmp(&r->dst, &original->dst, sizeof(r->dst))))
			return r;
	}
	return NULL;
}

static void leave(struct steer_netlink *nl, struct steer_done *out)
{
	struct steer_facts facts = {.allowed = true};
	const struct frame_route *first = our_first();

	steer_routes_facts(&routes, &out->job.allowed.group, &facts);
	steer_mark_proven(&facts, &out->job);
	steer_decide(&facts, &out->job.past, out->job.from_ifindex, now_us(), &out->decision);
	if (!out->decision.go)
		return;
	out->before = first ? *first : routes.original[0].route;
	out->error =
	    steer_routes_leave(nl, &routes, out->decision.keep, out->decision.keep_count, &out->after);
	out->t_us = now_us();
	if (out->error)
		return;
	out->stands = out->original = out->lasts = true;
	note_left(out, &routes.original[0].route, &out->after);
}

static void undo(struct steer_netlink *nl, struct steer_done *out)
{
	const struct frame_route *first = our_first();

	if (first)
		out->before = *first;
	if (routes.original_count)
		out->after = routes.original[0].route;
	out->error = steer_routes_undo(nl, &routes);
	out->t_us = now_us();
	if (!out->error)
		out->error = steer_routes_read(nl, &out->job.allowed.group, &routes);
	if (!out->error && routes.ours_count)
		out->error = -EEXIST;
	out->stands = out->error != 0;
}

static void look(struct steer_done *out)
{
	const struct frame_route *first = our_first();

	out->stands = routes.ours_count > 0;
	out->original = routes.original_count > 0;
	out->lasts = true;
	if (routes.original_count)
		out->before = routes.original[0].route;
	if (!first)
		return;
	out->after = *first;
	if (routes.original_count)
		note_left(out, &routes.original[0].route, first);
}

/* The next hop group has gone, and its routes with it: ours have lost what told whose they are. */
static void nothing_kept(void *data, const struct steer_done *done)
{
	(void)data;
	(void)done;
}

void steer_act_routes(struct steer_netlink *nl, struct steer_done *out)
{
	out->how = STEER_ROUTE;
	out->error = steer_routes_read(nl, &out->job.allowed.group, &routes);
	out->t_us = now_us();
	if (out->error)
		return;
	out->route_count = routes.original_count;
	if (out->job.op == STEER_LEAVE)
		leave(nl, out);
	else if (out->job.op == STEER_UNDO)
		undo(nl, out);
	else
		look(out);
	if (!routes.original_count && out->job.allowed.group.kind == STEER_NEXTHOP_GROUP &&
	    out->job.past.left_count)
		steer_sweep_routes(nl, NULL, 0, nothing_kept, NULL);
}

struct list {
	struct frame_route routes[OURS_MAX];
	size_t count;
};

static void add(void *data, const struct frame_route *route)
{
	struct list *list = data;

	if (list->count < OURS_MAX)
		list->routes[list->count++] = *route;
}

/* The group that a route belongs to; of allowed == NULL: any. */
static bool belongs(const struct steer_allowed *allowed, size_t count)
{
	const struct frame_route *original = &routes.original[0].route;
	struct steer_group group;

	if (!routes.original_count)
		return false;
	if (!allowed)
		return true;
	steer_group_of_route(original, &group);
	for (size_t i = 0; i < count; i++) {
		const struct steer_group *g = &allowed[i].group;

		if (original->nhid ? g->kind == STEER_NEXTHOP_GROUP && g->nhid == original->nhid
				   : !strcmp(g->id, group.id))
			return true;
	}
	return false;
}

/* Fewer hops than the route behind it, and no others. */
static bool is_part_of_original(const struct frame_route *ours)
{
	const struct frame_route *original = &routes.original[0].route;

	if (!routes.original_count || ours->hop_count >= original->hop_count)
		return false;
	for (size_t i = 0; i < ours->hop_count; i++)
		if (!has_hop(original, ours->hops[i].ifindex))
			return false;
	return true;
}

int steer_sweep_routes(struct steer_netlink *nl, const struct steer_allowed *allowed, size_t count,
		       void (*fn)(void *data, const struct steer_done *done), void *data)
{
	static struct list list;
	static struct steer_done done;
	int error;

	list.count = 0;
	error = steer_routes_each_ours(nl, add, &list);
	for (size_t i = 0; i < list.count && !error; i++) {
		memset(&done, 0, sizeof(done));
		done.how = STEER_ROUTE;
		steer_group_of_route(&list.routes[i], &done.job.allowed.group);
		error = steer_routes_read(nl, &done.job.allowed.group, &routes);
		if (error || belongs(allowed, count))
			continue;
		/* The number alone does not make it ours: another program may have taken it, too. */
		if (allowed && !is_part_of_original(&list.routes[i])) {
			log_warning("steering: %s: a route of protocol %d that is not known to be ours stays",
				    done.job.allowed.group.id, STEER_PROTOCOL);
			continue;
		}
		look(&done);
		undo(nl, &done);
		fn(data, &done);
	}
	return error;
}
