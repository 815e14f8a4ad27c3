/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to be read: found in sysfs, never named by a client. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "reader.h"

/* Peripheral device types of SPC-5, table 142. */
#define DIRECT_ACCESS 0x00
#define HOST_MANAGED_ZONED 0x14

bool reader_name_is_plain(const char *name)
{
	size_t n = strnlen(name, READER_SUBJECT_MAX);

	/* No '.' and no '/': neither another folder nor an option ('-' first). */
	if (n == 0 || n == READER_SUBJECT_MAX || name[0] == '-')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123"
			    "456789_-") == n;
}

struct scan {
	const char *folder;
	bool (*fits)(const char *path, const char *name);
	reader_subject_fn fn;
	void *data;
};

static void scan(const struct scan *s)
{
	DIR *dir = opendir(s->folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[READER_PATH_MAX + READER_SUBJECT_MAX + sizeof(entry->d_name)];

		if (!reader_name_is_plain(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%.*s/%s", READER_PATH_MAX - 1, s->folder, entry->d_name);
		if (s->fits(path, entry->d_name))
			s->fn(s->data, entry->d_name);
	}
	if (dir)
		closedir(dir);
}

/* The health of a LUN behind iSCSI or Fibre Channel is another machine's, and a lost path would hang us. */
static bool is_remote(const char *path)
{
	char *real = realpath(path, NULL);
	bool remote = real && (strstr(real, "/session") || strstr(real, "/rport-"));

	free(real);
	return remote;
}

/* Only SCSI's disks, SATA's among them, have a type: loop, ram, dm, md, virtio and the like do not. */
static bool is_scsi_disk(const char *path, const char *name)
{
	int64_t type;

	(void)name;
	if (!reader_sysfs_number(path, "device/type", &type))
		return false;
	return (type == DIRECT_ACCESS || type == HOST_MANAGED_ZONED) && !is_remote(path);
}

/* A controller over a fabric is another machine's. */
static bool is_local_nvme(const char *path, const char *name)
{
	char transport[16];

	return !strncmp(name, "nvme", 4) &&
	       reader_sysfs_line(path, "transport", transport, sizeof(transport)) &&
	       !strcmp(transport, "pcie");
}

/* Chips of disks ask the disk: smartctl and nvme do that, at their own pace. */
static bool is_board_chip(const char *path, const char *name)
{
	char chip[32];

	return !strncmp(name, "hwmon", 5) && reader_sysfs_line(path, "name", chip, sizeof(chip)) &&
	       strcmp(chip, "drivetemp") && strcmp(chip, "nvme");
}

static bool is_controller(const char *path, const char *name)
{
	(void)path;
	return !strncmp(name, "mc", 2) && name[2] >= '0' && name[2] <= '9';
}

static void scan_at(const char *root, const char *folder, bool (*fits)(const char *, const char *),
		    reader_subject_fn fn, void *data)
{
	char path[READER_PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, folder);
	scan(&(struct scan){.folder = path, .fits = fits, .fn = fn, .data = data});
}

static void one_if(const char *root, const char *file, const char *subject, reader_subject_fn fn, void *data)
{
	char path[READER_PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, file);
	if (!access(path, F_OK))
		fn(data, subject);
}

void reader_each_subject(enum reader_subjects on, const char *root, reader_subject_fn fn, void *data)
{
	switch (on) {
	case READER_DISKS:
		scan_at(root, "/sys/block", is_scsi_disk, fn, data);
		scan_at(root, "/sys/class/nvme", is_local_nvme, fn, data);
		break;
	case READER_NVME:
		scan_at(root, "/sys/class/nvme", is_local_nvme, fn, data);
		break;
	case READER_BMC:
		one_if(root, "/dev/ipmi0", "bmc", fn, data);
		break;
	case READER_DMI:
		one_if(root, "/sys/firmware/dmi/tables/DMI", "host", fn, data);
		break;
	case READER_CHIPS:
		scan_at(root, "/sys/class/hwmon", is_board_chip, fn, data);
		break;
	case READER_CONTROLLERS:
		scan_at(root, "/sys/devices/system/edac/mc", is_controller, fn, data);
		break;
	}
}

const char *reader_no_subject(enum reader_subjects on)
{
	static const char *const reasons[] = {
	    [READER_DISKS] = "no SCSI, SATA or NVMe disk of this host",
	    [READER_NVME] = "no NVMe controller of this host",
	    [READER_BMC] = "no /dev/ipmi0: is ipmi_devintf loaded, and ipmi_si or ipmi_ssif?",
	    [READER_DMI] = "no /sys/firmware/dmi/tables/DMI",
	    [READER_CHIPS] = "no chip in /sys/class/hwmon beside those of disks",
	    [READER_CONTROLLERS] = "nothing in /sys/devices/system/edac/mc: no EDAC driver here",
	};

	return reasons[on];
}
