/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object of the kernel's network state, held as the message in which a dump tells of it.
 *
 * What counts when two of them are compared:
 *   link       IFF_UP and the master; nothing else of it can be changed by a cut
 *   address    everything but IFA_CACHEINFO (ages), the flags tentative, dadfailed, deprecated, optimistic,
 *              secondary and stable-privacy; of the lifetimes only: for ever, limited, or not preferred
 *   route      everything but RTA_CACHEINFO (ages, users) and the flags dead, linkdown, offload, trap,
 *              unresolved, also in each hop of a multipath; whether it expires; the order of IPv4 routes
 *              that share a name. A route with a next hop object counts by the object's id
 *   next hop   id, group and weights, device, gateway, encapsulation, blackhole, fdb; no flag but onlink
 *   neighbour  permanent and proxy entries: everything but NDA_CACHEINFO and NDA_PROBES
 * Not taken at all: IPv6 temporary addresses, cached routes, what the kernel puts into the table local,
 * neighbours in any state that the kernel reaches by itself.
 */
#include "record.h"

#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

/* An attribute of our own, only ever in the comparison. */
#define ATTR_CLASS 0x3fff

static size_t body_size(uint16_t type)
{
	switch (type) {
	case RTM_NEWLINK:
		return sizeof(struct ifinfomsg);
	case RTM_NEWADDR:
		return sizeof(struct ifaddrmsg);
	case RTM_NEWROUTE:
		return sizeof(struct rtmsg);
	case RTM_NEWNEIGH:
		return sizeof(struct ndmsg);
	case RTM_NEWNEXTHOP:
		return sizeof(struct nhmsg);
	}
	return 0;
}

/* Lengths left are signed: an attribute's padding may reach past the end, and RTA_OK must see that. */
static const struct rtattr *first_attr(const struct nlmsghdr *msg, int *left)
{
	size_t body = NLMSG_ALIGN(body_size(msg->nlmsg_type));

	*left = (int)msg->nlmsg_len - (int)NLMSG_LENGTH(body);
	return (const struct rtattr *)((const char *)NLMSG_DATA(msg) + body);
}

const void *record_attr(const struct nlmsghdr *msg, uint16_t type, size_t *size)
{
	int left;

	for (const struct rtattr *a = first_attr(msg, &left); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if ((a->rta_type & NLA_TYPE_MASK) == type) {
			*size = RTA_PAYLOAD(a);
			return RTA_DATA(a);
		}
	}
	*size = 0;
	return NULL;
}

bool record_attr_u32(const struct nlmsghdr *msg, uint16_t type, uint32_t *value)
{
	size_t size;
	const void *p = record_attr(msg, type, &size);

	*value = 0;
	if (!p || size != sizeof(*value))
		return false;
	memcpy(value, p, sizeof(*value));
	return true;
}

static bool valid_hops(const struct rtattr *multipath)
{
	int left = (int)RTA_PAYLOAD(multipath);
	const struct rtnexthop *hop = RTA_DATA(multipath);

	for (; left >= (int)sizeof(*hop); left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
		int inner;
		const struct rtattr *a = RTNH_DATA(hop);

		if (hop->rtnh_len < sizeof(*hop) || (int)RTNH_ALIGN(hop->rtnh_len) > left)
			return false;
		inner = hop->rtnh_len - (int)sizeof(*hop);
		for (; RTA_OK(a, inner); a = RTA_NEXT(a, inner))
			;
		if (inner)
			return false;
	}
	return !left;
}

bool record_valid(const struct nlmsghdr *msg)
{
	size_t body = body_size(msg->nlmsg_type);
	int left;
	const struct rtattr *a;
	unsigned char family;

	if (!body || msg->nlmsg_len < NLMSG_LENGTH(body) || msg->nlmsg_len > 65535)
		return false;
	/* Each of the five structures starts with its family. */
	family = *(const unsigned char *)NLMSG_DATA(msg);
	if (family != AF_INET && family != AF_INET6 &&
	    !(family == AF_UNSPEC && (msg->nlmsg_type == RTM_NEWLINK || msg->nlmsg_type == RTM_NEWNEXTHOP)))
		return false;
	for (a = first_attr(msg, &left); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (msg->nlmsg_type == RTM_NEWROUTE && (a->rta_type & NLA_TYPE_MASK) == RTA_MULTIPATH &&
		    !valid_hops(a))
			return false;
	return !left;
}

/* --- normal form --- */
struct writer {
	unsigned char *p;
	size_t size, used;
	bool full;
};

static void *reserve(struct writer *w, size_t size)
{
	void *p = w->p + w->used;

	if (w->full || NLMSG_ALIGN(size) > w->size - w->used) {
		w->full = true;
		return NULL;
	}
	memset(p, 0, NLMSG_ALIGN(size));
	w->used += NLMSG_ALIGN(size);
	return p;
}

static void put(struct writer *w, const void *from, size_t size)
{
	void *p = reserve(w, size);

	if (p)
		memcpy(p, from, size);
}

static void put_attr(struct writer *w, uint16_t type, const void *data, size_t size)
{
	struct rtattr *a = reserve(w, RTA_LENGTH(size));

	if (!a)
		return;
	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(a), data, size);
}

