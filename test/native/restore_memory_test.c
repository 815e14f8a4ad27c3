/* SPDX-License-Identifier: Apache-2.0 */
/* What of next hop objects is to be put back: what the kernel took away, and never what somebody deleted. */
#include "check.h"
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include "message.h"
#include "../../native/record.c"
#include "../../native/record_group.c"
#include "../../native/record_name.c"
#include "../../native/restore_memory.c"
#include "../../native/restore_heard.c"
#include "../../native/restore_dumped.c"
#include "../../native/steer_policy.c"

#define GROUP 10
#define KERNEL 0
#define OPERATOR 4711

static struct restore_group g;
static uint32_t from = OPERATOR; /* port of the next message */
static uint32_t up;		 /* bit n: link n runs */

static const struct nlmsghdr *sent(void)
{
	struct nlmsghdr *m = (struct nlmsghdr *)(void *)built.bytes;

	message();
	m->nlmsg_pid = from;
	return m;
}

static const struct nlmsghdr *hop(uint16_t type, uint32_t id, uint32_t link, uint8_t protocol)
{
	struct nhmsg head = {.nh_family = AF_INET, .nh_protocol = protocol};

	begin(type, &head, sizeof(head));
	add_u32(NHA_ID, id);
	add_u32(NHA_OIF, link);
	return sent();
}

/* Members with their ids for weights; 0 ends them. */
static const struct nlmsghdr *group(uint16_t type, uint32_t a, uint32_t b, uint32_t c)
{
	struct nexthop_grp members[] = {{a, (uint8_t)a, 0, 0}, {b, (uint8_t)b, 0, 0}, {c, (uint8_t)c, 0, 0}};
	struct nhmsg head = {0};

	begin(type, &head, sizeof(head));
	add_u32(NHA_ID, GROUP);
	add(NHA_GROUP, members, sizeof(members[0]) * (size_t)(!!a + !!b + !!c));
	return sent();
}

static const struct nlmsghdr *route(uint16_t type, uint8_t last, uint32_t nhid, uint8_t protocol)
{
	struct rtmsg head = {.rtm_family = AF_INET,
			     .rtm_dst_len = 32,
			     .rtm_type = RTN_UNICAST,
			     .rtm_protocol = protocol,
			     .rtm_table = RT_TABLE_MAIN};
	uint8_t dst[4] = {10, 0, 0, last};

	begin(type, &head, sizeof(head));
	add(RTA_DST, dst, sizeof(dst));
	add_u32(RTA_NH_ID, nhid);
	return sent();
}

static bool runs(uint32_t ifindex, void *data)
{
	(void)data;
	return up >> ifindex & 1;
}

static bool due(void)
{
	return restore_group_is_due(&g, runs, NULL);
}

/* Dumps in the order in which the rtnl source takes them; a member 0 is not there, routes by a bit each. */
static void dump_nexthops(uint32_t a, uint32_t b, bool whole)
{
	bool again = true;

	for (int i = 0; again && i < 3; i++) {
		restore_group_dump_begins(&g, 0);
		if (a)
			restore_group_dumped(&g, hop(RTM_NEWNEXTHOP, a, 30 + a - 1, 0));
		if (b)
			restore_group_dumped(&g, hop(RTM_NEWNEXTHOP, b, 30 + b - 1, 0));
		if (a || b)
			restore_group_dumped(&g, group(RTM_NEWNEXTHOP, a ? a : b, a ? b : 0, 0));
		again = whole && restore_group_dump_ended(&g, 0);
	}
	CHECK(!again);
}

static void dump_routes(unsigned int which)
{
	restore_group_dump_begins(&g, 4);
	for (uint8_t i = 0; i < 8; i++)
		if (which >> i & 1)
			restore_group_dumped(&g, route(RTM_NEWROUTE, i, GROUP, RTPROT_BOOT));
	restore_group_dump_ended(&g, 4);
}

/* Hops 1 and 2 on links 30 and 31, their group, routes 0 and 1. */
static void usual(void)
{
	memset(&g, 0, sizeof(g));
	g.id = GROUP;
	up = 0;
	from = OPERATOR;
	dump_nexthops(1, 2, true);
	dump_routes(3);
	CHECK(g.member_count == 2 && g.route_count == 2);
	CHECK(!restore_group_is_short(&g));
}

static void what_the_kernel_took_is_due_when_its_link_runs(void)
{
	usual();
	dump_nexthops(0, 2, true);
	CHECK(restore_group_is_short(&g));
	CHECK(!g.lost && g.members[0].lost && !g.members[1].lost);
	CHECK(!due());
	up = 1u << 30;
	CHECK(due());
	CHECK(g.members[0].due && !g.members[1].due);
	/* Put back: first the object, then its place in the group. */
	restore_group_heard(&g, hop(RTM_NEWNEXTHOP, 1, 30, 0), true);
	CHECK(due());
	restore_group_heard(&g, group(RTM_NEWNEXTHOP, 1, 2, 0), true);
	CHECK(!due() && !restore_group_is_short(&g));
}

