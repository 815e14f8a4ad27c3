/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links, addresses, routes and next hops from NETLINK_ROUTE.
 *
 * Links and addresses are followed by multicast. Routes, next hops and groups are not: the kernel marks an
 * IPv4 next hop dead, deletes next hop objects and shrinks their groups without a message. So they are dumped
 * after each link event, and a multicast message is only a hint to do so. Told are routes with two hops or
 * more or with a next hop object, and routes that once were such; of those with a single hop only some
 * that lead to a gateway behind a bond (rtnl_gateway.c).
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include "multicast.h"
#include "rtnl.h"

#define RECEIVE_BUFFER (4 << 20)
/* Dumped again so long after a link event: when linkwatch has told the FIB, and when even its limiter has let
 * it. */
#define SOON_US 20000
#define LATE_US 1200000

static struct {
	struct multicast news;
	struct loop_timer *soon, *late;
	bool soon_armed, soon_again;
	bool synced;	   /* what is known is complete and true */
	bool snapshot_due; /* wanted while not synced */
} rtnl = {.news = {.fd = -1}};

bool rtnl_resyncing(void)
{
	return !rtnl.synced;
}

static void resync(struct helper *h)
{
	rtnl.synced = false;
	rtnl.snapshot_due = true;
	rtnl_dump_want(h, DUMP_ALL);
}

void rtnl_dumps_done(struct helper *h, bool complete)
{
	rtnl_state_settled(h);
	nexthops_look();
	/* What failed is told as a snapshot that is not complete, and tried again. */
	if (!complete) {
		rtnl.snapshot_due = true;
		loop_arm_timer(rtnl.late, LATE_US, 0);
	}
	rtnl.synced = complete;
	if (rtnl.snapshot_due)
		rtnl_state_snapshot(h, complete);
	rtnl.snapshot_due = false;
}

static void soon_fired(void *data)
{
	struct helper *h = data;

	rtnl.soon_armed = rtnl.soon_again;
	if (rtnl.soon_again)
		loop_arm_timer(rtnl.soon, SOON_US, 0);
	rtnl.soon_again = false;
	rtnl_dump_want(h, DUMP_ROUTING);
}

static void late_fired(void *data)
{
	if (rtnl.synced)
		rtnl_dump_want(data, DUMP_ROUTING);
	else
		resync(data);
}

static void routing_hint(struct helper *h)
{
	rtnl_dump_want(h, DUMP_ROUTING);
	if (rtnl.soon_armed) {
		rtnl.soon_again = true;
	} else {
		rtnl.soon_armed = true;
		loop_arm_timer(rtnl.soon, SOON_US, 0);
	}
}

void rtnl_link_event(struct helper *h, uint32_t ifindex)
{
	(void)ifindex;
	/* A full dump is under way, or source_rtnl is absent. */
	if (rtnl.news.fd < 0 || rtnl.snapshot_due)
		return;
	routing_hint(h);
	loop_arm_timer(rtnl.late, LATE_US, 0);
}

static void told_message(void *data, const struct nlmsghdr *m)
{
	struct helper *h = data;
	struct frame f;

	nexthops_heard(m);
	switch (m->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		/* Routes of no concern come and go by the thousand under BGP; and by themselves in table
		 * local. */
		if (!rtnl_parse_route(m, &f) &&
		    (f.route.hop_count > 1 || f.route.nhid || told_find(&rtnl_told[RTNL_ROUTES], &f) ||
		     rtnl_gateway_wanted(h, &f.route)))
			routing_hint(h);
		return;
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		routing_hint(h);
		return;
	}
	if (!rtnl_state_message(h, m, false, false)) {
		helper_degrade(h, "rtnl", "degraded", "malformed message of type %u from the kernel",
			       m->nlmsg_type);
		resync(h);
	}
}

static void messages_came(void *data, uint32_t events)
{
	struct helper *h = data;

	(void)events;
	if (!multicast_read(&rtnl.news, told_message, h) || !multicast_take_overrun(&rtnl.news))
		return;
	helper_lost(h, "rtnl", 0, "netlink receive buffer overrun");
	nexthops_lost();
	resync(h);
}

void rtnl_hear(struct helper *h)
{
	if (rtnl.news.fd >= 0)
		messages_came(h, EPOLLIN);
}

static int open_multicast(void)
{
	static const unsigned int groups[] = {RTNLGRP_LINK,	  RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
					      RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_NEXTHOP};
	int r = multicast_open(&rtnl.news, NETLINK_ROUTE, RECEIVE_BUFFER);

	for (size_t i = 0; !r && i < sizeof(groups) / sizeof(groups[0]); i++) {
		r = multicast_join(&rtnl.news, groups[i]);
		/* Missing before 5.3, and the hint is not needed. */
		if (groups[i] == RTNLGRP_NEXTHOP)
			r = 0;
	}
	if (r)
		multicast_close(&rtnl.news);
	return r;
}

static void stop(struct helper *h)
{
	rtnl_dump_stop(h);
	loop_remove_timer(helper_loop(h), rtnl.soon);
	loop_remove_timer(helper_loop(h), rtnl.late);
	if (rtnl.news.fd >= 0)
		loop_remove_fd(helper_loop(h), rtnl.news.fd);
	multicast_close(&rtnl.news);
	rtnl_state_free();
}

static int start(struct helper *h)
{
	struct loop *l = helper_loop(h);
	int r;

	rtnl_state_init();
	r = rtnl_dump_start(h);
	rtnl.soon = loop_add_timer(l, LOOP_NOT_YET, 0, soon_fired, h);
	rtnl.late = loop_add_timer(l, LOOP_NOT_YET, 0, late_fired, h);
	if (!r && (!rtnl.soon || !rtnl.late))
		r = -ENOMEM;
	if (!r)
		r = open_multicast();
	if (r >= 0)
		r = loop_add_fd(l, rtnl.news.fd, EPOLLIN, messages_came, h);
	if (r < 0)
		stop(h);
	return r;
}

static void snapshot(struct helper *h)
{
	/* Not synced and due: the dumps for it are running. */
	if (rtnl.synced)
		rtnl_state_snapshot(h, true);
	else if (!rtnl.snapshot_due)
		resync(h);
}

const struct source source_rtnl = {
    .name = "rtnl",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
