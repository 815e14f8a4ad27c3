/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a cut of one link reaches within this network namespace. Only that is planned, compared and
 * restored: what others do elsewhere meanwhile is none of the drill's business.
 */
#include "guard.h"

#include <errno.h>
#include <string.h>
#include <linux/if_addr.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

bool scope_has_link(const struct scope *s, uint32_t ifindex)
{
	for (uint32_t i = 0; i < s->link_count; i++)
		if (s->links[i] == ifindex)
			return true;
	return false;
}

static bool keep_all(const struct nlmsghdr *msg, void *data)
{
	(void)msg;
	(void)data;
	return true;
}

static int add_link(struct scope *s, uint32_t ifindex)
{
	if (scope_has_link(s, ifindex))
		return 0;
	if (s->link_count == SCOPE_LINKS_MAX)
		return -E2BIG;
	s->links[s->link_count++] = ifindex;
	return 1;
}

/* Has the bond, bridge or team a member with carrier that the cut leaves alone? */
static bool has_other_member(const struct scope *s, const struct records *links, uint32_t master)
{
	records_each(msg, links)
	{
		const struct ifinfomsg *link = NLMSG_DATA(msg);
		uint32_t its_master;

		if (record_attr_u32(msg, IFLA_MASTER, &its_master) && its_master == master &&
		    (link->ifi_flags & IFF_UP) && (link->ifi_flags & IFF_LOWER_UP) &&
		    !scope_has_link(s, (uint32_t)link->ifi_index))
			return true;
	}
	return false;
}

static int reach(struct scope *s, const struct records *links, const struct nlmsghdr *msg)
{
	uint32_t index = (uint32_t)((const struct ifinfomsg *)NLMSG_DATA(msg))->ifi_index, lower, master,
		 netns;

	/* With IFLA_LINK_NETNSID the index is one of another namespace. */
	if (record_attr_u32(msg, IFLA_LINK, &lower) && !record_attr_u32(msg, IFLA_LINK_NETNSID, &netns) &&
	    lower != index && scope_has_link(s, lower))
		return add_link(s, index);
	if (scope_has_link(s, index) && record_attr_u32(msg, IFLA_MASTER, &master) &&
	    !has_other_member(s, links, master))
		return add_link(s, master);
	return 0;
}

int scope_find(struct netlink *nl, uint32_t ifindex, struct scope *s)
{
	struct records links = {0};
	int rc = netlink_dump_links(nl, &links, keep_all, NULL), grown = 1;

	*s = (struct scope){.link_count = 1, .links = {ifindex}};
	while (!rc && grown) {
		grown = 0;
		records_each(msg, &links)
		{
			int added = reach(s, &links, msg);

			if (added < 0)
				rc = added;
			else
				grown |= added;
		}
		if (rc)
			break;
	}
	records_free(&links);
	return rc;
}

static int learn_address(struct scope *s, const struct nlmsghdr *msg)
{
	size_t size;
	const void *p = record_attr(msg, IFA_ADDRESS, &size);

	if (((const struct ifaddrmsg *)NLMSG_DATA(msg))->ifa_family != AF_INET6 || !p || size != 16)
		return 0;
	for (uint32_t i = 0; i < s->address_count; i++)
		if (!memcmp(&s->addresses[i], p, 16))
			return 0;
	if (s->address_count == SCOPE_ADDRESSES_MAX)
		return -E2BIG;
	memcpy(&s->addresses[s->address_count++], p, 16);
	return 0;
}

static int learn_nexthop(struct scope *s, const struct nlmsghdr *msg)
{
	uint32_t id;

	record_attr_u32(msg, NHA_ID, &id);
	for (uint32_t i = 0; i < s->nexthop_count; i++)
		if (s->nexthops[i] == id)
			return 0;
	if (s->nexthop_count == SCOPE_NEXTHOPS_MAX)
		return -E2BIG;
	s->nexthops[s->nexthop_count++] = id;
	return 0;
}

int scope_learn(struct scope *s, const struct records *state)
{
	int rc = 0;

	records_each(msg, state)
	{
		if (msg->nlmsg_type == RTM_NEWADDR)
			rc = learn_address(s, msg);
		else if (msg->nlmsg_type == RTM_NEWNEXTHOP)
			rc = learn_nexthop(s, msg);
		if (rc)
			return rc;
	}
	return 0;
}
