/* SPDX-License-Identifier: Apache-2.0 */
/* /sys/block as Linux 6.1 and 6.12 have it with open-iscsi, nvme-tcp and dm-multipath. */
#include "check.h"
#include "tree.h"
#include "../../native/sources/disk_read.c"
#include "../../native/sources/mountinfo.c"
#include "../../native/sources/nvme_name.c"
#include "../../native/sources/option_list.c"
#include "../../native/sources/pci_name.c"
#include "../../native/sources/session_parse.c"
#include "../../native/sources/sysfs.c"

static struct disk_list list;

/* A device is a link to a folder in /sys/devices. */
static void device(const char *at, const char *dev)
{
	char name[256], target[256];

	snprintf(name, sizeof(name), "/sys/block%s", strrchr(at, '/'));
	snprintf(target, sizeof(target), "..%s", at);
	tree_link(name, target);
	snprintf(name, sizeof(name), "/sys%s/holders/", at);
	tree_path(name);
	if (dev[0]) {
		snprintf(name, sizeof(name), "/sys%s/dev", at);
		tree_file(name, dev);
	}
}

static void multipath_map(const char *name, const char *uuid)
{
	char at[128];

	snprintf(at, sizeof(at), "/devices/virtual/block/%s", name);
	device(at, "252:0\n");
	snprintf(at, sizeof(at), "/sys/devices/virtual/block/%s/dm/uuid", name);
	tree_file(at, uuid);
}

static const struct frame_disk *find(const char *name)
{
	for (size_t i = 0; i < list.count; i++)
		if (!strcmp(list.disks[i].disk, name))
			return &list.disks[i];
	return NULL;
}

static bool is(const char *name, enum disk_kind kind, const char *session, const char *map)
{
	const struct frame_disk *d = find(name);

	return d && d->kind == kind && !strcmp(d->session, session) && !strcmp(d->map, map);
}

#define SESSION(n) "/devices/platform/host" n "/session" n "/target" n ":0:0/" n ":0:0:1/block/"

static void knows_disks_of_iscsi_and_their_map(void)
{
	tree_begin();
	device(SESSION("2") "sda", "8:0\n");
	device(SESSION("3") "sdb", "8:16\n");
	device("/devices/pseudo_0/adapter0/host0/target0:0:0/0:0:0:0/block/sdc", "8:32\n");
	multipath_map("dm-0", "mpath-36001405\n");
	multipath_map("dm-1", "LVM-abcdef\n");
	tree_link("/sys" SESSION("2") "sda/holders/dm-0", "../x");
	tree_link("/sys" SESSION("3") "sdb/holders/dm-0", "../x");
	tree_link("/sys/devices/pseudo_0/adapter0/host0/target0:0:0/0:0:0:0/block/sdc/holders/dm-1", "../x");
	disk_read(tree, &list);
	CHECK(list.complete && list.count == 4);
	CHECK(is("sda", DISK_ISCSI, "iscsi:session2", "dm-0"));
	CHECK(is("sdb", DISK_ISCSI, "iscsi:session3", "dm-0"));
	CHECK(is("sdc", DISK_LOCAL, "", ""));
	CHECK(is("dm-0", DISK_DM_MULTIPATH, "", ""));
	CHECK(find("sdb")->major == 8 && find("sdb")->minor == 16);
	CHECK(!find("dm-1"));
	tree_end();
}

