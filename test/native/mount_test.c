/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of mountinfo as Linux writes them. */
#include <fcntl.h>
#include "check.h"
#include "tree.h"
#include "../../native/sources/mount_read.c"
#include "../../native/sources/mountinfo.c"
#include "../../native/sources/option_list.c"

static struct mount_list list;

static void mounts(const char *text)
{
	int fd;

	tree_begin();
	tree_file("/mountinfo", text);
	fd = open(tree_path("/mountinfo"), O_RDONLY);
	mount_read(fd, &list);
	close(fd);
	tree_end();
}

static const struct frame_mount *find(const char *point)
{
	static const struct frame_mount none;

	for (size_t i = 0; i < list.count; i++)
		if (!strcmp(list.found[i].mount.point, point))
			return &list.found[i].mount;
	return &none;
}

#define ROOT "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro\n"

static void tells_what_can_be_written_to(void)
{
	mounts(ROOT "23 22 8:1 / /a rw,noatime shared:2 master:1 - ext4 /dev/sda1 ro,errors=remount-ro\n"
		    "24 22 253:0 / /b ro,relatime - xfs /dev/mapper/vg-b ro,attr2\n"
		    "25 22 8:2 / /c rw - ext4 /dev/sdb1 rw,emergency_ro\n"
		    "26 22 8:3 / /d ro - ext4 /dev/sdc1 rw\n"
		    "27 22 8:4 / /e rw - ext4 /dev/sdd1 rw,errors=ro,root,shutdown_not\n");
	CHECK(list.complete && list.count == 6);
	CHECK(!find("/")->read_only && !find("/")->super_read_only);
	CHECK(!find("/a")->read_only && find("/a")->super_read_only);
	CHECK(find("/b")->read_only && find("/b")->super_read_only);
	CHECK(!find("/c")->read_only && find("/c")->super_read_only);
	CHECK(find("/d")->read_only && !find("/d")->super_read_only);
	CHECK(!find("/e")->read_only && !find("/e")->super_read_only);
	CHECK_TEXT(find("/a")->source, "sda1");
	CHECK_TEXT(find("/a")->filesystem, "ext4");
	CHECK(find("/a")->major == 8 && find("/a")->minor == 1);
	CHECK_TEXT(find("/b")->source, "/dev/mapper/vg-b");
}

static void knows_which_are_meant(void)
{
	mounts(
	    "22 1 0:30 / / rw - overlay overlay rw\n23 22 0:5 / /dev rw - devtmpfs udev rw\n"
	    "24 22 7:3 / /snap/core/1 ro - squashfs /dev/loop3 ro\n25 22 7:4 / /l rw - ext4 /dev/loop4 rw\n"
	    "26 22 0:41 /@home /home rw - btrfs /dev/nvme0n1p2 rw\n"
	    "27 22 0:50 / /n rw - nfs4 10.0.0.1:/ex\\040port rw,addr=10.0.0.1\n"
	    "28 22 0:51 / /g rw - fuse.glusterfs g1:/vol rw\n29 22 0:52 / /p rw - fuse.sshfs h:/ rw\n"
	    "30 22 11:0 / /cd ro - iso9660 /dev/sr0 ro\n31 22 0:53 / /z rw - zfs tank/z rw\n");
	CHECK(list.count == 5 && list.complete);
	CHECK_TEXT(find("/l")->source, "loop4");
	CHECK_TEXT(find("/home")->source, "nvme0n1p2");
	CHECK_TEXT(find("/n")->source, "10.0.0.1:/ex port");
	CHECK(find("/g")->point[0] && find("/z")->point[0]);
}

