/* SPDX-License-Identifier: Apache-2.0 */
/* /sys/block/md* as Linux 6.1 has it. */
#include "check.h"
#include "tree.h"
#include "../../native/sources/md_read.c"
#include "../../native/sources/sysfs.c"

static struct frame_md f;
static bool all;

static void put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/block/md0/md/%s", name);
	tree_file(path, text);
}

static void member(const char *disk, const char *slot, const char *state)
{
	char name[64];

	snprintf(name, sizeof(name), "dev-%s/slot", disk);
	put(name, slot);
	snprintf(name, sizeof(name), "dev-%s/state", disk);
	put(name, state);
}

static void array(void)
{
	tree_begin();
	put("level", "raid1\n");
	put("array_state", "clean\n");
	put("raid_disks", "2\n");
	put("degraded", "1\n");
	put("sync_action", "recover\n");
	member("sdb", "none\n", "faulty,blocked\n");
	member("sdc", "0\n", "in_sync,write_mostly\n");
	member("sda", "1\n", "spare\n");
}

static void reads_an_array(void)
{
	array();
	CHECK(md_read(tree, "md0", &f, &all) && all);
	CHECK_TEXT(f.array, "md0");
	CHECK_TEXT(f.level, "raid1");
	CHECK_TEXT(f.state, "clean");
	CHECK_TEXT(f.action, "recover");
	CHECK(f.raid_disks == 2 && f.degraded == 1 && f.member_count == 3);
	/* In the order of their slots, so that the same is the same; spares at the end. */
	CHECK_TEXT(f.members[0].disk, "sdc");
	CHECK_TEXT(f.members[0].state, "in_sync,write_mostly");
	CHECK(f.members[0].slot == 0 && f.members[1].slot == 1 && f.members[2].slot == FRAME_SPARE);
	CHECK_TEXT(f.members[2].disk, "sdb");
	CHECK_TEXT(f.members[2].state, "faulty");

	put("raid_disks", "4 (3)\n");
	CHECK(md_read(tree, "md0", &f, &all) && f.raid_disks == 4);
	tree_end();
}

static void leaves_out_blocked_alone(void)
{
	static const char *const states[][2] = {{"blocked,spare", "spare"},
						{"in_sync,blocked,write_error", "in_sync,write_error"},
						{"in_sync,blocked_thing", "in_sync,blocked_thing"}};
	char state[64];

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		strcpy(state, states[i][0]);
		leave_out_blocked(state);
		CHECK_TEXT(state, states[i][1]);
	}
}

static void has_no_redundancy(void)
{
	tree_begin();
	put("level", "raid0\n");
	put("array_state", "active\n");
	put("raid_disks", "2\n");
	CHECK(md_read(tree, "md0", &f, &all));
	CHECK(f.degraded == 0);
	CHECK_TEXT(f.action, "idle");
	tree_end();
}

static void takes_none_for_an_array(void)
{
	array();
	put("array_state", "clear\n");
	CHECK(!md_read(tree, "md0", &f, &all));
	CHECK(!md_read(tree, "md1", &f, &all));
	CHECK(!md_read(tree, "sda", &f, &all));
	tree_end();
}

static void cuts_members(void)
{
	char name[16], slot[16];

	array();
	for (unsigned int i = 3; i <= FRAME_MEMBERS_MAX; i++) {
		snprintf(name, sizeof(name), "sdz%u", i);
		snprintf(slot, sizeof(slot), "%u\n", i);
		member(name, slot, "in_sync\n");
		CHECK(md_read(tree, "md0", &f, &all));
		CHECK(all == (i < FRAME_MEMBERS_MAX));
	}
	CHECK(f.member_count == FRAME_MEMBERS_MAX);
	tree_end();
}

static void knows_that_it_runs(void)
{
	CHECK(md_both_run("clean", "active") && md_both_run("active-idle", "write-pending"));
	CHECK(!md_both_run("clean", "readonly") && !md_both_run("inactive", "active"));
	CHECK(!md_both_run("broken", "clean") && !md_both_run("read-auto", "clean"));
}

int main(void)
{
	RUN(reads_an_array);
	RUN(leaves_out_blocked_alone);
	RUN(has_no_redundancy);
	RUN(takes_none_for_an_array);
	RUN(cuts_members);
	RUN(knows_that_it_runs);
	return check_done();
}