static void put_class(struct writer *w, uint32_t class)
{
	put_attr(w, ATTR_CLASS, &class, sizeof(class));
}

static void put_hops(struct writer *w, const struct rtattr *multipath)
{
	struct rtattr *a = reserve(w, multipath->rta_len);
	int left = (int)RTA_PAYLOAD(multipath);

	if (!a)
		return;
	memcpy(a, multipath, multipath->rta_len);
	for (struct rtnexthop *hop = RTA_DATA(a); left >= (int)sizeof(*hop); hop = RTNH_NEXT(hop)) {
		hop->rtnh_flags &= RTNH_F_ONLINK;
		left -= RTNH_ALIGN(hop->rtnh_len);
	}
}

static uint32_t shorter(uint32_t lifetime, uint32_t elapsed_s)
{
	/* 0xffffffff is for ever. A valid lifetime must not become 0: the kernel refuses that. */
	if (lifetime == 0xffffffff || lifetime == 0)
		return lifetime;
	return lifetime > elapsed_s ? lifetime - elapsed_s : 1;
}

static void put_address(struct writer *w, const struct nlmsghdr *msg, enum record_purpose purpose,
			uint32_t elapsed_s)
{
	const uint32_t lasting = IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR |
				 IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN | IFA_F_PERMANENT;
	struct ifaddrmsg body;
	int left;

	memcpy(&body, NLMSG_DATA(msg), sizeof(body));
	body.ifa_flags = 0;
	put(w, &body, sizeof(body));
	for (const struct rtattr *a = first_attr(msg, &left); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == IFA_FLAGS && RTA_PAYLOAD(a) == sizeof(uint32_t)) {
			uint32_t flags = *(const uint32_t *)RTA_DATA(a) & lasting;

			put_attr(w, IFA_FLAGS, &flags, sizeof(flags));
		} else if (a->rta_type == IFA_CACHEINFO && RTA_PAYLOAD(a) == sizeof(struct ifa_cacheinfo)) {
			struct ifa_cacheinfo life;

			memcpy(&life, RTA_DATA(a), sizeof(life));
			if (purpose == RECORD_COMPARE) {
				put_class(w, life.ifa_valid != 0xffffffff ? 1 : life.ifa_prefered ? 2 : 3);
				continue;
			}
			life.ifa_valid = shorter(life.ifa_valid, elapsed_s);
			life.ifa_prefered = shorter(life.ifa_prefered, elapsed_s);
			put_attr(w, IFA_CACHEINFO, &life, sizeof(life));
		} else if (a->rta_type != IFA_FLAGS && a->rta_type != IFA_CACHEINFO) {
			put(w, a, a->rta_len);
		}
	}
}

/* What a route says twice when it has a next hop object: once by id, once for readers that know no objects.
 */
static bool told_by_object(uint16_t type)
{
	return type == RTA_OIF || type == RTA_GATEWAY || type == RTA_VIA || type == RTA_MULTIPATH ||
	       type == RTA_ENCAP || type == RTA_ENCAP_TYPE || type == RTA_NEWDST;
}