static void the_last_member_takes_the_group_and_its_routes_along(void)
{
	usual();
	dump_nexthops(0, 0, true);
	dump_routes(0);
	CHECK(g.lost && g.route_count == 2 && g.routes[0].lost && g.routes[1].lost);
	up = 1u << 31;
	CHECK(due());
	CHECK(!g.members[0].due && g.members[1].due);
	/* One leg is back: the rest of the group is remembered. */
	restore_group_heard(&g, hop(RTM_NEWNEXTHOP, 2, 31, 0), true);
	restore_group_heard(&g, group(RTM_NEWNEXTHOP, 2, 0, 0), true);
	restore_group_heard(&g, route(RTM_NEWROUTE, 0, GROUP, RTPROT_BOOT), true);
	restore_group_heard(&g, route(RTM_NEWROUTE, 1, GROUP, RTPROT_BOOT), true);
	CHECK(!g.lost && !g.routes[0].lost && !due());
	CHECK(restore_group_is_short(&g));
	up |= 1u << 30;
	CHECK(due());
}

static void what_somebody_deleted_stays_deleted(void)
{
	up = ~0u;
	usual();
	/* The dump may be read before the messages. */
	dump_nexthops(0, 2, true);
	up = ~0u;
	restore_group_heard(&g, hop(RTM_DELNEXTHOP, 1, 30, 0), false);
	CHECK(!due());
	restore_group_heard(&g, group(RTM_NEWNEXTHOP, 2, 0, 0), false);
	CHECK(!due() && !restore_group_is_short(&g));

	usual();
	dump_nexthops(0, 0, true);
	restore_group_heard(&g, group(RTM_DELNEXTHOP, 1, 2, 0), false);
	up = ~0u;
	CHECK(!due());

	/* A group without its members' loss is no doing of the kernel's, whatever message is missing. */
	usual();
	restore_group_dump_begins(&g, 0);
	restore_group_dumped(&g, hop(RTM_NEWNEXTHOP, 1, 30, 0));
	restore_group_dumped(&g, hop(RTM_NEWNEXTHOP, 2, 31, 0));
	restore_group_dump_ended(&g, 0);
	up = ~0u;
	CHECK(!due());

	/* A member that somebody took out of the group: its object is still there. */
	usual();
	restore_group_dump_begins(&g, 0);
	restore_group_dumped(&g, hop(RTM_NEWNEXTHOP, 1, 30, 0));
	restore_group_dumped(&g, hop(RTM_NEWNEXTHOP, 2, 31, 0));
	restore_group_dumped(&g, group(RTM_NEWNEXTHOP, 2, 0, 0));
	restore_group_dump_ended(&g, 0);
	up = ~0u;
	CHECK(!due());
}

static void what_somebody_changed_meanwhile_stays(void)
{
	/* The group as the kernel left it, made so on purpose. */
	usual();
	dump_nexthops(0, 2, true);
	restore_group_heard(&g, group(RTM_NEWNEXTHOP, 2, 0, 0), false);
	up = ~0u;
	CHECK(!due());

	/* The id is another object's. */
	usual();
	dump_nexthops(0, 2, true);
	restore_group_heard(&g, hop(RTM_NEWNEXTHOP, 1, 31, 0), false);
	up = ~0u;
	CHECK(!due());
	usual();
	dump_nexthops(0, 2, true);
	restore_group_dump_begins(&g, 0);
	restore_group_dumped(&g, hop(RTM_NEWNEXTHOP, 1, 31, 0));
	restore_group_dumped(&g, hop(RTM_NEWNEXTHOP, 2, 31, 0));
	restore_group_dumped(&g, group(RTM_NEWNEXTHOP, 2, 0, 0));
	restore_group_dump_ended(&g, 0);
	up = ~0u;
	CHECK(!due());

	/* The same object, made by hand: its place in the group is still ours to give back. */
	usual();
	dump_nexthops(0, 2, true);
	restore_group_heard(&g, hop(RTM_NEWNEXTHOP, 1, 30, 0), false);
	CHECK(due());
}

static void routes_that_somebody_deleted_or_replaced_stay(void)
{
	usual();
	restore_group_heard(&g, route(RTM_DELROUTE, 0, GROUP, RTPROT_BOOT), false);
	CHECK(g.route_count == 1);
	/* Deleted, of which no message came: the group was there after the dump that missed it. */
	dump_routes(0);
	dump_nexthops(1, 2, true);
	CHECK(g.route_count == 0);

	usual();
	dump_routes(0);
	dump_nexthops(0, 0, true);
	CHECK(g.route_count == 2 && g.routes[0].lost);
	/* The kernel's own word on an IPv6 route that goes with its next hop. */
	from = KERNEL;
	restore_group_heard(&g, route(RTM_DELROUTE, 0, GROUP, RTPROT_BOOT), false);
	CHECK(g.route_count == 2);
	from = OPERATOR;
	restore_group_heard(&g, route(RTM_NEWROUTE, 0, 77, RTPROT_BOOT), false);
	CHECK(g.route_count == 1);

	/* Of a routing daemon, or of steering: never ours. */
	usual();
	restore_group_heard(&g, route(RTM_NEWROUTE, 5, GROUP, RTPROT_ZEBRA), false);
	restore_group_heard(&g, route(RTM_NEWROUTE, 6, GROUP, STEER_PROTOCOL), false);
	CHECK(g.route_count == 2);
}

