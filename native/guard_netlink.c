/* SPDX-License-Identifier: Apache-2.0 */
/* rtnetlink as the guard needs it: dumps, acknowledged requests, and a socket that wakes on changes. */
#include "guard.h"

#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/rtnetlink.h>

#define DUMP_TRIES 10
/* The kernel never makes a dump part larger than 32 KiB. */
static union {
	struct nlmsghdr head;
	unsigned char bytes[65536];
} input;

int records_add(struct records *r, const struct nlmsghdr *msg)
{
	size_t size = NLMSG_ALIGN(msg->nlmsg_len);

	if (r->used + size > RECORDS_BYTES_MAX)
		return -E2BIG;
	if (r->used + size > r->size) {
		size_t bigger = (r->size + size) * 2;
		unsigned char *p = realloc(r->bytes, bigger);

		if (!p)
			return -ENOMEM;
		r->bytes = p;
		r->size = bigger;
	}
	memset(r->bytes + r->used + size - NLMSG_ALIGNTO, 0, NLMSG_ALIGNTO);
	memcpy(r->bytes + r->used, msg, msg->nlmsg_len);
	r->used += size;
	r->count++;
	return 0;
}

void records_free(struct records *r)
{
	free(r->bytes);
	*r = (struct records){0};
}

const struct nlmsghdr *records_next(const struct records *r, const struct nlmsghdr *after)
{
	const unsigned char *p =
	    after ? (const unsigned char *)after + NLMSG_ALIGN(after->nlmsg_len) : r->bytes;

	return p && p < r->bytes + r->used ? (const struct nlmsghdr *)p : NULL;
}

int netlink_open(struct netlink *nl)
{
	static const struct timeval patience = {.tv_sec = 30};
	const int one = 1;

	nl->seq = 0;
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (nl->fd < 0)
		return -errno;
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return 0;
}

void netlink_close(struct netlink *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
}

int netlink_listen(void)
{
	static const int groups[] = {RTNLGRP_LINK,	 RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
				     RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_NEIGH,
				     RTNLGRP_NEXTHOP};
	const struct sockaddr_nl own = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	/* A socket without an address hears nothing of what the kernel itself does. */
	if (bind(fd, (const void *)&own, sizeof(own))) {
		close(fd);
		return -errno;
	}
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof(groups[i]));
	return fd;
}

/* An overrun (ENOBUFS) is a change like any other: the next dump is the truth. */
void netlink_drain(int fd)
{
	while (recv(fd, &input, sizeof(input), 0) > 0 || errno == ENOBUFS || errno == EINTR)
		;
}

static int send_message(struct netlink *nl, struct nlmsghdr *msg)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	msg->nlmsg_seq = ++nl->seq;
	msg->nlmsg_pid = 0;
	return sendto(nl->fd, msg, msg->nlmsg_len, 0, (void *)&kernel, sizeof(kernel)) < 0 ? -errno : 0;
}

/* One datagram of the kernel in `input`; its length, or -errno. */
static ssize_t receive(struct netlink *nl)
{
	struct sockaddr_nl from;
	socklen_t from_size = sizeof(from);
	ssize_t n;

	do
		n = recvfrom(nl->fd, &input, sizeof(input), MSG_TRUNC, (void *)&from, &from_size);
	while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	if (n < 0)
		return -errno;
	return (size_t)n > sizeof(input) ? -EMSGSIZE : n;
}

static int take_ack(const struct nlmsghdr *msg, char *why, size_t why_size)
{
	const struct nlmsgerr *e = NLMSG_DATA(msg);
	const struct rtattr *a;
	int left;

	if (msg->nlmsg_len < NLMSG_LENGTH(sizeof(*e)))
		return -EBADMSG;
	if (!why || !(msg->nlmsg_flags & NLM_F_ACK_TLVS))
		return e->error;
	left = (int)msg->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*e));
	a = (const struct rtattr *)((const char *)e + sizeof(*e));
	if (!(msg->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > sizeof(e->msg)) {
		int echo = (int)(NLMSG_ALIGN(e->msg.nlmsg_len) - sizeof(e->msg));

		if (echo < 0 || echo > left)
			return e->error;
		a = (const struct rtattr *)((const char *)a + echo);
		left -= echo;
	}
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == NLMSGERR_ATTR_MSG)
			snprintf(why, why_size, "%.*s", (int)RTA_PAYLOAD(a), (const char *)RTA_DATA(a));
	return e->error;
}

