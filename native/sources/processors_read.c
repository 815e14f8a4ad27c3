/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "processors_read.h"
#include "sysfs.h"

#define MEMINFO_MAX 8192

struct look {
	const char *root;
	struct frame_memory *memory;
};

static int read_list(char list[FRAME_CPU_LIST_MAX], const char *root, const char *name)
{
	int r = sysfs_read(list, FRAME_CPU_LIST_MAX, "%s/sys/devices/system/cpu/%s", root, name);

	return !r && strlen(list) == FRAME_CPU_LIST_MAX - 1 ? -EOVERFLOW : r;
}

int processors_read(const char *root, struct frame_processors *out)
{
	char online[FRAME_CPU_LIST_MAX];
	int r;

	memset(out, 0, sizeof(*out));
	r = read_list(out->lists, root, "present");
	if (!r)
		r = read_list(online, root, "online");
	if (r)
		return r;
	strcpy(out->lists + strlen(out->lists) + 1, online);
	sysfs_read(out->smt, sizeof(out->smt), "%s/sys/devices/system/cpu/smt/control", root);
	return 0;
}

/* The amount behind "\nname:", in bytes; 0: the kernel does not count it. */
static uint64_t amount(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) * 1024 : 0;
}

int memory_read_amounts(const char *root, struct frame_memory *out)
{
	char path[SYSFS_PATH_MAX], text[MEMINFO_MAX + 2] = "\n";
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text + 1, MEMINFO_MAX);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return (int)n;
	out->total_bytes = amount(text, "\nMemTotal:");
	out->corrupted_bytes = amount(text, "\nHardwareCorrupted:");
	return 0;
}

static void take_block(void *data, const char *name)
{
	struct look *look = data;
	char state[24];

	if (strncmp(name, "memory", 6) || !isdigit((unsigned char)name[6]) ||
	    sysfs_read(state, sizeof(state), "%s/sys/devices/system/memory/%s/state", look->root, name))
		return;
	look->memory->blocks++;
	look->memory->offline_blocks += !strcmp(state, "offline");
}

void memory_read_blocks(const char *root, struct frame_memory *out)
{
	struct look look = {.root = root, .memory = out};
	char folder[SYSFS_PATH_MAX];

	out->blocks = out->offline_blocks = 0;
	snprintf(folder, sizeof(folder), "%s/sys/devices/system/memory", root);
	sysfs_list(folder, take_block, &look);
}
