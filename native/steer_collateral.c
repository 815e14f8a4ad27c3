/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would be lost with a link that is taken down, and not be back with it: IPv6 addresses, routes that
 * have no other hop, next hop objects, permanent neighbours.
 */
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include "sources/rtnl_parse.h"
#include "sources/rtnl_attr.h"
#include "steer_act.h"

struct losses {
	uint32_t ifindex;
	const char *what; /* NULL: nothing so far */
};

static void look_at_address(void *data, const struct nlmsghdr *m)
{
	const struct ifaddrmsg *info = attr_header(m, sizeof(*info));
	struct losses *l = data;

	if (info && info->ifa_index == l->ifindex && info->ifa_family == AF_INET6 &&
	    info->ifa_scope != RT_SCOPE_LINK)
		l->what = "an IPv6 address";
}

static void look_at_route(void *data, const struct nlmsghdr *m)
{
	struct losses *l = data;
	struct frame f;

	if (m->nlmsg_type != RTM_NEWROUTE || rtnl_parse_route(m, &f) || !f.route.hop_count ||
	    f.route.protocol == RTPROT_KERNEL || f.route.protocol == RTPROT_RA)
		return;
	for (size_t i = 0; i < f.route.hop_count; i++)
		if (f.route.hops[i].ifindex != l->ifindex)
			return;
	l->what = "a route without another hop";
}

static void look_at_nexthop(void *data, const struct nlmsghdr *m)
{
	struct losses *l = data;
	struct frame f;

	if (m->nlmsg_type == RTM_NEWNEXTHOP && !rtnl_parse_nexthop(m, &f) && f.nexthop.ifindex == l->ifindex)
		l->what = "a next hop object";
}

static void look_at_neighbour(void *data, const struct nlmsghdr *m)
{
	const struct ndmsg *info = attr_header(m, sizeof(*info));
	struct losses *l = data;

	if (info && (uint32_t)info->ndm_ifindex == l->ifindex && info->ndm_state & NUD_PERMANENT &&
	    (info->ndm_family == AF_INET || info->ndm_family == AF_INET6))
		l->what = "a permanent neighbour";
}

void steer_link_keeps(struct steer_netlink *nl, uint32_t ifindex, char why[STEER_WHY_MAX])
{
	static const struct {
		uint16_t type;
		uint8_t family;
		size_t header;
		steer_message_fn fn;
	} dumps[] = {
	    {RTM_GETADDR, AF_INET6, sizeof(struct ifaddrmsg), look_at_address},
	    {RTM_GETROUTE, AF_INET, sizeof(struct rtmsg), look_at_route},
	    {RTM_GETROUTE, AF_INET6, sizeof(struct rtmsg), look_at_route},
	    {RTM_GETNEXTHOP, AF_UNSPEC, sizeof(struct nhmsg), look_at_nexthop},
	    {RTM_GETNEIGH, AF_UNSPEC, sizeof(struct ndmsg), look_at_neighbour},
	};
	struct losses losses = {.ifindex = ifindex};

	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]) && !losses.what; i++) {
		/* The family is the first byte of each of them. */
		uint8_t header[sizeof(struct ndmsg) + sizeof(struct rtmsg)] = {dumps[i].family};
		struct steer_message m;

		steer_begin(&m, dumps[i].type, NLM_F_DUMP, header, dumps[i].header);
		steer_netlink_ask(nl, &m, dumps[i].fn, &losses);
	}
	if (losses.what)
		snprintf(why, STEER_WHY_MAX, "%s would be lost with the link", losses.what);
}