static void put_route(struct writer *w, const struct nlmsghdr *msg, enum record_purpose purpose,
		      uint32_t elapsed_s)
{
	struct rtmsg body;
	uint32_t object;
	bool by_object = record_attr_u32(msg, RTA_NH_ID, &object);
	int left;

	memcpy(&body, NLMSG_DATA(msg), sizeof(body));
	body.rtm_flags &= by_object ? 0 : RTNH_F_ONLINK;
	put(w, &body, sizeof(body));
	for (const struct rtattr *a = first_attr(msg, &left); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		uint16_t type = a->rta_type & NLA_TYPE_MASK;

		if (type == RTA_CACHEINFO && RTA_PAYLOAD(a) == sizeof(struct rta_cacheinfo)) {
			struct rta_cacheinfo age;

			memcpy(&age, RTA_DATA(a), sizeof(age));
			if (age.rta_expires && purpose == RECORD_COMPARE)
				put_class(w, 1);
			if (age.rta_expires && purpose == RECORD_REPLAY) {
				/* Told in USER_HZ (100 a second, include/asm-generic/param.h), taken in
				 * seconds. */
				uint32_t s = shorter((uint32_t)age.rta_expires / 100 + 1, elapsed_s);

				put_attr(w, RTA_EXPIRES, &s, sizeof(s));
			}
		} else if (type != RTA_CACHEINFO && !(by_object && told_by_object(type))) {
			if (type == RTA_MULTIPATH)
				put_hops(w, a);
			else
				put(w, a, a->rta_len);
		}
	}
}

static void put_nexthop(struct writer *w, const struct nlmsghdr *msg)
{
	struct nhmsg body;
	int left;

	memcpy(&body, NLMSG_DATA(msg), sizeof(body));
	body.nh_flags &= RTNH_F_ONLINK;
	/* Scope is worked out by the kernel, and refused from user space. */
	body.nh_scope = 0;
	put(w, &body, sizeof(body));
	for (const struct rtattr *a = first_attr(msg, &left); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		uint16_t type = a->rta_type & NLA_TYPE_MASK;

		if (type == NHA_RES_GROUP) {
			struct rtattr *nest = reserve(w, RTA_LENGTH(0));
			size_t start = w->used;
			int inner = (int)RTA_PAYLOAD(a);

			for (const struct rtattr *b = RTA_DATA(a); RTA_OK(b, inner); b = RTA_NEXT(b, inner))
				if ((b->rta_type & NLA_TYPE_MASK) != NHA_RES_GROUP_UNBALANCED_TIME)
					put(w, b, b->rta_len);
			if (nest) {
				nest->rta_type = NHA_RES_GROUP | NLA_F_NESTED;
				nest->rta_len = (unsigned short)RTA_LENGTH(w->used - start);
			}
		} else if ((type >= NHA_ID && type <= NHA_ENCAP) || type == NHA_FDB) {
			put(w, a, a->rta_len);
		}
	}
}

static void put_neighbour(struct writer *w, const struct nlmsghdr *msg)
{
	int left;

	put(w, NLMSG_DATA(msg), sizeof(struct ndmsg));
	for (const struct rtattr *a = first_attr(msg, &left); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type != NDA_CACHEINFO && a->rta_type != NDA_PROBES)
			put(w, a, a->rta_len);
}

static void put_link(struct writer *w, const struct nlmsghdr *msg)
{
	const struct ifinfomsg *from = NLMSG_DATA(msg);
	struct ifinfomsg body = {.ifi_index = from->ifi_index, .ifi_flags = from->ifi_flags & IFF_UP};
	uint32_t master;

	put(w, &body, sizeof(body));
	if (record_attr_u32(msg, IFLA_MASTER, &master))
		put_attr(w, IFLA_MASTER, &master, sizeof(master));
}

size_t record_normalise(const struct nlmsghdr *msg, enum record_purpose purpose, uint32_t elapsed_s,
			void *out, size_t size)
{
	struct writer w = {.p = out, .size = size};
	struct nlmsghdr *head = reserve(&w, sizeof(*head));

	if (!head)
		return 0;
	head->nlmsg_type = msg->nlmsg_type;
	switch (msg->nlmsg_type) {
	case RTM_NEWLINK:
		put_link(&w, msg);
		break;
	case RTM_NEWADDR:
		put_address(&w, msg, purpose, elapsed_s);
		break;
	case RTM_NEWROUTE:
		put_route(&w, msg, purpose, elapsed_s);
		break;
	case RTM_NEWNEXTHOP:
		put_nexthop(&w, msg);
		break;
	case RTM_NEWNEIGH:
		put_neighbour(&w, msg);
		break;
	}
	if (w.full)
		return 0;
	head->nlmsg_len = (uint32_t)w.used;
	return w.used;
}
