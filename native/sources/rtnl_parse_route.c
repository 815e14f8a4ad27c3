/* SPDX-License-Identifier: Apache-2.0 */
/* The other half of rtnl_parse.h: routes, next hop objects and their groups. */
#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include "rtnl_attr.h"
#include "rtnl_parse.h"

unsigned long rtnl_parse_cut;

static bool get_gateway(const struct attr *a, uint8_t af, struct ip_address *out)
{
	uint16_t via_af;

	if (a->type == RTA_GATEWAY)
		return attr_address(a->value, a->size, af, out);
	if (a->size < sizeof(via_af))
		return false;
	memcpy(&via_af, a->value, sizeof(via_af));
	return attr_address(a->value + sizeof(via_af), a->size - sizeof(via_af), via_af, out);
}

static void get_hop_flags(struct frame_hop *hop, unsigned int flags)
{
	hop->dead = flags & RTNH_F_DEAD;
	hop->linkdown = flags & RTNH_F_LINKDOWN;
}

static bool get_multipath_hop(const struct rtnexthop *head, const char *bytes, uint8_t af,
			      struct frame_hop *hop)
{
	struct attr_walk walk = attr_walk(bytes + sizeof(*head), head->rtnh_len - sizeof(*head));

	if (head->rtnh_ifindex < 0)
		return false;
	hop->ifindex = (uint32_t)head->rtnh_ifindex;
	hop->weight = (uint16_t)(head->rtnh_hops + 1);
	get_hop_flags(hop, head->rtnh_flags);
	ATTR_EACH(a, &walk)
	{
		if ((a.type == RTA_GATEWAY || a.type == RTA_VIA) && !get_gateway(&a, af, &hop->gateway))
			return false;
	}
	return !walk.malformed;
}

static bool get_multipath(const struct attr *list, uint8_t af, struct frame_route *out)
{
	const char *at = list->value;
	size_t left = list->size;

	while (left) {
		struct rtnexthop head;
		size_t step;

		if (left < sizeof(head))
			return left < RTNH_ALIGNTO;
		memcpy(&head, at, sizeof(head));
		if (head.rtnh_len < sizeof(head) || head.rtnh_len > left)
			return false;
		if (out->hop_count == FRAME_HOPS_MAX) {
			rtnl_parse_cut++;
			return true;
		}
		if (!get_multipath_hop(&head, at, af, &out->hops[out->hop_count]))
			return false;
		out->hop_count++;
		step = RTNH_ALIGN(head.rtnh_len);
		if (step > left)
			step = left;
		at += step;
		left -= step;
	}
	return true;
}

/* What only one hop has, in the message itself. */
struct single_hop {
	uint32_t ifindex;
	struct ip_address gateway;
};

static bool get_route_attr(const struct attr *a, uint8_t af, struct frame_route *out,
			   struct single_hop *single)
{
	switch (a->type) {
	case RTA_DST:
		return attr_address(a->value, a->size, af, &out->dst);
	case RTA_TABLE:
		return attr_u32(a, &out->table);
	case RTA_PRIORITY:
		return attr_u32(a, &out->metric);
	case RTA_PREFSRC:
		return attr_address(a->value, a->size, af, &out->prefsrc);
	case RTA_NH_ID:
		return attr_u32(a, &out->nhid);
	case RTA_OIF:
		return attr_u32(a, &single->ifindex);
	case RTA_GATEWAY:
	case RTA_VIA:
		return get_gateway(a, af, &single->gateway);
	case RTA_MULTIPATH:
		out->hop_count = 0;
		memset(out->hops, 0, sizeof(out->hops));
		return get_multipath(a, af, out);
	}
	return true;
}

