/* SPDX-License-Identifier: Apache-2.0 */
/* What the team driver tells by multicast: options and ports that changed. Everybody may listen. */
#include <errno.h>
#include <linux/if_team.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "rtnl_parse.h"
#include "team.h"

#define MESSAGES_AT_ONCE 64
#define RECEIVE_BUFFER (1 << 20)

static struct {
	struct genl_family family;
	int fd;
	bool overrun; /* the kernel dropped messages; not told yet */
} events = {.fd = -1};

uint16_t team_family(void)
{
	return events.family.id;
}

bool team_events_lost(void)
{
	return events.overrun;
}

static void take_event(void *data, const struct nlmsghdr *m)
{
	struct helper *h = data;
	uint32_t ifindex = m->nlmsg_type == events.family.id ? team_parse_ifindex(m) : 0;
	struct team *t = team_find(ifindex);

	/* Of a team that rtnl does not know it is too early or too late. */
	if (!t)
		return;
	team_overtaken(ifindex);
	if (team_parse(m, &t->state) == -EINVAL) {
		helper_degrade(h, "team", "degraded", "malformed message from the kernel");
		team_want(h, t);
	} else if (t->whole || !t->wanted) {
		team_tell(h, t);
	}
}

/* As rtnl.c has it: the queue is read to its end before its loss is told and made good. */
static void queue_empty(struct helper *h)
{
	if (!events.overrun)
		return;
	events.overrun = false;
	helper_lost(h, "team", 0, "netlink receive buffer overrun");
	team_resync(h);
}

static void messages_came(void *data, uint32_t epoll_events)
{
	static char buffer[16384] __attribute__((aligned(8)));
	struct helper *h = data;

	(void)epoll_events;
	for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {.iov_base = buffer, .iov_len = sizeof(buffer)};
		struct msghdr message = {
		    .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
		ssize_t n = recvmsg(events.fd, &message, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != ENOBUFS) {
			queue_empty(h);
			return;
		}
		if (n < 0 || message.msg_flags & MSG_TRUNC)
			events.overrun = true;
		else if (from.nl_pid == 0)
			rtnl_each_message(buffer, (size_t)n, take_event, h);
	}
}

void team_events_leave(struct helper *h)
{
	if (events.fd < 0)
		return;
	loop_remove_fd(helper_loop(h), events.fd);
	close(events.fd);
	events.fd = -1;
}

static int join(struct helper *h, const struct genl_family *family)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	int size = RECEIVE_BUFFER, r = 0;

	team_events_leave(h);
	events.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	if (events.fd < 0)
		return -errno;
	if (setsockopt(events.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(events.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(events.fd, (struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(events.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &family->group, sizeof(family->group)))
		r = -errno;
	if (!r)
		r = loop_add_fd(helper_loop(h), events.fd, EPOLLIN, messages_came, h);
	if (r) {
		close(events.fd);
		events.fd = -1;
		return r;
	}
	events.family = *family;
	return 0;
}

int team_events_join(struct helper *h)
{
	struct genl_family family;
	int r = genl_find(TEAM_GENL_NAME, TEAM_GENL_CHANGE_EVENT_MC_GRP_NAME, &family);

	if (r)
		return r;
	if (events.fd >= 0 && family.id == events.family.id && family.group == events.family.group)
		return 0;
	return join(h, &family);
}
