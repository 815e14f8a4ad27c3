/* SPDX-License-Identifier: Apache-2.0 */
/* The other half of steer_routes.h: putting ours in front, and taking them away. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include "sources/rtnl_attr.h"
#include "sources/rtnl_parse.h"
#include "steer_routes.h"

static bool among(uint32_t ifindex, const uint32_t *keep_these, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (keep_these[i] == ifindex)
			return true;
	return false;
}

/* Those of the hops that are to be kept, as the kernel wrote them. */
static void put_hops(struct steer_message *m, const struct attr *list, const uint32_t *keep_these,
		     size_t count)
{
	char hops[STEER_MESSAGE_MAX];
	size_t used = 0, at = 0;

	while (list->size - at >= sizeof(struct rtnexthop)) {
		struct rtnexthop hop;

		memcpy(&hop, list->value + at, sizeof(hop));
		if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > list->size - at)
			break;
		if (among((uint32_t)hop.rtnh_ifindex, keep_these, count)) {
			memcpy(hops + used, list->value + at, hop.rtnh_len);
			hop.rtnh_flags &= RTNH_F_ONLINK;
			memcpy(hops + used, &hop, sizeof(hop));
			used += RTNH_ALIGN(hop.rtnh_len);
		}
		at += RTNH_ALIGN(hop.rtnh_len);
		if (at > list->size)
			break;
	}
	steer_put(m, RTA_MULTIPATH, hops, used);
}

static void put_in_front(struct steer_message *m, const struct steer_route *original, uint32_t lowest,
			 const uint32_t *keep_these, size_t count)
{
	struct rtmsg header = *(const struct rtmsg *)NLMSG_DATA(&original->raw.head);
	bool six = header.rtm_family == AF_INET6;
	struct attr_walk walk = attr_walk_message(&original->raw.head, sizeof(header));

	header.rtm_protocol = STEER_PROTOCOL;
	header.rtm_flags = 0;
	steer_begin(m, RTM_NEWROUTE, NLM_F_CREATE | (six ? NLM_F_EXCL : 0), &header, sizeof(header));
	ATTR_EACH(a, &walk)
	{
		switch (a.type) {
		case RTA_MULTIPATH:
			put_hops(m, &a, keep_these, count);
			break;
		case RTA_PRIORITY:
			if (six)
				steer_put_u32(m, RTA_PRIORITY, lowest - 1);
			else
				steer_put(m, a.type, a.value, a.size);
			break;
		case RTA_DST:
		case RTA_TABLE:
		case RTA_PREFSRC:
		case RTA_METRICS:
		case RTA_PREF:
			steer_put(m, a.type, a.value, a.size);
			break;
		}
	}
}

/* Ours is told by its protocol, with its hops: of two of ours the kernel takes the one that is meant. */
static int delete_route(struct steer_netlink *nl, const struct steer_route *ours)
{
	struct rtmsg header = *(const struct rtmsg *)NLMSG_DATA(&ours->raw.head);
	struct attr_walk walk = attr_walk_message(&ours->raw.head, sizeof(header));
	struct steer_message m;
	int r;

	header.rtm_flags = 0;
	steer_begin(&m, RTM_DELROUTE, 0, &header, sizeof(header));
	ATTR_EACH(a, &walk)
	{
		switch (a.type) {
		case RTA_DST:
		case RTA_TABLE:
		case RTA_PREFSRC:
		case RTA_PRIORITY:
		case RTA_OIF:
		case RTA_GATEWAY:
		case RTA_VIA:
		case RTA_MULTIPATH:
			steer_put(&m, a.type, a.value, a.size);
			break;
		}
	}
	r = steer_netlink_ask(nl, &m, NULL, NULL);
	return r == -ESRCH || r == -ENOENT ? 0 : r;
}

int steer_routes_undo(struct steer_netlink *nl, const struct steer_routes *routes)
{
	int error = 0;

	for (unsigned int i = 0; i < routes->ours_count; i++) {
		int r = delete_route(nl, &routes->ours[i]);

		if (!error)
			error = r;
	}
	return error;
}

/* Those of ours that were not there before: after a failure halfway. */
static void take_back(struct steer_netlink *nl, const struct steer_message *made)
{
	static struct steer_route ours;

	memcpy(ours.raw.bytes, made->bytes, made->head.nlmsg_len);
	delete_route(nl, &ours);
}

int steer_routes_leave(struct steer_netlink *nl, const struct steer_routes *routes,
		       const uint32_t *keep_these, size_t count, struct frame_route *after)
{
	static struct steer_message made[STEER_ROUTES_MAX];
	unsigned int i;
	int r = 0;

	for (i = 0; i < routes->original_count && !r; i++) {
		put_in_front(&made[i], &routes->original[i], routes->lowest[i], keep_these, count);
		r = steer_netlink_ask(nl, &made[i], NULL, NULL);
	}
	if (r) {
		/* The last as well: it may be there, and its answer lost. */
		while (i-- > 0)
			take_back(nl, &made[i]);
		return r;
	}
	/* What was steered before, with more hops; ours of now comes first already. */
	steer_routes_undo(nl, routes);
	if (after) {
		struct frame f;

		made[0].head.nlmsg_type = RTM_NEWROUTE;
		rtnl_parse_route(&made[0].head, &f);
		*after = f.route;
	}
	return 0;
}
