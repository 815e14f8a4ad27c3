/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "encoder.h"
#include "../../native/sources/told.c"

static struct frame link_frame(uint32_t ifindex, bool carrier)
{
	struct frame f = {.type = FRAME_LINK};

	f.link.ifindex = ifindex;
	f.link.carrier = carrier;
	return f;
}

static void tells_new_from_changed_from_same(void)
{
	struct told t;
	struct told_entry *e;
	struct frame f = link_frame(7, true);

	told_init(&t, FRAME_LINK, 10);
	t.dump = 1;
	CHECK(told_put(&t, &f, &e) == TOLD_NEW && told_frame(e)->link.carrier);
	f.t_us = 99; /* the time is no part of it */
	CHECK(told_put(&t, &f, &e) == TOLD_SAME);
	e->leg = true;
	e->touched = 1;
	f = link_frame(7, false);
	t.dump = 2;
	CHECK(told_put(&t, &f, &e) == TOLD_CHANGED && !told_frame(e)->link.carrier);
	CHECK(e->leg && e->touched == 1 && e->seen == 2);
	CHECK(told_find(&t, &f) == e && t.count == 1);
	told_remove(&t, e);
	CHECK(told_find(&t, &f) == NULL && t.count == 0);
	told_free(&t);
}

static void keeps_order_and_limit(void)
{
	struct told t;
	struct told_entry *e;

	told_init(&t, FRAME_LINK, 100);
	for (uint32_t i = 0; i < 100; i++) {
		struct frame f = link_frame(i * 37 % 101 + 1, true);

		CHECK(told_put(&t, &f, &e) == TOLD_NEW);
	}
	for (size_t i = 1; i < t.count; i++)
		CHECK(told_compare(told_frame(t.entries[i - 1]), told_frame(t.entries[i])) < 0);
	{
		struct frame one_more = link_frame(500, true), known = link_frame(1, false);

		CHECK(told_put(&t, &one_more, &e) == TOLD_FULL && e == NULL && t.refused == 1);
		CHECK(told_put(&t, &known, &e) == TOLD_CHANGED);
	}
	told_free(&t);
}

static void compares_routes_by_their_key_and_hops_by_content(void)
{
	struct told t;
	struct told_entry *e;
	struct frame f = {.type = FRAME_ROUTE};

	told_init(&t, FRAME_ROUTE, 10);
	f.route.dst = (struct ip_address){.family = 4, .bytes = {10}};
	f.route.prefix_len = 8;
	f.route.hop_count = 2;
	f.route.hops[1].ifindex = 32;
	CHECK(told_put(&t, &f, &e) == TOLD_NEW);
	f.route.hops[5].ifindex = 1; /* beyond the count */
	CHECK(told_put(&t, &f, &e) == TOLD_SAME);
	f.route.hops[1].dead = true;
	CHECK(told_put(&t, &f, &e) == TOLD_CHANGED);
	f.route.hop_count = 1;
	CHECK(told_put(&t, &f, &e) == TOLD_CHANGED);
	f.route.metric = 100;
	CHECK(told_put(&t, &f, &e) == TOLD_NEW && t.count == 2);
	told_free(&t);
}

static void knows_disks_and_sessions_by_their_names(void)
{
	struct told t;
	struct told_entry *e;
	struct frame f = {.type = FRAME_DISK, .disk = {.disk = "sdb"}};

	told_init(&t, FRAME_DISK, 10);
	CHECK(told_put(&t, &f, &e) == TOLD_NEW);
	f.disk.major = 8;
	CHECK(told_put(&t, &f, &e) == TOLD_CHANGED && t.count == 1);
	strcpy(f.disk.disk, "sdba");
	CHECK(told_put(&t, &f, &e) == TOLD_NEW && t.count == 2);
	told_free(&t);

	f = (struct frame){.type = FRAME_SESSION, .session = {.session = "iscsi:session1"}};
	told_init(&t, FRAME_SESSION, 10);
	CHECK(told_put(&t, &f, &e) == TOLD_NEW);
	strcpy(f.session.disks[0], "sdb"); /* beyond the count */
	CHECK(told_put(&t, &f, &e) == TOLD_SAME);
	f.session.disk_count = 1;
	CHECK(told_put(&t, &f, &e) == TOLD_CHANGED);
	strcpy(f.session.session, "iscsi:session10");
	CHECK(told_put(&t, &f, &e) == TOLD_NEW && t.count == 2);
	told_free(&t);
}

int main(void)
{
	RUN(tells_new_from_changed_from_same);
	RUN(keeps_order_and_limit);
	RUN(compares_routes_by_their_key_and_hops_by_content);
	RUN(knows_disks_and_sessions_by_their_names);
	return check_done();
}