static void knows_native_multipath_of_nvme(void)
{
	tree_begin();
	tree_file("/sys/class/nvme/nvme0/transport", "tcp\n");
	tree_file("/sys/class/nvme/nvme1/transport", "tcp\n");
	device("/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "259:1\n");
	device("/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1", "");
	device("/devices/virtual/nvme-fabrics/ctl/nvme1/nvme0c1n1", "");
	device("/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n12", "259:2\n");
	disk_read(tree, &list);
	CHECK(list.count == 4);
	CHECK(is("nvme0n1", DISK_NVME_MULTIPATH, "", ""));
	CHECK(is("nvme0c0n1", DISK_NVME_TCP, "nvme:nvme0", "nvme0n1"));
	CHECK(is("nvme0c1n1", DISK_NVME_TCP, "nvme:nvme1", "nvme0n1"));
	CHECK(find("nvme0c1n1")->major == 0);
	/* All its paths are gone, and it is still there: it waits for them. */
	CHECK(is("nvme0n12", DISK_NVME_MULTIPATH, "", ""));

	/* With one path left it is one no less. */
	tree_remove("/sys/block/nvme0c1n1");
	disk_read(tree, &list);
	CHECK(is("nvme0n1", DISK_NVME_MULTIPATH, "", "") && !find("nvme0c1n1"));
	tree_end();
}

static void holder(const char *at, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys%s/holders/%s/", at, name);
	tree_path(path);
}

static void knows_what_is_made_of_a_disk_and_its_partitions(void)
{
	static const char sda[] = "/devices/pci0000:00/0000:00:1f.2/host2/target2:0:0/2:0:0:3/block/sda";
	const struct frame_disk *d;
	char part[256], name[8];

	tree_begin();
	device(sda, "8:0\n");
	device("/devices/pci0000:00/0000:00:03.0/virtio1/block/vda", "254:0\n");
	snprintf(part, sizeof(part), "%s/sda2", sda);
	holder(part, "md0");
	holder(part, "dm-7");
	holder(sda, "dm-7");
	disk_read(tree, &list);
	d = find("sda");
	CHECK(d && !strcmp(d->scsi, "2:0:0:3") && d->holder_count == 2);
	CHECK(!strcmp(d->holders[0], "dm-7") && !strcmp(d->holders[1], "md0"));
	d = find("vda");
	CHECK(d && !d->scsi[0] && !d->holder_count);
	for (int i = 19; i >= 10; i--) {
		snprintf(name, sizeof(name), "dm-%d", i);
		holder(sda, name);
	}
	disk_read(tree, &list);
	d = find("sda");
	CHECK(d && d->holder_count == FRAME_HOLDERS_MAX && !strcmp(d->holders[0], "dm-10"));
	CHECK(!strcmp(d->holders[FRAME_HOLDERS_MAX - 1], "dm-17"));
	tree_end();
}

static bool is_behind(const char *name, const char *pci)
{
	const struct frame_disk *d = find(name);

	return d && !strcmp(d->pci, pci);
}

static void knows_the_function_that_a_disk_is_behind(void)
{
	tree_begin();
	tree_file("/sys/class/nvme/nvme0/transport", "pcie\n");
	tree_file("/sys/class/nvme/nvme1/transport", "pcie\n");
	tree_file("/sys/class/nvme/nvme2/transport", "pcie\n");
	device("/devices/pci0000:00/0000:00:01.0/0000:01:00.0/nvme/nvme0/nvme0n1", "259:0\n");
	device("/devices/pci0000:00/0000:00:03.0/virtio1/block/vda", "254:0\n");
	device("/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda", "8:0\n");
	device(SESSION("3") "sdb", "8:16\n");
	/* Of two controllers, and of one that could have another port. */
	device("/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n1", "259:1\n");
	device("/devices/pci0000:00/0000:00:04.0/nvme/nvme1/nvme1c1n1", "");
	device("/devices/pci0000:00/0000:00:05.0/nvme/nvme2/nvme1c2n1", "");
	device("/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n2", "259:2\n");
	device("/devices/pci0000:00/0000:00:05.0/nvme/nvme2/nvme1c2n2", "");
	disk_read(tree, &list);
	CHECK(is_behind("nvme0n1", "0000:01:00.0") && is_behind("vda", "0000:00:03.0"));
	CHECK(is_behind("sda", "0000:00:1f.2") && is_behind("sdb", ""));
	CHECK(is_behind("nvme1n1", "") && is_behind("nvme1c1n1", "0000:00:04.0"));
	CHECK(is_behind("nvme1c2n1", "0000:00:05.0") && is_behind("nvme1n2", "0000:00:05.0"));
	tree_end();
}

static void tells_local_nvme_from_multipath(void)
{
	tree_begin();
	tree_file("/sys/class/nvme/nvme0/transport", "pcie\n");
	tree_file("/sys/class/nvme/nvme1/transport", "pcie\n");
	tree_file("/sys/class/nvme/nvme2/transport", "tcp\n");
	tree_file("/sys/class/nvme/nvme3/transport", "rdma\n");
	device("/devices/pci0000:00/0000:00:03.0/nvme/nvme0/nvme0n1", "259:0\n");
	device("/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n1", "259:1\n");
	device("/devices/pci0000:00/0000:00:04.0/nvme/nvme1/nvme1c1n1", "");
	device("/devices/virtual/nvme-fabrics/ctl/nvme2/nvme2n1", "259:2\n");
	device("/devices/virtual/nvme-fabrics/ctl/nvme3/nvme3n1", "259:3\n");
	disk_read(tree, &list);
	CHECK(is("nvme0n1", DISK_LOCAL, "", ""));
	/* One port of a local controller that could have two. */
	CHECK(is("nvme1n1", DISK_LOCAL, "", "") && is("nvme1c1n1", DISK_LOCAL, "", ""));
	CHECK(is("nvme2n1", DISK_NVME_TCP, "nvme:nvme2", ""));
	CHECK(!find("nvme3n1"));
	tree_end();
}

static void knows_devices_of_the_network(void)
{
	tree_begin();
	for (size_t i = 0; i < 2; i++) {
		device(i ? "/devices/virtual/block/nbd1" : "/devices/virtual/block/nbd0", "43:0\n");
		device(i ? "/devices/virtual/block/loop1" : "/devices/virtual/block/loop0", "7:0\n");
	}
	tree_file("/sys/devices/virtual/block/nbd1/pid", "17\n");
	device("/devices/virtual/block/drbd0", "147:0\n");
	device("/devices/virtual/block/drbd1", "147:1\n");
	device("/devices/rbd/0/block/rbd0", "251:0\n");
	device("/devices/pci0000:00/0000:00:02.0/virtio1/block/vda", "254:0\n");
	tree_file("/proc/drbd", "version: 8.4.11\n 0: cs:Connected ro:Primary/Secondary\n");
	disk_read(tree, &list);
	CHECK(list.count == 5);
	CHECK(is("nbd1", DISK_NBD, "nbd:nbd1", ""));
	CHECK(is("drbd0", DISK_DRBD, "drbd:drbd0", ""));
	CHECK(is("drbd1", DISK_DRBD, "", ""));
	CHECK(is("rbd0", DISK_RBD, "", ""));
	CHECK(is("vda", DISK_LOCAL, "", ""));
	tree_end();
}

static void does_not_take_a_part_for_the_whole(void)
{
	char name[64];

	tree_begin();
	disk_read(tree, &list);
	CHECK(!list.complete && !list.count);
	for (unsigned int i = 0; i < BLOCK_DISKS_MAX; i++) {
		snprintf(name, sizeof(name), "/sys/block/rbd%u/dev", i);
		tree_file(name, "251:0\n");
	}
	disk_read(tree, &list);
	CHECK(list.complete && list.count == BLOCK_DISKS_MAX);
	tree_file("/sys/block/rbd9999/dev", "251:0\n");
	disk_read(tree, &list);
	CHECK(!list.complete && list.count == BLOCK_DISKS_MAX);
	tree_end();
}

int main(void)
{
	RUN(knows_disks_of_iscsi_and_their_map);
	RUN(knows_native_multipath_of_nvme);
	RUN(knows_the_function_that_a_disk_is_behind);
	RUN(knows_what_is_made_of_a_disk_and_its_partitions);
	RUN(tells_local_nvme_from_multipath);
	RUN(knows_devices_of_the_network);
	RUN(does_not_take_a_part_for_the_whole);
	return check_done();
}