static void names_each_file_system_once(void)
{
	mounts("40 22 8:1 /vol /var/pods/1/vol rw - ext4 /dev/sda1 rw\n" ROOT
	       "41 22 254:0 /etc/x /ctr/etc ro - ext4 /dev/vda rw\n"
	       "42 22 8:1 / /data rw - ext4 /dev/sda1 rw\n43 22 8:1 / /again ro - ext4 /dev/sda1 rw\n"
	       "44 22 8:2 / /over rw - ext4 /dev/sdb rw\n45 44 8:3 / /over rw - xfs /dev/sdc rw\n");
	CHECK(list.count == 3);
	CHECK(find("/")->major == 254 && !find("/")->read_only);
	CHECK(find("/data")->major == 8 && !find("/data")->read_only);
	/* What is mounted over another one hides it. */
	CHECK_TEXT(find("/over")->source, "sdc");

	/* A file system that was known by a part of it, now whole over another one: it is once, and so is the
	 * place. */
	mounts("40 22 8:1 /vol /x rw - ext4 /dev/sda1 rw\n41 22 8:2 / /y rw - ext4 /dev/sdb1 rw\n"
	       "42 22 8:1 / /y rw - ext4 /dev/sda1 rw\n");
	CHECK(list.count == 1 && find("/y")->minor == 1);
	mounts("41 22 8:2 / /y rw - ext4 /dev/sdb1 rw\n40 22 8:1 /vol /x rw - ext4 /dev/sda1 rw\n"
	       "42 22 8:1 / /y rw - ext4 /dev/sda1 rw\n");
	CHECK(list.count == 1 && find("/y")->minor == 1);
}

static void reads_names_as_they_are(void)
{
	char line[1024], point[600];

	mounts("23 22 8:1 / /a\\040-\\040b\\134\\011\\043 rw - ext4 /dev/sda1 rw\n"
	       "24 22 8:2 / /c\\400\\08 rw - ext4 /dev/sdb1 rw\n");
	CHECK(find("/a - b\\\t#")->minor == 1);
	CHECK(find("/c\\400\\08")->minor == 2);

	memset(point, 'p', sizeof(point));
	point[0] = '/';
	point[sizeof(point) - 1] = '\0';
	snprintf(line, sizeof(line), "23 22 8:1 / %s rw - ext4 /dev/sda1 rw\n", point);
	mounts(line);
	CHECK(list.count == 1 && strlen(list.found[0].mount.point) == FRAME_TEXT_MAX - 1);
}

static void takes_no_nonsense(void)
{
	mounts("\n - \n1 2\n1 2 3 - ext4 x rw\n23 22 8 / /a rw - ext4 /dev/sda1 rw\n"
	       "23 22 8:1 / /a - ext4 /dev/sda1 rw\n23 22 8:1 / /b rw - ext4 /dev/sda1\n"
	       "23 22 8:1 / /c rw - ext4  rw\n");
	CHECK(list.count == 1 && list.complete);
	CHECK_TEXT(find("/c")->source, "");
	mount_read(-1, &list);
	CHECK(!list.complete && list.count == 0);
}

static void has_an_end(void)
{
	static char text[(MOUNTS_MAX + 1) * 64];
	char *at = text;

	for (unsigned int i = 0; i <= MOUNTS_MAX; i++) {
		if (i == MOUNTS_MAX) {
			mounts(text);
			CHECK(list.complete && list.count == MOUNTS_MAX);
		}
		at += sprintf(at, "23 22 8:%u / /m%u rw - ext4 /dev/sda%u rw\n", i, i, i);
	}
	mounts(text);
	CHECK(!list.complete && list.count == MOUNTS_MAX);
}

static void tells_texts_apart(void)
{
	uint64_t before;
	int fd;

	tree_begin();
	tree_file("/mountinfo", ROOT);
	fd = open(tree_path("/mountinfo"), O_RDWR);
	before = mountinfo_hash(fd);
	CHECK(before && mountinfo_hash(fd) == before);
	CHECK(pwrite(fd, "o", 1, (off_t)strlen(ROOT) - 21) == 1);
	CHECK(mountinfo_hash(fd) != before);
	CHECK(mountinfo_hash(-1) == 0);
	close(fd);
	tree_end();
}

int main(void)
{
	RUN(tells_what_can_be_written_to);
	RUN(knows_which_are_meant);
	RUN(names_each_file_system_once);
	RUN(reads_names_as_they_are);
	RUN(takes_no_nonsense);
	RUN(has_an_end);
	RUN(tells_texts_apart);
	return check_done();
}
