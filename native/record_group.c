/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of next hop objects: of which the kernel takes members away without a
 * word. */
#include "record.h"

#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* A larger one is not taken for the rest of another. */
#define COMPARE_BYTES 2048

size_t record_members(const struct nlmsghdr *msg, const struct nexthop_grp **out)
{
	size_t size;

	*out = record_attr(msg, NHA_GROUP, &size);
	return *out ? size / sizeof(**out) : 0;
}

/* Takes members out of the group attribute of a normal form; returns its new
 * size, 0: none is left. */
static size_t filter(unsigned char *form, size_t size, bool (*keep)(uint32_t id, void *data), void *data)
{
	size_t at = NLMSG_LENGTH(sizeof(struct nhmsg));

	while (size - at >= sizeof(struct rtattr)) {
		struct rtattr *a = (struct rtattr *)(void *)(form + at);
		size_t length = RTA_ALIGN(a->rta_len), kept = 0;
		struct nexthop_grp *members = RTA_DATA(a);

		if ((a->rta_type & NLA_TYPE_MASK) != NHA_GROUP) {
			at += length;
			continue;
		}
		for (size_t i = 0; i < RTA_PAYLOAD(a) / sizeof(*members); i++)
			if (keep(members[i].id, data))
				members[kept++] = members[i];
		a->rta_len = (unsigned short)RTA_LENGTH(kept * sizeof(*members));
		memmove(form + at + RTA_ALIGN(a->rta_len), form + at + length, size - at - length);
		size -= length - RTA_ALIGN(a->rta_len);
		((struct nlmsghdr *)(void *)form)->nlmsg_len = (uint32_t)size;
		return kept ? size : 0;
	}
	return 0;
}

size_t record_group_of(const struct nlmsghdr *group, bool (*keep)(uint32_t id, void *data), void *data,
		       void *out, size_t size)
{
	size_t used = record_normalise(group, RECORD_REPLAY, 0, out, size);

	return used ? filter(out, used, keep, data) : 0;
}

static bool is_member(uint32_t id, void *rest)
{
	const struct nexthop_grp *members;
	size_t count = record_members(rest, &members);

	for (size_t i = 0; i < count; i++)
		if (members[i].id == id)
			return true;
	return false;
}

bool record_is_rest(const struct nlmsghdr *whole, const struct nlmsghdr *rest)
{
	unsigned char a[COMPARE_BYTES] __attribute__((aligned(8)));
	unsigned char b[COMPARE_BYTES] __attribute__((aligned(8)));
	const struct nexthop_grp *members;
	size_t size, other;

	if (!record_members(whole, &members) || !record_members(rest, &members))
		return false;
	size = record_normalise(whole, RECORD_COMPARE, 0, a, sizeof(a));
	other = record_normalise(rest, RECORD_COMPARE, 0, b, sizeof(b));
	if (!size || !other)
		return false;
	/* is_member() only reads it. */
	size = filter(a, size, is_member, b);
	return size == other && !memcmp(a, b, size);
}

bool record_same(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	unsigned char x[COMPARE_BYTES] __attribute__((aligned(8)));
	unsigned char y[COMPARE_BYTES] __attribute__((aligned(8)));
	size_t size = record_normalise(a, RECORD_COMPARE, 0, x, sizeof(x));

	return size && size == record_normalise(b, RECORD_COMPARE, 0, y, sizeof(y)) && !memcmp(x, y, size);
}

bool record_of_daemon(const struct nlmsghdr *nexthop)
{
	return ((const struct nhmsg *)NLMSG_DATA(nexthop))->nh_protocol > RTPROT_STATIC;
}
