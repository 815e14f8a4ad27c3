/* SPDX-License-Identifier: Apache-2.0 */
/* The state within a scope, as the kernel dumps it now. */
#include "guard.h"
#include "steer_group.h"

#include <errno.h>
#include <string.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

static bool link_in_scope(uint32_t ifindex, void *scope)
{
	return scope_has_link(scope, ifindex);
}

static bool keep_link(const struct nlmsghdr *msg, void *scope)
{
	return scope_has_link(scope, (uint32_t)((const struct ifinfomsg *)NLMSG_DATA(msg))->ifi_index);
}

static bool keep_address(const struct nlmsghdr *msg, void *scope)
{
	const struct ifaddrmsg *a = NLMSG_DATA(msg);

	/* For IPv4 the same bit means "secondary". */
	if (a->ifa_family == AF_INET6 && (a->ifa_flags & IFA_F_TEMPORARY))
		return false;
	return scope_has_link(scope, a->ifa_index);
}

static bool keep_nexthop(const struct nlmsghdr *msg, void *data)
{
	struct scope *s = data;
	uint32_t id;
	size_t size;
	const struct nexthop_grp *member = record_attr(msg, NHA_GROUP, &size);

	if (record_any_link(msg, link_in_scope, s))
		return true;
	record_attr_u32(msg, NHA_ID, &id);
	for (uint32_t i = 0; i < s->nexthop_count; i++) {
		if (s->nexthops[i] == id)
			return true;
		for (size_t j = 0; j < size / sizeof(*member); j++)
			if (s->nexthops[i] == member[j].id)
				return true;
	}
	return false;
}

/* A kernel without IPv6 answers a dump of it with everything it has. */
struct wanted {
	struct scope *scope;
	unsigned char family;
	const struct records *found, *before; /* whose namesakes are wanted as well; may be NULL */
};

/* Cached, or put in front of a group by steering, which takes it away in its own time. */
static bool is_transient(const struct rtmsg *r)
{
	return r->rtm_flags & RTM_F_CLONED || r->rtm_protocol == STEER_PROTOCOL;
}

static bool keep_route(const struct nlmsghdr *msg, void *data)
{
	const struct rtmsg *r = NLMSG_DATA(msg);
	const struct wanted *wanted = data;
	struct scope *s = wanted->scope;
	uint32_t value;
	size_t size;
	const void *source = record_attr(msg, RTA_PREFSRC, &size);

	if (r->rtm_family != wanted->family || is_transient(r))
		return false;
	if (!record_attr_u32(msg, RTA_TABLE, &value))
		value = r->rtm_table;
	if (value == RT_TABLE_LOCAL && r->rtm_protocol == RTPROT_KERNEL)
		return false;
	if (record_any_link(msg, link_in_scope, s))
		return true;
	if (record_attr_u32(msg, RTA_NH_ID, &value))
		for (uint32_t i = 0; i < s->nexthop_count; i++)
			if (s->nexthops[i] == value)
				return true;
	/* The kernel strips the preferred source from IPv6 routes when that address goes, on whatever device.
	 */
	for (uint32_t i = 0; source && size == 16 && i < s->address_count; i++)
		if (!memcmp(&s->addresses[i], source, 16))
			return true;
	return false;
}

static bool has_namesake(const struct records *routes, const struct nlmsghdr *msg)
{
	uint8_t length = ((const struct rtmsg *)NLMSG_DATA(msg))->rtm_dst_len;

	records_each(other, routes)
	{
		if (other->nlmsg_type == RTM_NEWROUTE &&
		    ((const struct rtmsg *)NLMSG_DATA(other))->rtm_dst_len == length &&
		    record_same_name(other, msg))
			return true;
	}
	return false;
}

/* Which of several IPv4 routes of one name is used is decided by their order, so all of them belong to the
 * state. */
static bool keep_namesake(const struct nlmsghdr *msg, void *data)
{
	const struct rtmsg *r = NLMSG_DATA(msg);
	const struct wanted *wanted = data;

	if (keep_route(msg, data))
		return true;
	if (r->rtm_family != wanted->family || is_transient(r))
		return false;
	return has_namesake(wanted->found, msg) || (wanted->before && has_namesake(wanted->before, msg));
}

static int take_routes(struct netlink *nl, struct scope *s, const struct records *before, struct records *out)
{
	struct rtmsg request = {.rtm_family = AF_INET};
	struct records found = {0};
	struct wanted wanted = {s, AF_INET, &found, before};
	int rc = netlink_dump(nl, RTM_GETROUTE, &request, sizeof(request), &found, keep_route, &wanted);

	if (!rc)
		rc = netlink_dump(nl, RTM_GETROUTE, &request, sizeof(request), out, keep_namesake, &wanted);
	records_free(&found);
	request.rtm_family = wanted.family = AF_INET6;
	return rc ? rc : netlink_dump(nl, RTM_GETROUTE, &request, sizeof(request), out, keep_route, &wanted);
}

static bool keep_neighbour(const struct nlmsghdr *msg, void *data)
{
	const struct ndmsg *n = NLMSG_DATA(msg);
	const struct wanted *wanted = data;

	return n->ndm_family == wanted->family && scope_has_link(wanted->scope, (uint32_t)n->ndm_ifindex) &&
	       ((n->ndm_state & NUD_PERMANENT) || (n->ndm_flags & NTF_PROXY));
}

/* Until nothing new is found: a group may come before its members. */
static int take_nexthops(struct netlink *nl, struct scope *s, struct records *out)
{
	const struct nhmsg request = {0};
	size_t used = out->used;
	uint32_t count = out->count, known;
	int rc;

	do {
		known = s->nexthop_count;
		out->used = used;
		out->count = count;
		rc = netlink_dump(nl, RTM_GETNEXTHOP, &request, sizeof(request), out, keep_nexthop, s);
		if (rc == -EOPNOTSUPP) /* before 5.3 */
			return 0;
		if (!rc)
			rc = scope_learn(s, out);
	} while (!rc && s->nexthop_count != known);
	return rc;
}

int state_take(struct netlink *nl, struct scope *s, const struct records *before, struct records *out)
{
	static const unsigned char families[] = {AF_INET, AF_INET6};
	const struct ifaddrmsg addresses = {0};
	int rc;

	out->used = 0;
	out->count = 0;
	rc = netlink_dump_links(nl, out, keep_link, s);
	if (!rc)
		rc = netlink_dump(nl, RTM_GETADDR, &addresses, sizeof(addresses), out, keep_address, s);
	if (!rc)
		rc = take_nexthops(nl, s, out);
	if (!rc)
		rc = take_routes(nl, s, before, out);
	for (int i = 0; !rc && i < 4; i++) {
		const struct ndmsg neighbours = {.ndm_family = families[i / 2],
						 .ndm_flags = i % 2 ? NTF_PROXY : 0};
		struct wanted wanted = {s, families[i / 2], NULL, NULL};

		rc = netlink_dump(nl, RTM_GETNEIGH, &neighbours, sizeof(neighbours), out, keep_neighbour,
				  &wanted);
	}
	return rc;
}

const struct nlmsghdr *state_link(const struct records *state, uint32_t ifindex)
{
	records_each(msg, state)
	{
		if (msg->nlmsg_type == RTM_NEWLINK &&
		    ((const struct ifinfomsg *)NLMSG_DATA(msg))->ifi_index == (int)ifindex)
			return msg;
	}
	return NULL;
}