int netlink_request(struct netlink *nl, struct nlmsghdr *msg, char *why, size_t why_size)
{
	int rc;

	if (why)
		why[0] = '\0';
	msg->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	rc = send_message(nl, msg);
	while (!rc) {
		ssize_t n = receive(nl);

		if (n < 0)
			return (int)n;
		for (struct nlmsghdr *m = &input.head; NLMSG_OK(m, n); m = NLMSG_NEXT(m, n))
			if (m->nlmsg_type == NLMSG_ERROR && m->nlmsg_seq == nl->seq)
				return take_ack(m, why, why_size);
	}
	return rc;
}

static bool readable(const struct nlmsghdr *msg)
{
	if (msg->nlmsg_type == RTM_NEWQDISC || msg->nlmsg_type == RTM_NEWTFILTER)
		return msg->nlmsg_len >= NLMSG_LENGTH(sizeof(struct tcmsg));
	return record_valid(msg);
}

/* One pass. 1: it was interrupted by a change and must be repeated. */
static int dump_once(struct netlink *nl, struct nlmsghdr *request, struct records *out, netlink_keep keep,
		     void *data)
{
	bool interrupted = false;
	int rc = send_message(nl, request);

	if (rc)
		return rc;
	for (;;) {
		ssize_t n = receive(nl);

		if (n < 0)
			return (int)n;
		for (struct nlmsghdr *m = &input.head; NLMSG_OK(m, n); m = NLMSG_NEXT(m, n)) {
			if (m->nlmsg_seq != nl->seq)
				continue;
			if (m->nlmsg_flags & NLM_F_DUMP_INTR)
				interrupted = true;
			if (m->nlmsg_type == NLMSG_ERROR)
				return take_ack(m, NULL, 0);
			if (m->nlmsg_type == NLMSG_DONE)
				return rc ? rc : interrupted;
			/* After an error of ours the rest is still read, or the socket would be out of step.
			 */
			if (!rc && readable(m) && keep(m, data))
				rc = records_add(out, m);
		}
	}
}

int netlink_dump(struct netlink *nl, uint16_t type, const void *body, size_t body_size, struct records *out,
		 netlink_keep keep, void *data)
{
	struct {
		struct nlmsghdr head;
		unsigned char body[64];
	} request = {.head = {.nlmsg_len = (uint32_t)NLMSG_LENGTH(body_size),
			      .nlmsg_type = type,
			      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
	size_t used = out->used;
	uint32_t count = out->count;
	int rc = 1;

	if (body_size > sizeof(request.body))
		return -EINVAL;
	memcpy(request.body, body, body_size);
	for (int i = 0; rc == 1 && i < DUMP_TRIES; i++) {
		out->used = used;
		out->count = count;
		rc = dump_once(nl, &request.head, out, keep, data);
	}
	return rc == 1 ? -EAGAIN : rc;
}

int netlink_dump_links(struct netlink *nl, struct records *out, netlink_keep keep, void *data)
{
	const struct {
		struct ifinfomsg link;
		struct rtattr attr;
		uint32_t mask;
	} request = {.attr = {.rta_len = 8, .rta_type = IFLA_EXT_MASK}, .mask = RTEXT_FILTER_SKIP_STATS};

	return netlink_dump(nl, RTM_GETLINK, &request, sizeof(request), out, keep, data);
}

int netlink_set_up(struct netlink *nl, uint32_t ifindex, bool up, char *why, size_t why_size)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
	} request = {.head = {.nlmsg_len = sizeof(request), .nlmsg_type = RTM_SETLINK},
		     .link = {.ifi_index = (int)ifindex, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP}};

	return netlink_request(nl, &request.head, why, why_size);
}

int netlink_set_carrier(struct netlink *nl, uint32_t ifindex, bool on, char *why, size_t why_size)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct rtattr attr;
		uint8_t value, padding[3];
	} request = {.head = {.nlmsg_len = sizeof(request), .nlmsg_type = RTM_SETLINK},
		     .link = {.ifi_index = (int)ifindex},
		     .attr = {.rta_len = 5, .rta_type = IFLA_CARRIER},
		     .value = on};

	return netlink_request(nl, &request.head, why, why_size);
}
