/* SPDX-License-Identifier: Apache-2.0 */
/* ext4's files as Linux 6.12 has them: after an error its mount still reads rw. */
#include "check.h"
#include "tree.h"
#include "../../native/sources/mount_ext4.c"
#include "../../native/sources/sysfs.c"

static struct mount_list list;

static void errors(const char *count, time_t last)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld\n", (long long)last);
	tree_file("/sys/fs/ext4/sda1/errors_count", count);
	tree_file("/sys/fs/ext4/sda1/last_error_time", text);
}

static void begin(const char *option)
{
	char text[64];

	tree_begin();
	tree_link("/sys/dev/block/8:1", "../../devices/pci0000:00/block/sda/sda1");
	snprintf(text, sizeof(text), "rw\nbarrier\nerrors=%s\ncommit=5\n", option);
	tree_file("/proc/fs/ext4/sda1/options", text);
	list.count = 1;
	list.found[0].mount = (struct frame_mount){.major = 8, .minor = 1, .filesystem = "ext4"};
}

static void end(void)
{
	ext4_stop();
	tree_end();
}

static bool is_read_only(bool flag)
{
	list.found[0].mount.super_read_only = flag;
	ext4_watch(tree, &list);
	return list.found[0].mount.super_read_only;
}

static void tells_of_an_error(void)
{
	begin("remount-ro");
	errors("2\n", 1);
	CHECK(!is_read_only(false) && !ext4_has_changed());
	errors("3\n", time(NULL));
	CHECK(ext4_has_changed());
	CHECK(is_read_only(false) && !ext4_has_changed());
	CHECK(is_read_only(false));

	/* It is mounted no more, and then again with what it has. */
	list.count = 0;
	ext4_watch(tree, &list);
	CHECK(!ext4_has_changed());
	list.count = 1;
	CHECK(!is_read_only(false));
	end();
}

static void knows_errors_of_before_the_start(void)
{
	begin("remount-ro");
	errors("2\n", time(NULL));
	CHECK(is_read_only(false));
	end();
	/* Of before the boot. */
	begin("remount-ro");
	errors("2\n", 1);
	CHECK(!is_read_only(false));
	end();
}

static void leaves_others_alone(void)
{
	begin("continue");
	errors("0\n", 0);
	CHECK(!is_read_only(false));
	errors("1\n", time(NULL));
	CHECK(!ext4_has_changed() && !is_read_only(false));
	end();

	begin("remount-ro");
	errors("0\n", 0);
	strcpy(list.found[0].mount.filesystem, "xfs");
	CHECK(!is_read_only(false));
	errors("1\n", time(NULL));
	CHECK(!ext4_has_changed());
	end();
}

/* Errors that are found while it is mounted read-only do not keep it from being written to later. */
static void forgives_errors_of_reading(void)
{
	begin("remount-ro");
	errors("0\n", 0);
	CHECK(is_read_only(true));
	errors("1\n", time(NULL));
	CHECK(is_read_only(true));
	CHECK(!is_read_only(false));
	errors("2\n", time(NULL));
	CHECK(is_read_only(false));
	end();
}

int main(void)
{
	RUN(tells_of_an_error);
	RUN(knows_errors_of_before_the_start);
	RUN(leaves_others_alone);
	RUN(forgives_errors_of_reading);
	return check_done();
}
