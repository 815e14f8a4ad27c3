/* SPDX-License-Identifier: Apache-2.0 */
/* What a record is called, where it belongs and who made it. */
#include "record.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

struct name { /* compared as bytes */
	uint16_t type;
	uint8_t family, dst_len, src_len, tos, flags, unused;
	uint32_t index, table, priority;
	uint8_t dst[16], src[16];
};
_Static_assert(sizeof(struct name) == 52, "no padding: it would not be copied");

static void take_bytes(const struct nlmsghdr *msg, uint16_t type, uint8_t out[16])
{
	size_t size;
	const void *p = record_attr(msg, type, &size);

	if (p)
		memcpy(out, p, size < 16 ? size : 16);
}

static struct name name_of(const struct nlmsghdr *msg)
{
	struct name n = {.type = msg->nlmsg_type, .family = *(const uint8_t *)NLMSG_DATA(msg)};

	switch (msg->nlmsg_type) {
	case RTM_NEWLINK:
		n.index = (uint32_t)((const struct ifinfomsg *)NLMSG_DATA(msg))->ifi_index;
		break;
	case RTM_NEWADDR: {
		const struct ifaddrmsg *a = NLMSG_DATA(msg);

		n.index = a->ifa_index;
		n.dst_len = a->ifa_prefixlen;
		take_bytes(msg, IFA_ADDRESS, n.dst);
		take_bytes(msg, IFA_LOCAL, n.src);
		break;
	}
	case RTM_NEWROUTE: {
		const struct rtmsg *r = NLMSG_DATA(msg);

		n.dst_len = r->rtm_dst_len;
		n.src_len = r->rtm_src_len;
		n.tos = r->rtm_tos;
		if (!record_attr_u32(msg, RTA_TABLE, &n.table))
			n.table = r->rtm_table;
		record_attr_u32(msg, RTA_PRIORITY, &n.priority);
		take_bytes(msg, RTA_DST, n.dst);
		take_bytes(msg, RTA_SRC, n.src);
		break;
	}
	case RTM_NEWNEIGH: {
		const struct ndmsg *d = NLMSG_DATA(msg);

		n.index = (uint32_t)d->ndm_ifindex;
		n.flags = d->ndm_flags & NTF_PROXY;
		take_bytes(msg, NDA_DST, n.dst);
		break;
	}
	case RTM_NEWNEXTHOP:
		n.family = 0;
		record_attr_u32(msg, NHA_ID, &n.index);
		break;
	}
	return n;
}

bool record_same_name(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	struct name x = name_of(a), y = name_of(b);

	return !memcmp(&x, &y, sizeof(x));
}

bool record_any_link(const struct nlmsghdr *msg, bool (*fn)(uint32_t ifindex, void *data), void *data)
{
	uint16_t oif = msg->nlmsg_type == RTM_NEWNEXTHOP ? NHA_OIF : RTA_OIF;
	uint32_t index;
	size_t left;
	const struct rtnexthop *hop;

	if (record_attr_u32(msg, oif, &index) && fn(index, data))
		return true;
	if (msg->nlmsg_type != RTM_NEWROUTE)
		return false;
	hop = record_attr(msg, RTA_MULTIPATH, &left);
	for (; hop && left >= sizeof(*hop); left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
		if (fn((uint32_t)hop->rtnh_ifindex, data))
			return true;
	return false;
}

bool record_kernel_made(const struct nlmsghdr *msg)
{
	if (msg->nlmsg_type == RTM_NEWROUTE)
		return ((const struct rtmsg *)NLMSG_DATA(msg))->rtm_protocol == RTPROT_KERNEL;
	if (msg->nlmsg_type == RTM_NEWADDR) {
		const struct ifaddrmsg *a = NLMSG_DATA(msg);
		size_t size;
		const uint8_t *proto = record_attr(msg, IFA_PROTO, &size);

		if (a->ifa_family != AF_INET6 || a->ifa_scope != RT_SCOPE_LINK)
			return false;
		/* Kernels before 5.18 do not tell who made an address. */
		return !proto || size != 1 || *proto == IFAPROT_KERNEL_LL;
	}
	return false;
}

bool record_owned(const struct nlmsghdr *msg)
{
	if (msg->nlmsg_type != RTM_NEWROUTE)
		return false;
	switch (((const struct rtmsg *)NLMSG_DATA(msg))->rtm_protocol) {
	case RTPROT_REDIRECT:
	case RTPROT_GATED:
	case RTPROT_RA:
	case RTPROT_MRT:
	case RTPROT_ZEBRA:
	case RTPROT_BIRD:
	case RTPROT_XORP:
	case RTPROT_MROUTED:
	case RTPROT_KEEPALIVED:
	case RTPROT_BABEL:
	case RTPROT_OPENR:
	case RTPROT_BGP:
	case RTPROT_ISIS:
	case RTPROT_OSPF:
	case RTPROT_RIP:
	case RTPROT_EIGRP:
		return true;
	}
	return false;
}

bool record_is_tentative(const struct nlmsghdr *msg)
{
	uint32_t flags;

	return msg->nlmsg_type == RTM_NEWADDR && record_attr_u32(msg, IFA_FLAGS, &flags) &&
	       (flags & (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC)) && !(flags & IFA_F_DADFAILED);
}

/* --- text --- */
struct text {
	char *p;
	size_t size, used;
};

static void say(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct text *t, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(t->p + t->used, t->size - t->used, fmt, args);
	va_end(args);
	if (n > 0)
		t->used += (size_t)n < t->size - t->used ? (size_t)n : t->size - t->used - 1;
}

static void say_address(struct text *t, int family, const void *bytes, size_t size)
{
	char buf[INET6_ADDRSTRLEN];

	if (bytes && size == (family == AF_INET ? 4 : 16) && inet_ntop(family, bytes, buf, sizeof(buf)))
		say(t, "%s", buf);
	else
		say(t, "?");
}

static void say_device(struct text *t, uint32_t ifindex)
{
	char name[IFNAMSIZ];

	if (if_indextoname(ifindex, name))
		say(t, " dev %s", name);
	else
		say(t, " dev #%u", ifindex);
}

static void say_hop(struct text *t, int family, const struct rtattr *a, int left)
{
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == RTA_GATEWAY) {
			say(t, " via ");
			say_address(t, family, RTA_DATA(a), RTA_PAYLOAD(a));
		} else if (a->rta_type == RTA_VIA && RTA_PAYLOAD(a) == sizeof(struct rtvia) + 16) {
			say(t, " via ");
			say_address(t, AF_INET6, ((const struct rtvia *)RTA_DATA(a))->rtvia_addr, 16);
		}
	}
}

