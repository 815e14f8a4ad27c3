/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "../../native/getlink.c"

struct message {
	struct nlmsghdr head;
	struct ifinfomsg link;
	char attributes[512];
};

static struct message answer(int ifindex, unsigned int flags)
{
	struct message m = {.head = {.nlmsg_type = RTM_NEWLINK, .nlmsg_len = NLMSG_LENGTH(sizeof(m.link))}};

	m.link.ifi_index = ifindex;
	m.link.ifi_flags = flags;
	return m;
}

static void add(struct message *m, uint16_t type, const void *value, size_t size)
{
	struct rtattr *a = (struct rtattr *)((char *)m + m->head.nlmsg_len);

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(size);
	memcpy(RTA_DATA(a), value, size);
	m->head.nlmsg_len += (uint32_t)RTA_SPACE(size);
}

static void reads_a_link(void)
{
	struct message m = answer(31, IFF_UP);
	struct getlink_answer a;
	uint32_t up = 4, down = 5;
	uint64_t stats[4] = {1, 2, 1000, 2000}; /* packets received, sent, bytes received, sent */

	add(&m, IFLA_CARRIER, "\1", 1);
	add(&m, IFLA_OPERSTATE, "\6", 1);
	add(&m, IFLA_CARRIER_UP_COUNT, &up, sizeof(up));
	add(&m, IFLA_CARRIER_DOWN_COUNT, &down, sizeof(down));
	add(&m, IFLA_STATS64, stats, sizeof(stats));
	CHECK(getlink_parse(&m.head, &a));
	CHECK(a.ifindex == 31 && a.admin_up && a.carrier && a.operstate == 6);
	CHECK(a.carrier_up_count == 4 && a.carrier_down_count == 5 && a.bytes == 3000);
}

static void takes_what_is_missing_for_down(void)
{
	struct message m = answer(31, 0);
	struct getlink_answer a;

	CHECK(getlink_parse(&m.head, &a));
	CHECK(!a.admin_up && !a.carrier && a.operstate == 0 && a.bytes == 0);
}

static void refuses_what_is_no_link(void)
{
	struct message m = answer(31, IFF_UP), none = answer(0, IFF_UP), cut = answer(31, IFF_UP);
	struct getlink_answer a;

	m.head.nlmsg_type = NLMSG_ERROR;
	cut.head.nlmsg_len = NLMSG_LENGTH(4);
	CHECK(!getlink_parse(&m.head, &a));
	CHECK(!getlink_parse(&none.head, &a));
	CHECK(!getlink_parse(&cut.head, &a));
}

static void reads_no_further_than_an_attribute_goes(void)
{
	struct message m = answer(31, IFF_UP), lies = answer(31, IFF_UP);
	struct getlink_answer a;
	uint32_t short_stats = 7;

	add(&m, IFLA_CARRIER_UP_COUNT, "\1", 1);
	add(&m, IFLA_STATS64, &short_stats, sizeof(short_stats));
	CHECK(getlink_parse(&m.head, &a) && a.carrier_up_count == 0 && a.bytes == 0);
	add(&lies, IFLA_CARRIER, "\1", 1);
	((struct rtattr *)lies.attributes)->rta_len = 400; /* longer than the message */
	CHECK(getlink_parse(&lies.head, &a) && !a.carrier);
}

int main(void)
{
	RUN(reads_a_link);
	RUN(takes_what_is_missing_for_down);
	RUN(refuses_what_is_no_link);
	RUN(reads_no_further_than_an_attribute_goes);
	return check_done();
}
