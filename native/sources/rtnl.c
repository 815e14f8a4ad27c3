/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links, addresses, routes and next hops from NETLINK_ROUTE.
 *
 * Links and addresses are followed by multicast. Routes, next hops and groups are not: the kernel marks an
 * IPv4 next hop dead, deletes next hop objects and shrinks their groups without a message. So they are dumped
 * after each link event, and a multicast message is only a hint to do so. Told are routes with two hops or
 * more or with a next hop object, and routes that once were such; routes with a single hop are not.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "rtnl.h"

#define RECEIVE_BUFFER (4 << 20)
#define MESSAGES_AT_ONCE 64
/* Dumped again so long after a link event: when linkwatch has told the FIB, and when even its limiter has let
 * it. */
#define SOON_US 20000
#define LATE_US 1200000

static struct {
	int fd;
	struct loop_timer *soon, *late;
	bool soon_armed, soon_again;
	bool synced;	   /* what is known is complete and true */
	bool snapshot_due; /* wanted while not synced */
	bool overrun;	   /* the kernel dropped messages; not told yet */
} rtnl = {.fd = -1};

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
	if (rtnl.fd < 0 || rtnl.snapshot_due)
		return;
	routing_hint(h);
	loop_arm_timer(rtnl.late, LATE_US, 0);
}

static void told_message(void *data, const struct nlmsghdr *m)
{
	struct helper *h = data;
	struct frame f;

	switch (m->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		/* Routes of no concern come and go by the thousand under BGP; and by themselves in table
		 * local. */
		if (!rtnl_parse_route(m, &f) &&
		    (f.route.hop_count > 1 || f.route.nhid || told_find(&rtnl_told[RTNL_ROUTES], &f)))
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

/*
 * The kernel tells of an overrun before it hands out what it had queued, and what it dropped is newer than
 * that. So the queue is read to its end first: a dump that was asked for now could be overwritten by it.
 */
static void queue_empty(struct helper *h)
{
	if (!rtnl.overrun)
		return;
	rtnl.overrun = false;
	helper_lost(h, "rtnl", 0, "netlink receive buffer overrun");
	resync(h);
}

static void messages_came(void *data, uint32_t events)
{
	static char buffer[32768] __attribute__((aligned(8)));
	struct helper *h = data;

	(void)events;
	for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {.iov_base = buffer, .iov_len = sizeof(buffer)};
		struct msghdr message = {
		    .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
		ssize_t n = recvmsg(rtnl.fd, &message, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != ENOBUFS) {
			queue_empty(h);
			return;
		}
		if (n < 0 || message.msg_flags & MSG_TRUNC)
			rtnl.overrun = true;
		else if (from.nl_pid == 0) /* the kernel; anybody else may send to us, too */
			rtnl_each_message(buffer, (size_t)n, told_message, h);
	}
}

static int open_multicast(void)
{
	static const unsigned int groups[] = {RTNLGRP_LINK,	  RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
					      RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_NEXTHOP};
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	int size = RECEIVE_BUFFER;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		goto failed;
	/* RTNLGRP_NEXTHOP is missing before 5.3, and the hint is not needed. */
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof(groups[i])) &&
		    groups[i] != RTNLGRP_NEXTHOP)
			goto failed;
	return fd;
failed : {
	int error = errno;

	close(fd);
	return -error;
}
}

static void stop(struct helper *h)
{
	rtnl_dump_stop(h);
	loop_remove_timer(helper_loop(h), rtnl.soon);
	loop_remove_timer(helper_loop(h), rtnl.late);
	if (rtnl.fd >= 0) {
		loop_remove_fd(helper_loop(h), rtnl.fd);
		close(rtnl.fd);
		rtnl.fd = -1;
	}
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
		r = rtnl.fd = open_multicast();
	if (r >= 0)
		r = loop_add_fd(l, rtnl.fd, EPOLLIN, messages_came, h);
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