static void say_route(struct text *t, const struct nlmsghdr *msg)
{
	const struct rtmsg *r = NLMSG_DATA(msg);
	const struct rtnexthop *hop;
	uint32_t value;
	size_t size, left;
	const void *p = record_attr(msg, RTA_DST, &size);
	const struct rtattr *a = (const struct rtattr *)((const char *)r + NLMSG_ALIGN(sizeof(*r)));

	say(t, "route ");
	if (p)
		say_address(t, r->rtm_family, p, size);
	else
		say(t, r->rtm_family == AF_INET ? "0.0.0.0" : "::");
	say(t, "/%u", r->rtm_dst_len);
	if (record_attr_u32(msg, RTA_NH_ID, &value))
		say(t, " nhid %u", value);
	say_hop(t, r->rtm_family, a, (int)msg->nlmsg_len - (int)NLMSG_SPACE(sizeof(*r)));
	if (record_attr_u32(msg, RTA_OIF, &value))
		say_device(t, value);
	hop = record_attr(msg, RTA_MULTIPATH, &left);
	for (; hop && left >= sizeof(*hop); left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
		say(t, " nexthop");
		say_hop(t, r->rtm_family, RTNH_DATA(hop), hop->rtnh_len - (int)sizeof(*hop));
		say_device(t, (uint32_t)hop->rtnh_ifindex);
		say(t, " weight %u", hop->rtnh_hops + 1);
	}
	p = record_attr(msg, RTA_PREFSRC, &size);
	if (p) {
		say(t, " src ");
		say_address(t, r->rtm_family, p, size);
	}
	if (!record_attr_u32(msg, RTA_TABLE, &value))
		value = r->rtm_table;
	say(t, " table %u", value);
	record_attr_u32(msg, RTA_PRIORITY, &value);
	say(t, " metric %u proto %u", value, r->rtm_protocol);
}

void record_text(const struct nlmsghdr *msg, char *buf, size_t size)
{
	struct text t = {.p = buf, .size = size};
	size_t n;
	const void *p;
	uint32_t value;

	buf[0] = '\0';
	switch (msg->nlmsg_type) {
	case RTM_NEWLINK: {
		const struct ifinfomsg *link = NLMSG_DATA(msg);

		say(&t, "link");
		say_device(&t, (uint32_t)link->ifi_index);
		say(&t, link->ifi_flags & IFF_UP ? " up" : " down");
		if (record_attr_u32(msg, IFLA_MASTER, &value))
			say(&t, " master #%u", value);
		break;
	}
	case RTM_NEWADDR: {
		const struct ifaddrmsg *a = NLMSG_DATA(msg);

		p = record_attr(msg, IFA_LOCAL, &n);
		if (!p)
			p = record_attr(msg, IFA_ADDRESS, &n);
		say(&t, "address ");
		say_address(&t, a->ifa_family, p, n);
		say(&t, "/%u", a->ifa_prefixlen);
		say_device(&t, a->ifa_index);
		break;
	}
	case RTM_NEWROUTE:
		say_route(&t, msg);
		break;
	case RTM_NEWNEIGH: {
		const struct ndmsg *d = NLMSG_DATA(msg);

		p = record_attr(msg, NDA_DST, &n);
		say(&t, d->ndm_flags & NTF_PROXY ? "proxy neighbour " : "neighbour ");
		say_address(&t, d->ndm_family, p, n);
		say_device(&t, (uint32_t)d->ndm_ifindex);
		break;
	}
	case RTM_NEWNEXTHOP:
		record_attr_u32(msg, NHA_ID, &value);
		say(&t, record_attr(msg, NHA_GROUP, &n) ? "nexthop group id %u" : "nexthop id %u", value);
		if (record_attr_u32(msg, NHA_OIF, &value))
			say_device(&t, value);
		break;
	}
}
