/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own end of a directly cabled leg, down and up again: the far end sees the carrier go and leaves the leg
 * by itself. Marked by the link's alias, so that whoever comes after us knows whose doing it is:
 *
 *     pathwarden-steered <the alias that was there>
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include "sources/rtnl_attr.h"
#include "source.h"
#include "steer_act.h"
#include "steer_routes.h"

#define MARK "pathwarden-steered"
#define ALIAS_MAX 255 /* IFALIASZ of linux/if.h, less its end */
#define MARKED_MAX 64

static struct steer_routes routes; /* too big for a stack that is to stay small; one thread uses it */

struct end {
	uint32_t ifindex;
	bool up;
	char alias[ALIAS_MAX + 1];
};

struct ends {
	size_t count;
	struct end ends[MARKED_MAX];
};

static bool is_marked(const struct end *end)
{
	return !strncmp(end->alias, MARK, strlen(MARK));
}

static void take_end(struct end *out, const struct nlmsghdr *m)
{
	const struct ifinfomsg *info = attr_header(m, sizeof(*info));
	struct attr_walk walk;

	memset(out, 0, sizeof(*out));
	if (!info || m->nlmsg_type != RTM_NEWLINK)
		return;
	out->ifindex = (uint32_t)info->ifi_index;
	out->up = info->ifi_flags & IFF_UP;
	walk = attr_walk_message(m, sizeof(*info));
	ATTR_EACH(a, &walk)
	{
		if (a.type == IFLA_IFALIAS)
			attr_text(&a, out->alias, sizeof(out->alias));
	}
}

static void take_one(void *data, const struct nlmsghdr *m)
{
	take_end(data, m);
}

static int read_end(struct steer_netlink *nl, uint32_t ifindex, struct end *out)
{
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex};
	struct steer_message m;

	memset(out, 0, sizeof(*out));
	steer_begin(&m, RTM_GETLINK, 0, &header, sizeof(header));
	return steer_netlink_ask(nl, &m, take_one, out);
}

static int set_end(struct steer_netlink *nl, uint32_t ifindex, bool up, const char *alias)
{
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC,
				   .ifi_index = (int)ifindex,
				   .ifi_flags = up ? IFF_UP : 0,
				   .ifi_change = IFF_UP};
	struct steer_message m;

	steer_begin(&m, RTM_SETLINK, 0, &header, sizeof(header));
	steer_put(&m, IFLA_IFALIAS, alias, strlen(alias) + 1);
	return steer_netlink_ask(nl, &m, NULL, NULL);
}

static int take_down(struct steer_netlink *nl, const struct end *end)
{
	char alias[sizeof(MARK) + sizeof(end->alias)];

	snprintf(alias, sizeof(alias), MARK "%s%s", end->alias[0] ? " " : "", end->alias);
	return strlen(alias) > ALIAS_MAX ? -ENOSPC : set_end(nl, end->ifindex, false, alias);
}

static int take_up(struct steer_netlink *nl, const struct end *end)
{
	const char *alias = end->alias + strlen(MARK);

	return set_end(nl, end->ifindex, true, alias + (*alias == ' '));
}

static void leave(struct steer_netlink *nl, struct steer_done *out)
{
	struct steer_facts facts = {.allowed = true};
	struct end end;

	steer_routes_facts(&routes, &out->job.allowed.group, &facts);
	steer_mark_proven(&facts, &out->job);
	if (!facts.not_ours[0])
		steer_link_keeps(nl, out->job.from_ifindex, facts.not_ours);
	steer_decide(&facts, &out->job.past, out->job.from_ifindex, now_us(), &out->decision);
	if (!out->decision.go)
		return;
	out->error = read_end(nl, out->job.from_ifindex, &end);
	if (!out->error)
		out->error = take_down(nl, &end);
	out->t_us = now_us();
	if (out->error)
		return;
	out->stands = out->original = out->lasts = true;
	out->left[out->left_count++] = out->job.from_ifindex;
	for (size_t i = 0; i < out->decision.keep_count; i++)
		out->after.hops[out->after.hop_count++].ifindex = out->decision.keep[i];
}

static void undo(struct steer_netlink *nl, struct steer_done *out)
{
	struct end end;

	out->error = read_end(nl, out->job.from_ifindex, &end);
	if (!out->error && is_marked(&end))
		out->error = take_up(nl, &end);
	out->t_us = now_us();
	out->stands = out->error != 0;
}

/* A leg that is marked and up again is somebody else's doing: the mark goes. */
static void look(struct steer_netlink *nl, struct steer_done *out)
{
	const struct frame_route *route = &routes.original[0].route;
	struct end end;

	out->original = routes.original_count > 0;
	out->lasts = true;
	for (size_t i = 0; out->original && i < route->hop_count; i++) {
		if (read_end(nl, route->hops[i].ifindex, &end))
			continue;
		if (is_marked(&end) && end.up)
			take_up(nl, &end);
		else if (is_marked(&end))
			out->left[out->left_count++] = end.ifindex;
		else
			out->after.hops[out->after.hop_count++] = route->hops[i];
	}
	out->stands = out->left_count > 0;
}

void steer_act_link(struct steer_netlink *nl, struct steer_done *out)
{
	out->how = STEER_LINK_DOWN;
	out->error = steer_routes_read(nl, &out->job.allowed.group, &routes);
	out->t_us = now_us();
	if (out->error)
		return;
	if (out->job.op == STEER_LEAVE)
		leave(nl, out);
	else if (out->job.op == STEER_UNDO)
		undo(nl, out);
	else
		look(nl, out);
}

static void take_marked(void *data, const struct nlmsghdr *m)
{
	struct ends *list = data;
	struct end end;

	take_end(&end, m);
	if (is_marked(&end) && list->count < MARKED_MAX)
		list->ends[list->count++] = end;
}

static bool is_leg(struct steer_netlink *nl, const struct steer_group *group, uint32_t ifindex)
{
	if (steer_routes_read(nl, group, &routes) || !routes.original_count)
		return false;
	for (size_t i = 0; i < routes.original[0].route.hop_count; i++)
		if (routes.original[0].route.hops[i].ifindex == ifindex)
			return true;
	return false;
}

int steer_sweep_links(struct steer_netlink *nl, const struct steer_allowed *allowed, size_t count,
		      void (*fn)(void *data, const struct steer_done *done), void *data)
{
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	static struct steer_done done;
	static struct ends list;
	struct steer_message m;
	int error;

	list.count = 0;
	steer_begin(&m, RTM_GETLINK, NLM_F_DUMP, &header, sizeof(header));
	error = steer_netlink_ask(nl, &m, take_marked, &list);
	for (size_t i = 0; i < list.count; i++) {
		bool kept = false;

		for (size_t k = 0; k < count && !kept; k++)
			kept = allowed[k].link_down && is_leg(nl, &allowed[k].group, list.ends[i].ifindex);
		if (kept)
			continue;
		memset(&done, 0, sizeof(done));
		done.how = STEER_LINK_DOWN;
		done.job.from_ifindex = list.ends[i].ifindex;
		done.error = take_up(nl, &list.ends[i]);
		done.t_us = now_us();
		fn(data, &done);
	}
	return error;
}
