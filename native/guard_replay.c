/* SPDX-License-Identifier: Apache-2.0 */
/* What is missing is made again, in the order in which things rest on each other. */
#include "guard.h"

#include <errno.h>
#include <string.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

static union {
	struct nlmsghdr head;
	unsigned char bytes[65536 + 64];
} request;

static bool missing(const struct replay *r, uint32_t i)
{
	return r->diff->before_match[i] == UINT32_MAX;
}

/* Sends the record as `type` (0: as it is). */
static int send_record(struct replay *r, const struct nlmsghdr *msg, uint16_t type, uint16_t flags)
{
	if (!record_normalise(msg, RECORD_REPLAY, r->elapsed_s, &request, sizeof(request)))
		return -EMSGSIZE;
	if (type)
		request.head.nlmsg_type = type;
	request.head.nlmsg_flags = flags;
	return netlink_request(r->nl, &request.head, NULL, 0);
}

static void note(struct replay *r, const char *what, const struct nlmsghdr *msg, int rc)
{
	char text[LINE_BYTES];

	record_text(msg, text, sizeof(text));
	/* What cannot be made yet (an address is still tentative, a gateway out of reach) is tried again. */
	if (rc)
		lines_add(r->failed, "%s%.180s: %s", what, text, strerror(-rc));
	else
		lines_add(r->restored, "%s%.230s", what, text);
}

static void make(struct replay *r, uint32_t i, uint16_t flags)
{
	const struct nlmsghdr *msg = r->diff->before_msg[i];

	note(r, "", msg, send_record(r, msg, 0, flags));
}

/* Links on top of the leg: a VLAN goes down with it, and up with it even if it was down before. */
static void replay_links(struct replay *r)
{
	const struct diff *d = r->diff;

	for (uint32_t i = 0; i < d->before_count; i++) {
		const struct ifinfomsg *was = NLMSG_DATA(d->before_msg[i]);

		if (!missing(r, i) || d->before_msg[i]->nlmsg_type != RTM_NEWLINK)
			continue;
		for (uint32_t j = 0; j < d->after_count; j++) {
			const struct ifinfomsg *is = NLMSG_DATA(d->after_msg[j]);
			bool up = was->ifi_flags & IFF_UP;

			if (d->after_msg[j]->nlmsg_type == RTM_NEWLINK && is->ifi_index == was->ifi_index &&
			    up != !!(is->ifi_flags & IFF_UP))
				note(r, "", d->before_msg[i],
				     netlink_set_up(r->nl, (uint32_t)is->ifi_index, up, NULL, 0));
		}
	}
}

static void replay_neighbours(struct replay *r)
{
	for (uint32_t i = 0; i < r->diff->before_count; i++)
		if (missing(r, i) && r->diff->before_msg[i]->nlmsg_type == RTM_NEWNEIGH)
			make(r, i, NLM_F_CREATE | NLM_F_REPLACE);
}

/* Last first: the kernel puts a new address before the others of its scope, and a dump tells the first first.
 */
static void replay_addresses(struct replay *r)
{
	const struct diff *d = r->diff;

	for (uint32_t i = d->before_count; i-- > 0;)
		if (missing(r, i) && d->before_msg[i]->nlmsg_type == RTM_NEWADDR &&
		    (r->kernel_had_time || !record_kernel_made(d->before_msg[i])))
			make(r, i, NLM_F_CREATE | NLM_F_REPLACE);
}

static bool exists(uint32_t id, void *nl)
{
	struct {
		struct nlmsghdr head;
		struct nhmsg body;
		struct rtattr attr;
		uint32_t id;
	} ask = {.head = {.nlmsg_len = sizeof(ask), .nlmsg_type = RTM_GETNEXTHOP},
		 .attr = {.rta_len = RTA_LENGTH(sizeof(id)), .rta_type = NHA_ID},
		 .id = id};

	return !netlink_request(nl, &ask.head, NULL, 0);
}

/* With those members that exist: one on another link may have been lost meanwhile. now: NULL, or as it is. */
static void make_group(struct replay *r, const struct nlmsghdr *msg, const struct nlmsghdr *now)
{
	if (!record_group_of(msg, exists, r->nl, &request, sizeof(request)))
		return note(r, "", msg, -ENOENT);
	if (now && record_same(&request.head, now))
		return;
	request.head.nlmsg_flags = now ? NLM_F_REPLACE : NLM_F_CREATE | NLM_F_EXCL;
	note(r, "", msg, netlink_request(r->nl, &request.head, NULL, 0));
}

static const struct nlmsghdr *nexthop_now(const struct diff *d, const struct nlmsghdr *msg)
{
	for (uint32_t i = 0; i < d->after_count; i++)
		if (record_same_name(d->after_msg[i], msg))
			return d->after_msg[i];
	return NULL;
}

