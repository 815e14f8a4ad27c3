/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's worst case: net/core/link_watch.c lets one non-urgent carrier event a second through, for all
 * links of the machine. A throw-away tun flaps, so that the cut comes 150 ms after such an event was handled.
 */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>

#define PAUSE_US 150000u
/* Longest that the limiter holds the tun's own event back, and some. */
#define HANDLED_US 1200000u

/* Up, and without an IPv6 link-local address: nothing is to be heard of it but its carrier. */
static int bring_up(struct netlink *nl, uint32_t ifindex)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct rtattr spec, inet6, mode;
		uint8_t value, padding[3];
	} request = {.head = {.nlmsg_len = sizeof(request), .nlmsg_type = RTM_SETLINK},
		     .link = {.ifi_index = (int)ifindex},
		     .spec = {.rta_len = 16, .rta_type = IFLA_AF_SPEC | NLA_F_NESTED},
		     .inet6 = {.rta_len = 12, .rta_type = AF_INET6 | NLA_F_NESTED},
		     .mode = {.rta_len = 5, .rta_type = IFLA_INET6_ADDR_GEN_MODE},
		     .value = IN6_ADDR_GEN_MODE_NONE};

	/* Fails without IPv6, which is as good. */
	netlink_request(nl, &request.head, NULL, 0);
	return netlink_set_up(nl, ifindex, true, NULL, 0);
}

int prime_open(struct prime *p, struct netlink *nl, char *why, size_t why_size)
{
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int rc = 0;

	strcpy(ifr.ifr_name, "pwprime%d");
	p->tun_fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (p->tun_fd < 0 || ioctl(p->tun_fd, TUNSETIFF, &ifr))
		rc = -errno;
	p->ifindex = rc ? 0 : if_nametoindex(ifr.ifr_name);
	if (!rc && !p->ifindex)
		rc = -errno;
	if (!rc)
		rc = bring_up(nl, p->ifindex);
	if (rc) {
		snprintf(why, why_size, "no tun device for --prime: %s", strerror(-rc));
		prime_close(p);
	}
	return rc;
}

void prime_close(struct prime *p)
{
	if (p->tun_fd >= 0)
		close(p->tun_fd);
	p->tun_fd = -1;
}

/* Has the kernel told that the tun is up without carrier? */
static bool handled(int fd, uint32_t ifindex)
{
	union {
		struct nlmsghdr head;
		unsigned char bytes[16384];
	} input;
	bool found = false;
	ssize_t n;

	while ((n = recv(fd, &input, sizeof(input), 0)) > 0) {
		for (struct nlmsghdr *m = &input.head; NLMSG_OK(m, n); m = NLMSG_NEXT(m, n)) {
			const struct ifinfomsg *link = NLMSG_DATA(m);

			found |= m->nlmsg_type == RTM_NEWLINK &&
				 m->nlmsg_len >= NLMSG_LENGTH(sizeof(*link)) &&
				 link->ifi_index == (int)ifindex && (link->ifi_flags & IFF_UP) &&
				 !(link->ifi_flags & IFF_LOWER_UP);
		}
	}
	return found;
}

enum owner_word prime_run(struct prime *p, struct owner *o)
{
	uint64_t until = guard_now_us() + HANDLED_US;
	int off = 0, on = 1, fd = netlink_listen();
	enum owner_word word;

	/* Whatever fails here, the cut is only less late than it could be. */
	ioctl(p->tun_fd, TUNSETCARRIER, &off);
	do
		word = owner_wait(o, until, fd);
	while ((word == OWNER_EXTRA && !handled(fd, p->ifindex)) || word == OWNER_CUT);
	ioctl(p->tun_fd, TUNSETCARRIER, &on);
	if (fd >= 0)
		close(fd);
	if (word != OWNER_EXTRA && word != OWNER_TIMEOUT)
		return word;
	until = guard_now_us() + PAUSE_US;
	do
		word = owner_wait(o, until, -1);
	while (word == OWNER_CUT);
	return word;
}
