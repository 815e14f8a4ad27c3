/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the kernel's routes: what steering would put in front of them is a route of its own, with no
 * other hops. */
#include <assert.h>
#include <stdlib.h>
#include "encoder.h"
#include "../../native/sources/rtnl_parse.c"
#include "../../native/sources/rtnl_parse_bond.c"
#include "../../native/sources/rtnl_parse_route.c"
#include "../../native/steer_group.c"
#include "../../native/steer_netlink.c"
#include "../../native/steer_policy.c"
#include "../../native/steer_routes.c"
#include "../../native/steer_routes_put.c"

static bool has(const struct frame_route *r, uint32_t ifindex)
{
	for (size_t i = 0; i < r->hop_count; i++)
		if (r->hops[i].ifindex == ifindex)
			return true;
	return false;
}

static void check_front(const struct steer_route *original, uint32_t lowest, uint32_t keep_this)
{
	static struct steer_message m;
	struct frame f;

	put_in_front(&m, original, lowest, &keep_this, 1);
	assert(m.head.nlmsg_len <= sizeof(m.bytes));
	if (m.overflow || rtnl_parse_route(&m.head, &f))
		return;
	assert(f.route.protocol == STEER_PROTOCOL && !f.route.nhid);
	assert(same_destination(&f.route, &original->route));
	for (size_t i = 0; i < f.route.hop_count; i++)
		assert(f.route.hops[i].ifindex == keep_this && has(&original->route, keep_this));
}

static void as(enum steer_kind kind, const char *bytes, size_t size)
{
	static struct steer_routes routes;
	struct steer_group group = {
	    .kind = kind, .nhid = 10, .table = RT_TABLE_MAIN, .dst = {.family = 4, .bytes = {10, 77, 9, 2}}};
	struct reading reading = {.group = &group, .routes = &routes};
	struct steer_facts facts = {.allowed = true};

	group.prefix_len = 32;
	memset(&routes, 0, sizeof(routes));
	rtnl_each_message(bytes, size, take_route, &reading);
	forget_others(&routes);
	note_lowest(&routes);
	steer_routes_facts(&routes, &group, &facts);
	assert(facts.leg_count <= FRAME_HOPS_MAX && memchr(facts.not_ours, '\0', sizeof(facts.not_ours)));
	for (unsigned int i = 0; i < routes.original_count; i++)
		for (size_t k = 0; k < facts.leg_count; k++)
			check_front(&routes.original[i], routes.lowest[i], facts.legs[k].ifindex);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *copy = malloc(size + 1); /* aligned, and with its end where the sanitizer sees it */

	memcpy(copy, bytes, size);
	as(STEER_ECMP, copy, size);
	as(STEER_NEXTHOP_GROUP, copy, size);
	free(copy);
	return 0;
}
