/* SPDX-License-Identifier: Apache-2.0 */
/* /sys/class/power_supply and /sys/class/watchdog as Linux 6.1 has them. */
#include "check.h"
#include "tree.h"
#include "../../native/sources/supply_read.c"
#include "../../native/sources/sysfs.c"

static void reads_supplies(void)
{
	struct frame_power_supply f;

	tree_begin();
	tree_file("/sys/class/power_supply/AC/type", "Mains\n");
	tree_file("/sys/class/power_supply/AC/online", "0\n");
	tree_file("/sys/class/power_supply/BAT0/type", "Battery\n");
	tree_file("/sys/class/power_supply/BAT0/status", "Discharging\n");
	tree_file("/sys/class/power_supply/BAT0/health", "Dead\n");
	tree_file("/sys/class/power_supply/BAT0/model_name", "DELL 7VTMN  \n");
	tree_file("/sys/class/power_supply/BAT0/serial_number", "  \n");
	CHECK(supply_read(tree, "AC", &f));
	CHECK_TEXT(f.kind, "Mains");
	CHECK(f.has_online && !f.online && !f.health[0] && !f.model[0]);
	tree_file("/sys/class/power_supply/AC/online", "2\n");
	CHECK(supply_read(tree, "AC", &f) && f.online);
	CHECK(supply_read(tree, "BAT0", &f) && !f.has_online);
	CHECK_TEXT(f.status, "Discharging");
	CHECK_TEXT(f.health, "Dead");
	CHECK_TEXT(f.model, "DELL 7VTMN");
	CHECK_TEXT(f.serial, "");
	CHECK(!supply_read(tree, "UPS", &f));
	tree_end();
}

static void reads_watchdogs(void)
{
	struct frame_watchdog f;

	tree_begin();
	tree_file("/sys/class/watchdog/watchdog0/identity", "i6300ESB timer\n");
	tree_file("/sys/class/watchdog/watchdog0/state", "active\n");
	tree_file("/sys/class/watchdog/watchdog0/bootstatus", "32\n");
	tree_file("/sys/class/watchdog/watchdog0/timeout", "30\n");
	tree_file("/sys/class/watchdog/watchdog1/dev", "10:130\n");
	CHECK(watchdog_read(tree, "watchdog0", &f));
	CHECK_TEXT(f.watchdog, "watchdog0");
	CHECK_TEXT(f.identity, "i6300ESB timer");
	CHECK(f.active && f.boot_status == 0x20 && f.timeout_s == 30);
	tree_file("/sys/class/watchdog/watchdog0/state", "inactive\n");
	CHECK(watchdog_read(tree, "watchdog0", &f) && !f.active);
	/* A kernel without files about it. */
	CHECK(!watchdog_read(tree, "watchdog1", &f));
	tree_end();
}

int main(void)
{
	RUN(reads_supplies);
	RUN(reads_watchdogs);
	return check_done();
}
