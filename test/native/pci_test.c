/* SPDX-License-Identifier: Apache-2.0 */
/* /sys/bus/pci as Linux 6.1 has it. */
#include "check.h"
#include "tree.h"
#include "../../native/sources/pci_name.c"
#include "../../native/sources/pci_read.c"
#include "../../native/sources/sysfs.c"

static struct pci_slots slots;
static struct frame_pci_device f;

static void file(const char *at, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys%s/%s", at, name);
	tree_file(path, text);
}

/* A function is a folder below its port's, and a link to that. */
static void function(const char *at)
{
	char name[256], target[256];

	snprintf(name, sizeof(name), "/sys/bus/pci/devices%s", strrchr(at, '/'));
	snprintf(target, sizeof(target), "../../..%s", at);
	file(at, "class", "0x010802\n");
	file(at, "vendor", "0x144d\n");
	file(at, "device", "0xa824\n");
	tree_link(name, target);
}

static void link_files(const char *at, const char *speed, const char *width, const char *max_width)
{
	file(at, "current_link_speed", speed);
	file(at, "current_link_width", width);
	file(at, "max_link_speed", "8.0 GT/s PCIe\n");
	file(at, "max_link_width", max_width);
}

static void knows_names(void)
{
	static const char *const good[] = {"0000:03:00.0", "10000:e1:1f.7", "deadbeef:00:00.0/net/eth0"};
	static const char *const bad[] = {"",
					  "000:03:00.0",
					  "0000:03:00",
					  "0000:03:00.8",
					  "0000:03:00.0x",
					  "0000:3:00.0",
					  "123456789:00:00.0",
					  "pci0000:00",
					  "0000:03:00.",
					  "0000:03:000.0"};
	char name[FRAME_PCI_MAX];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(pci_is_name(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!pci_is_name(bad[i]));
	CHECK(pci_above("../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/nvme/nvme0", name));
	CHECK_TEXT(name, "0000:01:00.0");
	/* Its own name is not above it. */
	CHECK(pci_above("/devices/pci0000:00/0000:00:01.0/0000:01:00.0", name));
	CHECK_TEXT(name, "0000:00:01.0");
	CHECK(!pci_above("/devices/pci0000:00/0000:00:01.0", name) && !name[0]);
	CHECK(pci_above("/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0", name));
	CHECK_TEXT(name, "0000:00:0e.0");
}

#define PORT "/devices/pci0000:00/0000:00:01.0"

static void reads_a_function(void)
{
	tree_begin();
	function(PORT);
	function(PORT "/0000:01:00.0");
	link_files(PORT "/0000:01:00.0", "5.0 GT/s PCIe\n", "2\n", "4\n");
	tree_link("/sys" PORT "/0000:01:00.0/driver", "../../../../bus/pci/drivers/nvme");
	tree_file("/sys/bus/pci/slots/7/address", "0000:01:00\n");
	tree_file("/sys/bus/pci/slots/7-2/address", "0000:01:0\n");
	pci_read_slots(tree, &slots);
	CHECK(slots.count == 2);
	CHECK(pci_read(tree, "0000:01:00.0", &slots, &f));
	CHECK_TEXT(f.device, "0000:01:00.0");
	CHECK_TEXT(f.parent, "0000:00:01.0");
	CHECK(f.class == 0x010802 && f.vendor == 0x144d && f.product == 0xa824);
	CHECK_TEXT(f.driver, "nvme");
	CHECK_TEXT(f.slot, "7");
	CHECK_TEXT(f.link_speed, "5.0 GT/s PCIe");
	CHECK_TEXT(f.max_link_speed, "8.0 GT/s PCIe");
	CHECK(f.link_width == 2 && f.max_link_width == 4 && !f.physical[0]);

	/* On the root bus, without a driver, no PCI Express. */
	CHECK(pci_read(tree, "0000:00:01.0", &slots, &f));
	CHECK(!f.parent[0] && !f.driver[0] && !f.slot[0] && !f.link_speed[0]);
	CHECK(f.link_width == FRAME_NO_COUNT && f.max_link_width == FRAME_NO_COUNT);
	CHECK(!pci_read(tree, "0000:02:00.0", &slots, &f));
	CHECK(!pci_read(tree, "../../../..", &slots, &f));
	tree_end();
}

static void knows_virtual_functions(void)
{
	tree_begin();
	function(PORT "/0000:01:00.0");
	function(PORT "/0000:01:02.0");
	tree_link("/sys" PORT "/0000:01:02.0/physfn", "../0000:01:00.0");
	CHECK(!pci_is_virtual(tree, "0000:01:00.0") && pci_is_virtual(tree, "0000:01:02.0"));
	CHECK(pci_read(tree, "0000:01:02.0", &slots, &f));
	CHECK_TEXT(f.physical, "0000:01:00.0");
	tree_end();
}

static void says_nothing_of_a_link_that_is_none(void)
{
	tree_begin();
	slots.count = 0;
	/* Integrated into the root complex. */
	function(PORT);
	link_files(PORT, "Unknown\n", "0\n", "255\n");
	CHECK(pci_read(tree, "0000:00:01.0", &slots, &f));
	CHECK(f.link_width == FRAME_NO_COUNT && f.max_link_width == FRAME_NO_COUNT && !f.max_link_speed[0]);
	/* A port with nothing behind it. */
	tree_remove("/sys");
	function(PORT);
	link_files(PORT, "Unknown speed\n", "0\n", "4\n");
	CHECK(pci_read(tree, "0000:00:01.0", &slots, &f));
	CHECK(f.link_width == 0 && f.max_link_width == 4 && !f.link_speed[0] && f.max_link_speed[0]);
	/* Asleep: what is read of it is all ones. */
	tree_remove("/sys");
	function(PORT);
	link_files(PORT, "Unknown\n", "63\n", "4\n");
	file(PORT, "power/runtime_status", "suspended\n");
	CHECK(pci_read(tree, "0000:00:01.0", &slots, &f));
	CHECK(f.link_width == FRAME_NO_COUNT && f.max_link_width == FRAME_NO_COUNT && !f.max_link_speed[0]);
	tree_end();
}

static void finds_the_slot_of_a_bus(void)
{
	char path[64], address[16];

	tree_begin();
	function(PORT "/0000:01:05.0");
	for (unsigned int i = 0; i < PCI_SLOTS_MAX + 1; i++) {
		snprintf(path, sizeof(path), "/sys/bus/pci/slots/%u/address", i);
		snprintf(address, sizeof(address), "00%02x:01\n", i ? 0x10 + i % 0xe0 : 0);
		tree_file(path, address);
	}
	pci_read_slots(tree, &slots);
	CHECK(slots.count == PCI_SLOTS_MAX);
	strcpy(slots.slots[0].address, "0000:01");
	CHECK(pci_read(tree, "0000:01:05.0", &slots, &f));
	CHECK_TEXT(f.slot, slots.slots[0].name);
	tree_end();
}

int main(void)
{
	RUN(knows_names);
	RUN(reads_a_function);
	RUN(knows_virtual_functions);
	RUN(says_nothing_of_a_link_that_is_none);
	RUN(finds_the_slot_of_a_bus);
	return check_done();
}
