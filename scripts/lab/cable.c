/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cables between tap NICs, each end in a network namespace: what a NIC sends arrives at its other end. Unlike
 * a veth such a NIC lets its carrier be taken (IFLA_CARRIER), and has ifindex == iflink as a real one. As
 * with a pulled cable, the other end loses its carrier, too, and nothing passes: a tap by itself goes on
 * receiving without one. Needs root.
 *
 *   cable NETNS NAME NETNS NAME …      two and two are joined; NETNS is a path
 *
 * Standard output: `ready`. The NICs go with the process, which a signal ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <linux/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ENDS_MAX 16

struct end {
	int tap;
	/* Tells of the links of the end's namespace; a question would flush what the kernel holds back. */
	int links;
	int ifindex;
	bool carrier;
	/* Without carrier because its other end is. */
	bool follows;
};

static struct end ends[ENDS_MAX];

static int end_open(struct end *end, const char *netns, const char *name)
{
	struct sockaddr_nl all = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int ns = open(netns, O_RDONLY | O_CLOEXEC);

	if (ns < 0 || setns(ns, CLONE_NEWNET))
		return -1;
	close(ns);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	end->tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (end->tap < 0 || ioctl(end->tap, TUNSETIFF, &ifr))
		return -1;
	end->ifindex = (int)if_nametoindex(name);
	end->carrier = true;
	end->links = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	return end->links < 0 ? -1 : bind(end->links, (struct sockaddr *)&all, sizeof(all));
}

static void carrier_is(struct end *end, struct end *other, bool carrier)
{
	int has = carrier;

	end->carrier = carrier;
	if (end->follows || other->follows == !carrier)
		return;
	other->follows = !carrier;
	if (ioctl(other->tap, TUNSETCARRIER, &has))
		perror("cable: TUNSETCARRIER");
}

/* A link that is down has no carrier of its own will: only one that is up has lost it. */
static void hear(struct end *end, struct end *other)
{
	static char buffer[65536];
	ssize_t n;

	while ((n = recv(end->links, buffer, sizeof(buffer), 0)) > 0) {
		struct nlmsghdr *h = (void *)buffer;

		for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			struct ifinfomsg *info = NLMSG_DATA(h);

			if (h->nlmsg_type == RTM_NEWLINK && info->ifi_index == end->ifindex &&
			    info->ifi_flags & IFF_UP)
				carrier_is(end, other, info->ifi_flags & IFF_LOWER_UP);
		}
	}
}

int main(int argc, char **argv)
{
	static unsigned char frame[65536];
	struct pollfd polls[2 * ENDS_MAX];
	int count = (argc - 1) / 2;

	if (argc < 5 || (argc - 1) % 4 || count > ENDS_MAX) {
		fprintf(stderr, "usage: cable NETNS NAME NETNS NAME … (at most %d)\n", ENDS_MAX);
		return 2;
	}
	for (int i = 0; i < count; i++) {
		if (end_open(&ends[i], argv[2 * i + 1], argv[2 * i + 2])) {
			fprintf(stderr, "cable: %s in %s: %s\n", argv[2 * i + 2], argv[2 * i + 1],
				strerror(errno));
			return 1;
		}
		polls[i] = (struct pollfd){.fd = ends[i].tap, .events = POLLIN};
		polls[count + i] = (struct pollfd){.fd = ends[i].links, .events = POLLIN};
	}
	puts("ready");
	fflush(stdout);
	while (poll(polls, (nfds_t)(2 * count), -1) > 0 || errno == EINTR) {
		for (int i = 0; i < count; i++) {
			struct end *end = &ends[i], *other = &ends[i ^ 1];
			ssize_t n;

			if (polls[count + i].revents)
				hear(end, other);
			n = polls[i].revents ? read(end->tap, frame, sizeof(frame)) : 0;
			/* An end that is down takes nothing: the frame is lost, as on a wire. */
			if (n > 0 && end->carrier && other->carrier &&
			    write(other->tap, frame, (size_t)n) < 0)
				errno = 0;
		}
	}
	return 1;
}