int rtnl_parse_route(const struct nlmsghdr *m, struct frame *f)
{
	const struct rtmsg *info = attr_header(m, sizeof(*info));
	struct frame_route *out = &f->route;
	struct single_hop single = {0};
	struct attr_walk walk;
	unsigned int bits;

	memset(f, 0, sizeof(*f));
	f->type = FRAME_ROUTE;
	if (!info)
		return -EINVAL;
	if ((info->rtm_family != AF_INET && info->rtm_family != AF_INET6) || info->rtm_type != RTN_UNICAST ||
	    info->rtm_flags & RTM_F_CLONED || info->rtm_tos || info->rtm_src_len)
		return -ENOMSG;
	bits = info->rtm_family == AF_INET ? 32 : 128;
	if (info->rtm_dst_len > bits)
		return -EINVAL;
	out->dst.family = info->rtm_family == AF_INET ? 4 : 6;
	out->prefix_len = info->rtm_dst_len;
	out->protocol = info->rtm_protocol;
	out->table = info->rtm_table;
	out->gone = m->nlmsg_type == RTM_DELROUTE;
	walk = attr_walk_message(m, sizeof(*info));
	ATTR_EACH(a, &walk)
	{
		if (!get_route_attr(&a, info->rtm_family, out, &single))
			return -EINVAL;
	}
	if (walk.malformed)
		return -EINVAL;
	if (out->table == RT_TABLE_LOCAL)
		return -ENOMSG;
	if (!out->hop_count && single.ifindex) {
		out->hop_count = 1;
		out->hops[0] = (struct frame_hop){.ifindex = single.ifindex, .weight = 1};
		out->hops[0].gateway = single.gateway;
		get_hop_flags(&out->hops[0], info->rtm_flags);
	}
	return 0;
}

static bool get_group(const struct attr *a, struct frame_nexthop *out)
{
	size_t count = a->size / sizeof(struct nexthop_grp);

	if (a->size % sizeof(struct nexthop_grp) || !count)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct nexthop_grp member;
		unsigned int weight;
		uint8_t high;

		if (i == FRAME_HOPS_MAX) {
			rtnl_parse_cut++;
			break;
		}
		memcpy(&member, a->value + i * sizeof(member), sizeof(member));
		if (!member.id)
			return false;
		out->members[i].id = member.id;
		/* The byte behind weight is its high byte since 6.12, and 0 before; headers name it either
		 * way. */
		high = (uint8_t)a->value[i * sizeof(member) + offsetof(struct nexthop_grp, weight) + 1];
		weight = (member.weight | (unsigned int)high << 8) + 1;
		out->members[i].weight = (uint16_t)(weight > UINT16_MAX ? UINT16_MAX : weight);
		out->member_count = (uint8_t)(i + 1);
	}
	return true;
}

int rtnl_parse_nexthop(const struct nlmsghdr *m, struct frame *f)
{
	const struct nhmsg *info = attr_header(m, sizeof(*info));
	struct frame_nexthop *out = &f->nexthop;
	struct attr_walk walk;
	bool ok = true;

	memset(f, 0, sizeof(*f));
	f->type = FRAME_NEXTHOP;
	if (!info)
		return -EINVAL;
	out->protocol = info->nh_protocol;
	out->dead = info->nh_flags & RTNH_F_DEAD;
	out->linkdown = info->nh_flags & RTNH_F_LINKDOWN;
	out->gone = m->nlmsg_type == RTM_DELNEXTHOP;
	walk = attr_walk_message(m, sizeof(*info));
	ATTR_EACH(a, &walk)
	{
		switch (a.type) {
		case NHA_ID:
			ok &= attr_u32(&a, &out->id);
			break;
		case NHA_OIF:
			ok &= attr_u32(&a, &out->ifindex);
			break;
		case NHA_GATEWAY:
			ok &= attr_address(a.value, a.size, info->nh_family, &out->gateway);
			break;
		case NHA_GROUP:
			ok &= get_group(&a, out);
			break;
		case NHA_FDB: /* a next hop of a VXLAN's forwarding table, not of routes */
			return -ENOMSG;
		}
	}
	return ok && !walk.malformed && out->id ? 0 : -EINVAL;
}
