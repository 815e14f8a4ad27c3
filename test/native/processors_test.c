/* SPDX-License-Identifier: Apache-2.0 */
/* /sys/devices/system and /proc/meminfo as Linux 6.1 has them. */
#include "check.h"
#include "tree.h"
#include "../../native/sources/processors_read.c"
#include "../../native/sources/sysfs.c"

#define CPU "/sys/devices/system/cpu/"
#define MEMORY "/sys/devices/system/memory/"

static void reads_processors(void)
{
	struct frame_processors f;
	char list[FRAME_CPU_LIST_MAX + 2];

	tree_begin();
	CHECK(processors_read(tree, &f) == -ENOENT);
	tree_file(CPU "present", "0-3\n");
	tree_file(CPU "online", "0,2-3\n");
	CHECK(!processors_read(tree, &f));
	CHECK_TEXT(f.lists, "0-3");
	CHECK_TEXT(frame_cpus_online(&f), "0,2-3");
	CHECK(!f.smt[0]);
	tree_file(CPU "smt/control", "forceoff\n");
	CHECK(!processors_read(tree, &f));
	CHECK_TEXT(f.smt, "forceoff");

	/* The longest that fits, and one that does not: a part of it would say that the rest is offline. */
	memset(list, '7', sizeof(list));
	list[FRAME_CPU_LIST_MAX - 2] = '\0';
	tree_file(CPU "online", list);
	CHECK(!processors_read(tree, &f) && strlen(frame_cpus_online(&f)) == FRAME_CPU_LIST_MAX - 2);
	list[FRAME_CPU_LIST_MAX - 2] = '7';
	list[FRAME_CPU_LIST_MAX] = '\0';
	tree_file(CPU "online", list);
	CHECK(processors_read(tree, &f) == -EOVERFLOW);
	tree_end();
}

static void reads_memory(void)
{
	struct frame_memory f = {0};

	tree_begin();
	CHECK(memory_read_amounts(tree, &f) == -ENOENT);
	tree_file("/proc/meminfo", "MemTotal:        1014500 kB\nMemFree:          123456 kB\n"
				   "HardwareCorrupted:     8 kB\nHugePages_Total:       0\n");
	CHECK(!memory_read_amounts(tree, &f));
	CHECK(f.total_bytes == 1014500ULL * 1024 && f.corrupted_bytes == 8192);
	/* A kernel that gives up no page does not count them. */
	tree_file("/proc/meminfo", "MemTotal:        1014500 kB\n");
	CHECK(!memory_read_amounts(tree, &f) && f.corrupted_bytes == 0);

	memory_read_blocks(tree, &f);
	CHECK(f.blocks == 0 && f.offline_blocks == 0);
	tree_file(MEMORY "block_size_bytes", "8000000\n");
	tree_file(MEMORY "memory0/state", "online\n");
	tree_file(MEMORY "memory7/state", "offline\n");
	tree_file(MEMORY "memory32/state", "going-offline\n");
	tree_file(MEMORY "memory_failure/state", "offline\n");
	memory_read_blocks(tree, &f);
	CHECK(f.blocks == 3 && f.offline_blocks == 1 && f.total_bytes);
	tree_end();
}

int main(void)
{
	RUN(reads_processors);
	RUN(reads_memory);
	return check_done();
}
