/* SPDX-License-Identifier: Apache-2.0 */
/* What pathwarden-reader runs: all that reaches an execve() is in this file, but for a device's name. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "reader.h"

#define CAP(name) (1ULL << CAP_##name)

const struct reader_tool reader_tools[] = {
    {
	/*
	 * Identity, health, attributes (of NVMe: its log; of SAS: temperature and grown defects), the error
	 * log (of SAS: the error counters). About 0.1 s of a disk's command queue. A disk that sleeps is let
	 * sleep: 3 is no other failure's code, for who did not understand the command line (1) opens nothing
	 * (2). Bits 2 to 7 are what it has to say of the disk (smartctl(8), EXIT STATUS).
	 */
	.name = "smartctl",
	.program = "smartctl",
	.args = {"--json=c", "-n", "standby,3", "-i", "-H", "-A", "-l", "error", READER_DEVICE},
	.on = READER_DISKS,
	.caps = CAP(SYS_RAWIO) | CAP(SYS_ADMIN), /* SG_IO, NVMe's admin commands */
	.interval_ms = 60000,
	.deadline_ms = 10000,
	.failed_bits = 3,
	.asleep_code = 3,
    },
    {
	/*
	 * One admin command, answered from the controller's memory. Linux leaves the event off that would
	 * tell of a new warning, so how soon it is told is this interval; starting the tool costs some ms for
	 * each controller.
	 */
	.name = "nvme-smart-log",
	.program = "nvme",
	.args = {"smart-log", "-o", "json", READER_DEVICE},
	.on = READER_NVME,
	.caps = CAP(SYS_ADMIN),
	.interval_ms = 10000,
	.deadline_ms = 10000,
	.failed_bits = 0xff,
    },
    {
	/*
	 * With the names of the sensors, for which the whole repository is read: seconds on a slow BMC. So it
	 * is run when the log has changed (reader_sel.c), which one command tells.
	 */
	.name = "ipmi-sel",
	.program = "ipmitool",
	.args = {"-c", "sel", "elist", "last", "64"},
	.on = READER_BMC,
	.interval_ms = 2000,
	.deadline_ms = 45000,
	.failed_bits = 0xff,
	.peek = reader_sel_peek,
    },
    {
	/* A command for each sensor, and three for each record: 5 to 20 s of a KCS interface. */
	.name = "ipmi-sensors",
	.program = "ipmitool",
	.args = {"-c", "sdr", "elist", "all"},
	.on = READER_BMC,
	.interval_ms = 30000,
	.deadline_ms = 45000,
	.failed_bits = 0xff,
    },
    {
	/* Does not change but by a hand. Exit code 1 if one of many devices has none, which is common. */
	.name = "ipmi-fru",
	.program = "ipmitool",
	.args = {"fru", "print"},
	.on = READER_BMC,
	.interval_ms = 3600000,
	.deadline_ms = 45000,
	.failed_bits = 0,
    },
    {
	/* Firmware wrote it at boot. */
	.name = "dmi",
	.on = READER_DMI,
	.interval_ms = 3600000,
	.deadline_ms = 5000,
	.failed_bits = 0xff,
	.read = reader_dmi,
    },
    {
	/* A chip may be behind an I2C bus: up to 10 ms for each value, and a hung bus waits in the kernel. */
	.name = "hwmon",
	.on = READER_CHIPS,
	.kind = READER_HWMON,
	.interval_ms = 2000,
	.deadline_ms = 5000,
	.failed_bits = 0xff,
	.read = reader_hwmon,
    },
    {
	/* Counters in the kernel's memory. */
	.name = "edac",
	.on = READER_CONTROLLERS,
	.kind = READER_EDAC,
	.interval_ms = 1000,
	.deadline_ms = 5000,
	.failed_bits = 0xff,
	.read = reader_edac,
    },
};
const size_t reader_tool_count = sizeof(reader_tools) / sizeof(reader_tools[0]);

static const char *const folders[] = {"/usr/sbin", "/usr/bin", "/sbin", "/bin"};

const struct reader_tool *reader_tool_find(const char *name)
{
	for (size_t i = 0; i < reader_tool_count; i++)
		if (!strcmp(reader_tools[i].name, name))
			return &reader_tools[i];
	return NULL;
}

int reader_argv(const struct reader_tool *tool, const char *program, const char *subject,
		const char *argv[READER_ARGS_MAX + 2], char device[READER_PATH_MAX])
{
	size_t n = 0;

	if (!reader_name_is_plain(subject))
		return -EINVAL;
	snprintf(device, READER_PATH_MAX, "/dev/%s", subject);
	argv[n++] = program;
	for (size_t i = 0; i < READER_ARGS_MAX && tool->args[i]; i++)
		argv[n++] = strcmp(tool->args[i], READER_DEVICE) ? tool->args[i] : device;
	argv[n] = NULL;
	return 0;
}

int reader_find_program(const char *root, const char *program, char path[READER_PATH_MAX])
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, READER_PATH_MAX, "%s%s/%s", root, folders[i], program);
		if (!access(path, X_OK))
			return 0;
	}
	path[0] = '\0';
	return -ENOENT;
}
