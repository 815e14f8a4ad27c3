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

#define NAME "-name"
#define GUEST "guest="

static struct kept {
	uint32_t pid; /* 0: free */
	uint64_t start_ticks;
	char text[FRAME_TEXT_MAX];
} kept[RAS_COMMANDS_MAX];
static size_t oldest;

/* The next argument behind `at`, or the first if NULL; NULL: there is none. Its length into *length. */
static const char *next(struct ras_arguments a, const char *at, size_t *length)
{
	const char *end = a.bytes + a.size;

	at = at ? at + strnlen(at, (size_t)(end - at)) + 1 : a.bytes;
	if (at >= end)
		return NULL;
	*length = strnlen(at, (size_t)(end - at));
	return at;
}

static bool is(const char *argument, size_t length, const char *word)
{
	return length == strlen(word) && !memcmp(argument, word, length);
}

struct argument {
	const char *at; /* NULL: there is none */
	size_t length;
};

/* `-name` that has a value behind it, and that. */
static const char *find_name(struct ras_arguments a, struct argument *value)
{
	size_t length;

	value->at = NULL;
	value->length = 0;
	for (const char *at = next(a, NULL, &length); at; at = next(a, at, &length)) {
		if (!is(at, length, NAME))
			continue;
		value->at = next(a, at, &value->length);
		return value->at ? at : NULL;
	}
	return NULL;
}

struct writer {
	char *out;
	size_t size, used;
};

static void put(struct writer *w, const char *argument, size_t length)
{
	size_t room = w->size - 1 - w->used;

	if (w->used && room) {
		w->out[w->used++] = ' ';
		room--;
	}
	if (length > room)
		length = room;
	memcpy(w->out + w->used, argument, length);
	w->used += length;
	w->out[w->used] = '\0';
}

void ras_command_text(struct ras_arguments a, char *out, size_t size)
{
	struct writer w = {.out = out, .size = size};
	struct argument value;
	const char *name = find_name(a, &value), *at;
	size_t length;

	out[0] = '\0';
	/* Where it stands, it is not cut off. */
	if (name && (size_t)(value.at - a.bytes) + value.length < size)
		name = NULL;
	at = next(a, NULL, &length);
	if (!at)
		return;
	put(&w, at, length);
	if (name) {
		put(&w, name, strlen(NAME));
		put(&w, value.at, value.length);
	}
	while ((at = next(a, at, &length)))
		if (!name || (at != name && at != value.at))
			put(&w, at, length);
}

bool ras_command_is_hypervisor(struct ras_arguments a)
{
	const char *program, *slash;
	struct argument value;
	size_t length;

	if (find_name(a, &value) && value.length >= strlen(GUEST) && !memcmp(value.at, GUEST, strlen(GUEST)))
		return true;
	program = next(a, NULL, &length);
	if (!program)
		return false;
	slash = memrchr(program, '/', length);
	if (slash) {
		length -= (size_t)(slash + 1 - program);
		program = slash + 1;
	}
	return length >= 4 && !memcmp(program, "qemu", 4);
}

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
