/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "ras_command.h"
#include "sysfs.h"

#define READ_MAX 4096
/* USER_HZ, by which /proc counts, on each architecture that BPF runs on. */
#define NS_PER_TICK 10000000ULL

static struct kept {
	uint32_t pid; /* 0: free */
	uint64_t start_ticks;
	char text[FRAME_TEXT_MAX];
} kept[RAS_COMMANDS_MAX];
static size_t oldest;

/* A small file of a process. Bytes, or -errno. */
static ssize_t read_file(const char *root, uint32_t pid, const char *name, char *buf, size_t size)
{
	char path[SYSFS_PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/proc/%u/%s", root, pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, buf, size);
	if (n < 0)
		n = -errno;
	close(fd);
	return n;
}

/* When it began, in ticks since boot; 0: not known. proc(5), stat, field 22. */
static uint64_t start_of(const char *root, uint32_t pid)
{
	unsigned long long ticks = 0;
	char text[512];
	ssize_t n = read_file(root, pid, "stat", text, sizeof(text) - 1);
	const char *at;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	at = strrchr(text, ')'); /* its name may have any */
	if (!at || sscanf(at + 1,
			  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
			  &ticks) != 1)
		return 0;
	return ticks;
}

static struct kept *find(uint32_t pid)
{
	for (size_t i = 0; i < RAS_COMMANDS_MAX; i++)
		if (kept[i].pid == pid)
			return &kept[i];
	return NULL;
}

static void keep(uint32_t pid, uint64_t start_ticks, struct ras_arguments a)
{
	struct kept *k = find(pid);

	if (!k)
		k = find(0);
	if (!k) {
		k = &kept[oldest];
		oldest = (oldest + 1) % RAS_COMMANDS_MAX;
	}
	k->pid = pid;
	k->start_ticks = start_ticks;
	ras_command_text(a, k->text, sizeof(k->text));
}

void ras_command_keep(uint32_t pid, uint64_t start_ns, struct ras_arguments a)
{
	if (a.size)
		keep(pid, start_ns / NS_PER_TICK, a);
}

static void scan_one(void *data, const char *name)
{
	const char *root = data;
	char text[READ_MAX];
	uint32_t pid;
	ssize_t n;

	if (!isdigit((unsigned char)name[0]))
		return;
	pid = (uint32_t)strtoul(name, NULL, 10);
	n = read_file(root, pid, "cmdline", text, sizeof(text));
	if (n > 0 && ras_command_is_hypervisor((struct ras_arguments){text, (size_t)n}))
		keep(pid, start_of(root, pid), (struct ras_arguments){text, (size_t)n});
}

void ras_command_scan(const char *root)
{
	char folder[SYSFS_PATH_MAX];

	snprintf(folder, sizeof(folder), "%s/proc", root);
	sysfs_list(folder, scan_one, (void *)root);
}

void ras_command_of(const char *root, uint32_t pid, uint64_t start_ns, struct ras_arguments seen, char *out,
		    size_t size)
{
	uint64_t ticks = start_ns / NS_PER_TICK;
	const struct kept *k = find(pid);
	char text[READ_MAX];
	ssize_t n;

	/* It may have gone meanwhile, and the number be another's. */
	n = read_file(root, pid, "cmdline", text, sizeof(text));
	out[0] = '\0';
	if (n > 0 && start_of(root, pid) == ticks)
		ras_command_text((struct ras_arguments){text, (size_t)n}, out, size);
	else if (seen.size)
		ras_command_text(seen, out, size);
	else if (pid && k && k->start_ticks == ticks)
		snprintf(out, size, "%s", k->text);
}

bool ras_command_hidden(const char *root)
{
	char path[SYSFS_PATH_MAX], line[1024];
	bool hidden = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/self/mounts", root);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		const char *option = strstr(line, "hidepid=");

		if (strstr(line, " /proc proc ") && option)
			hidden = strncmp(option, "hidepid=0", 9) && strncmp(option, "hidepid=off", 11);
	}
	fclose(f);
	return hidden;
}

void ras_command_forget(void)
{
	memset(kept, 0, sizeof(kept));
	oldest = 0;
}
