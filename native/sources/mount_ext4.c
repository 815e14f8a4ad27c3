/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "mount_ext4.h"
#include "sysfs.h"

#define FILES "%s/sys/fs/ext4/%s"

struct watched {
	uint32_t major, minor;
	int file;	 /* /sys/fs/ext4/…/errors_count */
	uint64_t count;	 /* as last looked at */
	uint64_t before; /* those of before it was mounted, as far as we know, or while nobody wrote to it */
	bool seen;
};

static struct {
	struct watched all[MOUNTS_MAX];
	size_t count;
	bool started; /* what comes from now on is mounted now */
} ext4;

static struct watched *find(const struct frame_mount *mount)
{
	for (size_t i = 0; i < ext4.count; i++)
		if (ext4.all[i].major == mount->major && ext4.all[i].minor == mount->minor)
			return &ext4.all[i];
	return NULL;
}

static void forget(struct watched *w)
{
	close(w->file);
	*w = ext4.all[--ext4.count];
}

/* False: the file system is gone; if it is mounted again it has another file. */
static bool count_errors(const struct watched *w, uint64_t *count)
{
	char text[24];
	ssize_t n = pread(w->file, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;
	text[n] = '\0';
	*count = strtoull(text, NULL, 10);
	return true;
}

static bool becomes_read_only(const char *root, const char *name)
{
	char what[24];

	return !sysfs_uevent(what, sizeof(what), "errors", "%s/proc/fs/ext4/%s/options", root, name) &&
	       !strcmp(what, "remount-ro");
}

/* Was the last error since the boot? Then it was while this was mounted, unless it was mounted with it again.
 */
static bool is_recent(const char *root, const char *name)
{
	struct timespec wall, up;
	char text[24];

	if (sysfs_read(text, sizeof(text), FILES "/last_error_time", root, name))
		return false;
	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return strtoll(text, NULL, 10) >= wall.tv_sec - up.tv_sec;
}

static void add(const char *root, const struct frame_mount *mount)
{
	struct watched w = {.major = mount->major, .minor = mount->minor};
	char link[SYSFS_PATH_MAX], path[SYSFS_PATH_MAX], *name;

	if (ext4.count == MOUNTS_MAX ||
	    sysfs_link(link, sizeof(link), "%s/sys/dev/block/%u:%u", root, mount->major, mount->minor))
		return;
	name = strrchr(link, '/');
	if (!name || strlen(++name) >= FRAME_DISK_MAX || !becomes_read_only(root, name))
		return;
	snprintf(path, sizeof(path), FILES "/errors_count", root, name);
	w.file = open(path, O_RDONLY | O_CLOEXEC);
	if (w.file < 0)
		return;
	if (!count_errors(&w, &w.count)) {
		close(w.file);
		return;
	}
	w.before = !ext4.started && is_recent(root, name) ? 0 : w.count;
	ext4.all[ext4.count++] = w;
}

static void look(const char *root, struct frame_mount *mount)
{
	struct watched *w = find(mount);

	if (w && !count_errors(w, &w->count)) {
		forget(w);
		w = NULL;
	}
	if (!w) {
		add(root, mount);
		w = find(mount);
	}
	if (!w)
		return;
	w->seen = true;
	/* Errors of a file system that nobody writes to change nothing. */
	if (mount->super_read_only)
		w->before = w->count;
	mount->super_read_only |= w->count > w->before;
}

void ext4_watch(const char *root, struct mount_list *list)
{
	for (size_t i = 0; i < ext4.count; i++)
		ext4.all[i].seen = false;
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->found[i].mount.filesystem, "ext4"))
			look(root, &list->found[i].mount);
	for (size_t i = ext4.count; i-- > 0;)
		if (!ext4.all[i].seen)
			forget(&ext4.all[i]);
	ext4.started = true;
}

bool ext4_has_changed(void)
{
	uint64_t count;

	for (size_t i = 0; i < ext4.count; i++)
		if (!count_errors(&ext4.all[i], &count) || count != ext4.all[i].count)
			return true;
	return false;
}

void ext4_stop(void)
{
	while (ext4.count)
		forget(&ext4.all[ext4.count - 1]);
	ext4.started = false;
}