static void a_dump_is_older_than_the_message_that_came_while_it_ran(void)
{
	usual();
	restore_group_dump_begins(&g, 0);
	restore_group_heard(&g, hop(RTM_DELNEXTHOP, 1, 30, 0), false);
	restore_group_heard(&g, group(RTM_NEWNEXTHOP, 2, 0, 0), false);
	restore_group_dumped(&g, hop(RTM_NEWNEXTHOP, 1, 30, 0));
	restore_group_dumped(&g, hop(RTM_NEWNEXTHOP, 2, 31, 0));
	restore_group_dumped(&g, group(RTM_NEWNEXTHOP, 1, 2, 0));
	restore_group_dump_ended(&g, 0);
	CHECK(!restore_has_member(&g.now, 1) && !restore_has_member(&g.whole, 1));
	dump_nexthops(0, 2, true);
	up = ~0u;
	CHECK(!due());

	usual();
	restore_group_dump_begins(&g, 0);
	restore_group_heard(&g, hop(RTM_NEWNEXTHOP, 1, 29, 0), false);
	restore_group_dumped(&g, hop(RTM_NEWNEXTHOP, 1, 30, 0));
	CHECK(g.members[0].ifindex == 29);
}

static void a_dump_that_is_not_whole_proves_nothing_gone(void)
{
	usual();
	dump_nexthops(0, 2, false);
	up = ~0u;
	CHECK(!due());
}

static void nothing_is_put_back_after_messages_were_lost_or_the_link_went(void)
{
	usual();
	dump_nexthops(0, 2, true);
	restore_group_forget(&g);
	dump_nexthops(0, 2, true);
	up = ~0u;
	CHECK(!due());

	usual();
	dump_nexthops(0, 2, true);
	restore_group_link_gone(&g, 30);
	up = ~0u;
	CHECK(!due());
}

static void names_whose_it_is(void)
{
	char why[STEER_WHY_MAX];

	usual();
	restore_group_not_ours(&g, why);
	CHECK_TEXT(why, "");
	restore_group_heard(&g, hop(RTM_NEWNEXTHOP, 2, 31, RTPROT_ZEBRA), false);
	restore_group_not_ours(&g, why);
	CHECK_TEXT(why, "next hop object 2 (protocol 11) belongs to zebra (FRR), not to us");
}

static void more_than_can_be_remembered_is_said(void)
{
	char why[STEER_WHY_MAX];

	usual();
	for (unsigned int i = 0; i < 2 * RESTORE_ROUTES_MAX; i++)
		restore_group_heard(&g, route(RTM_NEWROUTE, (uint8_t)i, GROUP, RTPROT_BOOT), false);
	CHECK(g.route_count == RESTORE_ROUTES_MAX);
	restore_group_not_ours(&g, why);
	CHECK_TEXT(why, "more routes use it than can be remembered");
}

static void a_group_that_lost_members_is_the_rest_of_what_it_was(void)
{
	static union restore_record whole, rest;

	CHECK(restore_remember(&whole, group(RTM_NEWNEXTHOP, 1, 2, 3)));
	CHECK(restore_remember(&rest, group(RTM_NEWNEXTHOP, 1, 3, 0)));
	CHECK(record_is_rest(&whole.head, &rest.head));
	CHECK(!record_is_rest(&rest.head, &whole.head));
	CHECK(restore_remember(&rest, group(RTM_NEWNEXTHOP, 3, 1, 0)));
	CHECK(!record_is_rest(&whole.head, &rest.head));
	CHECK(restore_remember(&rest, group(RTM_NEWNEXTHOP, 1, 4, 0)));
	CHECK(!record_is_rest(&whole.head, &rest.head));
}

int main(void)
{
	RUN(what_the_kernel_took_is_due_when_its_link_runs);
	RUN(the_last_member_takes_the_group_and_its_routes_along);
	RUN(what_somebody_deleted_stays_deleted);
	RUN(what_somebody_changed_meanwhile_stays);
	RUN(routes_that_somebody_deleted_or_replaced_stay);
	RUN(a_dump_is_older_than_the_message_that_came_while_it_ran);
	RUN(a_dump_that_is_not_whole_proves_nothing_gone);
	RUN(nothing_is_put_back_after_messages_were_lost_or_the_link_went);
	RUN(names_whose_it_is);
	RUN(more_than_can_be_remembered_is_said);
	RUN(a_group_that_lost_members_is_the_rest_of_what_it_was);
	return check_done();
}
