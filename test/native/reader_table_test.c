/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed table, and that nothing else gets into an argument vector. */
#include "check.h"
#include "tree.h"
#include "../../native/json.c"
#include "../../native/reader_subjects.c"
#include "../../native/reader_sysfs.c"
#include "../../native/reader_table.c"

/* In children, which are not started here. */
int reader_dmi(int out, const char *root, const char *subject)
{
	(void)out, (void)root, (void)subject;
	return 1;
}
int reader_hwmon(int out, const char *root, const char *subject)
{
	return reader_dmi(out, root, subject);
}
int reader_edac(int out, const char *root, const char *subject)
{
	return reader_dmi(out, root, subject);
}
int reader_sel_peek(int out, const char *root, const char *subject)
{
	return reader_dmi(out, root, subject);
}

static char named[512];

static void note(void *data, const char *subject)
{
	(void)data;
	snprintf(named + strlen(named), sizeof(named) - strlen(named), "%s ", subject);
}

static const char *subjects(enum reader_subjects on)
{
	named[0] = '\0';
	reader_each_subject(on, tree, note, NULL);
	return named;
}

static void a_row_is_whole(void)
{
	for (size_t i = 0; i < reader_tool_count; i++) {
		const struct reader_tool *tool = &reader_tools[i];

		CHECK(reader_tool_find(tool->name) == tool);
		CHECK(!tool->program == !!tool->read);
		CHECK(tool->interval_ms >= 1000 && tool->deadline_ms >= 1000);
		CHECK(!tool->args[READER_ARGS_MAX - 1]);
		/* Our own code needs none, and the tools no more than these. */
		CHECK(!(tool->caps & ~(CAP(SYS_ADMIN) | CAP(SYS_RAWIO))) && (tool->program || !tool->caps));
	}
	CHECK(!reader_tool_find("sh"));
}

static const char *vector(const char *tool, const char *subject)
{
	static char text[512];
	const char *argv[READER_ARGS_MAX + 2];
	char device[READER_PATH_MAX];

	text[0] = '\0';
	if (reader_argv(reader_tool_find(tool), "/x", subject, argv, device))
		return "refused";
	for (size_t i = 0; argv[i]; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", argv[i]);
	return text;
}

static void a_vector_takes_the_name_of_a_device_alone(void)
{
	static const char *const foreign[] = {
	    "",	     "../sda", "sda/1", "/dev/sda",  "sda b", "-x",    ".",
	    "sda\n", "sda;id", "$(id)", "s\xc3\xa4", "*",     "sda,1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

	CHECK_TEXT(vector("smartctl", "sda"), "/x --json=c -n standby,3 -i -H -A -l error /dev/sda");
	CHECK_TEXT(vector("nvme-smart-log", "nvme0"), "/x smart-log -o json /dev/nvme0");
	CHECK_TEXT(vector("ipmi-fru", "bmc"), "/x fru print");
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		CHECK_TEXT(vector("smartctl", foreign[i]), "refused");
}

static void disks_of_this_host_are_found(void)
{
	tree_file("/sys/devices/ata1/sda/device/type", "0\n");
	tree_file("/sys/devices/ata2/sr0/device/type", "5\n");
	tree_file("/sys/devices/host3/session1/sdb/device/type", "0\n");
	tree_file("/sys/devices/rport-1:0-2/sdc/device/type", "0\n");
	tree_file("/sys/devices/virtual/loop0/size", "1\n");
	tree_file("/sys/devices/virtio1/vda/device/vendor", "0x1af4\n");
	tree_file("/sys/devices/smr/sdd/device/type", "20\n");
	tree_link("/sys/block/sda", "../devices/ata1/sda");
	tree_link("/sys/block/sr0", "../devices/ata2/sr0");
	tree_link("/sys/block/sdb", "../devices/host3/session1/sdb");
	tree_link("/sys/block/sdc", "../devices/rport-1:0-2/sdc");
	tree_link("/sys/block/sdd", "../devices/smr/sdd");
	tree_link("/sys/block/loop0", "../devices/virtual/loop0");
	tree_link("/sys/block/vda", "../devices/virtio1/vda");
	tree_file("/sys/class/nvme/nvme0/transport", "pcie\n");
	tree_file("/sys/class/nvme/nvme1/transport", "tcp\n");
	subjects(READER_DISKS);
	CHECK(strstr(named, "sda ") && strstr(named, "sdd ") && strstr(named, "nvme0 "));
	CHECK(strlen(named) == strlen("sda sdd nvme0 "));
	CHECK_TEXT(subjects(READER_NVME), "nvme0 ");
}

static void other_subjects_are_there_or_not(void)
{
	CHECK_TEXT(subjects(READER_BMC), "");
	CHECK_TEXT(subjects(READER_DMI), "");
	CHECK_TEXT(subjects(READER_CHIPS), "");
	CHECK_TEXT(subjects(READER_CONTROLLERS), "");
	tree_file("/dev/ipmi0", "");
	tree_file("/sys/firmware/dmi/tables/DMI", "x");
	tree_file("/sys/class/hwmon/hwmon0/name", "coretemp\n");
	tree_file("/sys/class/hwmon/hwmon1/name", "drivetemp\n");
	tree_file("/sys/class/hwmon/hwmon2/name", "nvme\n");
	tree_file("/sys/devices/system/edac/mc/mc0/mc_name", "x\n");
	tree_file("/sys/devices/system/edac/mc/power/control", "auto\n");
	CHECK_TEXT(subjects(READER_BMC), "bmc ");
	CHECK_TEXT(subjects(READER_DMI), "host ");
	CHECK_TEXT(subjects(READER_CHIPS), "hwmon0 ");
	CHECK_TEXT(subjects(READER_CONTROLLERS), "mc0 ");
}

static void programs_are_looked_for_in_fixed_folders(void)
{
	char path[READER_PATH_MAX];

	CHECK(reader_find_program(tree, "smartctl", path) == -ENOENT && !path[0]);
	tree_file("/usr/local/bin/smartctl", "");
	tree_file("/bin/smartctl", "not to be run");
	CHECK(reader_find_program(tree, "smartctl", path) == -ENOENT);
	snprintf(path, sizeof(path), "%s/bin/smartctl", tree);
	chmod(path, 0755);
	CHECK(!reader_find_program(tree, "smartctl", path));
	CHECK(!strcmp(path + strlen(tree), "/bin/smartctl"));
}

int main(void)
{
	tree_begin();
	RUN(a_row_is_whole);
	RUN(a_vector_takes_the_name_of_a_device_alone);
	RUN(disks_of_this_host_are_found);
	RUN(other_subjects_are_there_or_not);
	RUN(programs_are_looked_for_in_fixed_folders);
	tree_end();
	return check_done();
}
