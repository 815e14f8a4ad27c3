/* SPDX-License-Identifier: Apache-2.0 */
/* Which leg may be left, and what is refused whatever the client says; names of groups. */
#include "check.h"
#include <arpa/inet.h>
#include "encoder.h"
#include "../../native/steer_group.c"
#include "../../native/steer_policy.c"

#define NOW 100000000

static struct steer_facts facts;
static struct steer_past past;
static struct steer_decision decision;

/* Three legs, all usable; 3 is silent, 4 and 5 have answered. */
static void usual(void)
{
	memset(&past, 0, sizeof(past));
	facts = (struct steer_facts){.allowed = true,
				     .exists = true,
				     .leg_count = 3,
				     .legs = {{3, true, false}, {4, true, true}, {5, true, true}}};
}

static bool leaves(uint32_t ifindex)
{
	steer_decide(&facts, &past, ifindex, NOW, &decision);
	/* Every refusal has its reason; what is to be done has legs to go by. */
	CHECK(decision.go == !decision.why[0]);
	CHECK(decision.go == (decision.keep_count > 0));
	for (size_t i = 0; i < decision.keep_count; i++)
		CHECK(decision.keep[i] != ifindex);
	return decision.go;
}

static void keeps_the_legs_that_have_answered(void)
{
	usual();
	CHECK(leaves(3));
	CHECK(decision.keep_count == 2 && decision.keep[0] == 4 && decision.keep[1] == 5);
	facts.legs[1].proven = false;
	CHECK(leaves(3));
	CHECK(decision.keep_count == 1 && decision.keep[0] == 5);
}

static void refuses_what_is_not_allowed(void)
{
	usual();
	facts.allowed = false;
	CHECK(!leaves(3));
	CHECK(strstr(decision.why, "does not allow"));
	usual();
	facts.exists = false;
	CHECK(!leaves(3));
	usual();
	snprintf(facts.not_ours, sizeof(facts.not_ours), "belongs to another");
	CHECK(!leaves(3));
	CHECK_TEXT(decision.why, "belongs to another");
	usual();
	CHECK(!leaves(9));
	CHECK_TEXT(decision.why, "interface 9 is no leg of it");
}

static void refuses_without_fresh_proof(void)
{
	usual();
	facts.legs[1].proven = facts.legs[2].proven = false;
	CHECK(!leaves(3));
	CHECK(strstr(decision.why, "no other leg has answered"));
	usual();
	facts.legs[0].proven = true;
	CHECK(!leaves(3));
	CHECK_TEXT(decision.why, "the leg itself answers probes");
	/* An answer by a leg that the kernel does not use proves nothing. */
	usual();
	facts.legs[1].usable = facts.legs[2].proven = false;
	CHECK(!leaves(3));
}

static void never_leaves_the_last_one(void)
{
	usual();
	facts.legs[1].usable = facts.legs[2].usable = false;
	CHECK(!leaves(3));
	CHECK(strstr(decision.why, "last usable leg"));
	usual();
	facts.leg_count = 1;
	CHECK(!leaves(3));
	/* Those that are out of use already are none to go by. */
	usual();
	past.left_count = 2;
	past.left[0] = 4;
	past.left[1] = 5;
	CHECK(!leaves(3));
	CHECK(strstr(decision.why, "last usable leg"));
	past.left[0] = 3;
	CHECK(!leaves(3));
	CHECK(strstr(decision.why, "out of use already"));
}

static void acts_at_most_once_in_ten_seconds(void)
{
	usual();
	past.acted_us = NOW - STEER_SPACING_US + 1;
	CHECK(!leaves(3));
	CHECK(strstr(decision.why, "at most once in 10 s"));
	past.acted_us = NOW;
	CHECK(!leaves(3));
	past.acted_us = NOW - STEER_SPACING_US;
	CHECK(leaves(3));
}

static void leaves_the_active_one_only(void)
{
	usual();
	facts.active_ifindex = 4;
	CHECK(!leaves(3));
	CHECK(strstr(decision.why, "not the active one"));
	facts.active_ifindex = 3;
	CHECK(leaves(3));
}

static void knows_whose_routes_are_whose(void)
{
	for (unsigned int protocol = 0; protocol < 256; protocol++) {
		bool ours = protocol == RTPROT_UNSPEC || protocol == RTPROT_KERNEL ||
			    protocol == RTPROT_BOOT || protocol == RTPROT_STATIC || protocol == RTPROT_RA ||
			    protocol == STEER_PROTOCOL;

		CHECK(ours == !steer_protocol_owner((uint8_t)protocol));
	}
	CHECK_TEXT(steer_protocol_owner(RTPROT_BIRD), "bird");
	CHECK_TEXT(steer_protocol_owner(77), "a routing daemon");
}

static struct steer_group group;

static bool is_named(const char *text, const char *id)
{
	return !steer_group_parse(text, &group) && !strcmp(group.id, id);
}

static void reads_names_as_the_agent_writes_them(void)
{
	struct frame_route route = {.prefix_len = 24, .table = 100};

	CHECK(is_named("ecmp:10.77.9.2/32", "ecmp:10.77.9.2/32"));
	CHECK(group.kind == STEER_ECMP && group.table == 254 && group.prefix_len == 32);
	CHECK(is_named("ecmp:10.0.0.0/24@100", "ecmp:10.0.0.0/24@100"));
	route.dst = group.dst;
	CHECK(is_named("ecmp:10.0.0.0/24@254", "ecmp:10.0.0.0/24"));
	CHECK(is_named("ecmp:FD77:9:0::2/128", "ecmp:fd77:9::2/128"));
	CHECK(is_named("ecmp:0.0.0.0/0", "ecmp:0.0.0.0/0"));
	CHECK(is_named("nhg:10", "nhg:10") && group.nhid == 10);
	CHECK(is_named("bond:bond0", "bond:bond0"));
	CHECK_TEXT(group.name, "bond0");
	CHECK(is_named("team:team0", "team:team0") && group.kind == STEER_TEAM);
	steer_group_of_route(&route, &group);
	CHECK_TEXT(group.id, "ecmp:10.0.0.0/24@100");
}

static void refuses_other_names(void)
{
	static const char *const wrong[] = {"",
					    "bond0",
					    "ecmp:",
					    "ecmp:10.77.9.2",
					    "ecmp:10.77.9.2/33",
					    "ecmp:10.77.9.2/-1",
					    "ecmp:10.77.9.2/ 32",
					    "ecmp:10.0.0.1/24",
					    "ecmp:10.0.0.0/24@",
					    "ecmp:10.0.0.0/24@4294967296",
					    "ecmp:fd77::1/64",
					    "nhg:",
					    "nhg:0",
					    "nhg:4294967296",
					    "nhg:1x",
					    "bond:",
					    "bond:0123456789abcdef",
					    "bond:a/b"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(steer_group_parse(wrong[i], &group) == -EINVAL);
}

int main(void)
{
	RUN(keeps_the_legs_that_have_answered);
	RUN(refuses_what_is_not_allowed);
	RUN(refuses_without_fresh_proof);
	RUN(never_leaves_the_last_one);
	RUN(acts_at_most_once_in_ten_seconds);
	RUN(leaves_the_active_one_only);
	RUN(knows_whose_routes_are_whose);
	RUN(reads_names_as_the_agent_writes_them);
	RUN(refuses_other_names);
	return check_done();
}