/* One whose id somebody has taken, or a group that somebody has changed, stays as it is. */
static void replay_nexthops(struct replay *r)
{
	for (int groups = 0; groups < 2; groups++) {
		for (uint32_t i = 0; i < r->diff->before_count; i++) {
			const struct nlmsghdr *msg = r->diff->before_msg[i], *now;
			const struct nexthop_grp *members;

			if (!missing(r, i) || msg->nlmsg_type != RTM_NEWNEXTHOP ||
			    !!record_members(msg, &members) != groups)
				continue;
			now = nexthop_now(r->diff, msg);
			if (!groups && !now)
				make(r, i, NLM_F_CREATE | NLM_F_EXCL);
			else if (groups && (!now || record_is_rest(msg, now)))
				make_group(r, msg, now);
		}
	}
}

static bool route_due(const struct replay *r, uint32_t i)
{
	const struct nlmsghdr *msg = r->diff->before_msg[i];

	return missing(r, i) && !record_owned(msg) && (r->kernel_had_time || !record_kernel_made(msg));
}

/* The only route of its name stands there with other content. */
static const struct nlmsghdr *sole_namesake(const struct diff *d, const struct nlmsghdr *msg)
{
	const struct nlmsghdr *found = NULL;

	for (uint32_t i = 0; i < d->after_count; i++) {
		if (!record_same_name(d->after_msg[i], msg))
			continue;
		if (found || d->after_matched[i])
			return NULL;
		found = d->after_msg[i];
	}
	return found;
}

/*
 * Records first..end-1 of the plan share one name. The kernel uses the first whose next hops live, so the
 * order is part of the state: before all that are still there by CREATE alone, behind them by APPEND.
 */
static void replay_namesakes(struct replay *r, uint32_t first, uint32_t end)
{
	const struct diff *d = r->diff;
	const uint16_t append = NLM_F_CREATE | NLM_F_APPEND;
	uint32_t alive = first, gap;

	while (alive < end && missing(r, alive))
		alive++;
	if (alive == end) {
		uint16_t how = end - first == 1 && sole_namesake(d, d->before_msg[first])
				   ? NLM_F_CREATE | NLM_F_REPLACE
				   : append;

		for (uint32_t i = first; i < end; i++)
			if (route_due(r, i))
				make(r, i, how);
		return;
	}
	for (uint32_t i = alive; i-- > first;)
		if (route_due(r, i))
			make(r, i, NLM_F_CREATE);
	gap = alive;
	while (gap < end && !route_due(r, gap))
		gap++;
	/* Those behind the gap step aside for a moment. None is in use: the first of the name still is. */
	for (uint32_t i = gap; i < end; i++)
		if (!missing(r, i))
			send_record(r, d->before_msg[i], RTM_DELROUTE, 0);
	for (uint32_t i = gap; i < end; i++) {
		if (route_due(r, i))
			make(r, i, append);
		else if (!missing(r, i))
			send_record(r, d->before_msg[i], 0, append);
	}
}

static void replay_routes(struct replay *r)
{
	const struct diff *d = r->diff;

	for (uint32_t i = 0, end; i < d->before_count; i = end) {
		const struct nlmsghdr *msg = d->before_msg[i];
		bool any = false;

		end = i + 1;
		if (msg->nlmsg_type != RTM_NEWROUTE)
			continue;
		any = route_due(r, i);
		if (((const struct rtmsg *)NLMSG_DATA(msg))->rtm_family == AF_INET) {
			for (; end < d->before_count && record_same_name(msg, d->before_msg[end]); end++)
				any |= route_due(r, end);
			if (any)
				replay_namesakes(r, i, end);
		} else if (any) {
			/* IPv6: without EXCL, routes of one name and metric live side by side. */
			make(r, i, sole_namesake(d, msg) ? NLM_F_CREATE | NLM_F_REPLACE : NLM_F_CREATE);
		}
	}
}

/* A route or address that somebody had taken away on purpose, and that the kernel made anew with the link. */
static void remove_extras(struct replay *r)
{
	const struct diff *d = r->diff;
	bool new_address = false;

	for (uint32_t i = 0; i < d->after_count; i++)
		new_address |= !d->after_matched[i] && d->after_msg[i]->nlmsg_type == RTM_NEWADDR &&
			       !record_kernel_made(d->after_msg[i]);
	for (uint32_t i = 0; i < d->after_count; i++) {
		const struct nlmsghdr *msg = d->after_msg[i];
		bool known = false;

		if (d->after_matched[i] || !record_kernel_made(msg))
			continue;
		/* It may belong to an address that somebody has given meanwhile. */
		if (new_address && msg->nlmsg_type == RTM_NEWROUTE)
			continue;
		for (uint32_t j = 0; !known && j < d->before_count; j++)
			known = record_same_name(d->before_msg[j], msg);
		if (!known)
			note(r, "removed again: ", msg,
			     send_record(r, msg, msg->nlmsg_type == RTM_NEWADDR ? RTM_DELADDR : RTM_DELROUTE,
					 0));
	}
}

void replay_run(struct replay *r)
{
	replay_links(r);
	replay_addresses(r);
	replay_nexthops(r);
	replay_routes(r);
	replay_neighbours(r);
	remove_extras(r);
}
