/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <sys/socket.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include "getlink.h"

struct question {
	struct nlmsghdr head;
	struct ifinfomsg link;
	struct rtattr attribute;
	uint32_t mask;
};

int getlink_open(bool blocking)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), NETLINK_ROUTE);
	struct sockaddr_nl any = {.nl_family = AF_NETLINK};

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&any, sizeof(any))) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

static int ask(int fd, uint32_t ifindex, uint32_t seq, uint16_t flags, bool with_bytes)
{
	struct question q = {
	    .head = {.nlmsg_len = sizeof(q), .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | flags},
	    .link = {.ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex},
	    .attribute = {.rta_len = RTA_LENGTH(sizeof(q.mask)), .rta_type = IFLA_EXT_MASK},
	    .mask = with_bytes ? 0 : RTEXT_FILTER_SKIP_STATS,
	};

	q.head.nlmsg_seq = seq;
	return send(fd, &q, sizeof(q), 0) < 0 ? -errno : 0;
}

int getlink_ask(int fd, uint32_t ifindex, uint32_t seq, bool with_bytes)
{
	return ask(fd, ifindex, seq, 0, with_bytes);
}

int getlink_dump(int fd, uint32_t seq)
{
	return ask(fd, 0, seq, NLM_F_DUMP, true);
}

static void read_number(void *out, size_t size, const struct rtattr *a)
{
	if (RTA_PAYLOAD(a) >= size)
		memcpy(out, RTA_DATA(a), size);
}

static void read_bytes(uint64_t *bytes, const struct rtattr *a)
{
	struct rtnl_link_stats64 stats;

	/* The kernel's structure grows at its end. */
	if (RTA_PAYLOAD(a) < offsetof(struct rtnl_link_stats64, rx_errors))
		return;
	memcpy(&stats, RTA_DATA(a), offsetof(struct rtnl_link_stats64, rx_errors));
	*bytes = stats.rx_bytes + stats.tx_bytes;
}

bool getlink_parse(const struct nlmsghdr *message, struct getlink_answer *out)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	int left = (int)message->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*link));
	uint8_t carrier = 0;

	if (message->nlmsg_type != RTM_NEWLINK || left < 0 || link->ifi_index <= 0)
		return false;
	*out = (struct getlink_answer){.ifindex = (uint32_t)link->ifi_index,
				       .admin_up = link->ifi_flags & IFF_UP};
	for (const struct rtattr *a = IFLA_RTA(link); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		switch (a->rta_type) {
		case IFLA_CARRIER:
			read_number(&carrier, sizeof(carrier), a);
			break;
		case IFLA_OPERSTATE:
			read_number(&out->operstate, sizeof(out->operstate), a);
			break;
		case IFLA_CARRIER_UP_COUNT:
			read_number(&out->carrier_up_count, sizeof(out->carrier_up_count), a);
			break;
		case IFLA_CARRIER_DOWN_COUNT:
			read_number(&out->carrier_down_count, sizeof(out->carrier_down_count), a);
			break;
		case IFLA_STATS64:
			read_bytes(&out->bytes, a);
			break;
		}
	}
	out->carrier = carrier;
	return true;
}
