/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "mount_read.h"
#include "mountinfo.h"
#include "option_list.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static bool is_wanted(const struct mountinfo *m)
{
	static const char *const network[] = {"nfs",  "nfs4",	   "ceph",	    "fuse.ceph",
					      "cifs", "glusterfs", "fuse.glusterfs"};
	/* On several block devices, so their number is that of none (major 0). */
	static const char *const many[] = {"btrfs", "bcachefs", "zfs"};
	/* They are never written to: installation media, and packages on loop devices. */
	static const char *const images[] = {"squashfs", "erofs", "cramfs", "iso9660"};

	if (m->major)
		return !is_one_of(m->filesystem, images, COUNT(images));
	return is_one_of(m->filesystem, network, COUNT(network)) ||
	       is_one_of(m->filesystem, many, COUNT(many));
}

/* ext4 from 6.15 on leaves its flag alone after an error, and says it in a word of its own (fs/ext4/super.c).
 */
static bool is_read_only(const char *super_options)
{
	return option_has(super_options, "ro") || option_has(super_options, "emergency_ro") ||
	       option_has(super_options, "shutdown");
}

static void describe(struct mountinfo *m, struct frame_mount *out)
{
	const char *source = m->source;

	memset(out, 0, sizeof(*out));
	mountinfo_unescape(m->source);
	mountinfo_unescape(m->point);
	if (!strncmp(source, "/dev/", 5) && !strchr(source + 5, '/'))
		source += 5;
	out->major = m->major;
	out->minor = m->minor;
	out->read_only = option_has(m->options, "ro");
	out->super_read_only = is_read_only(m->super_options);
	snprintf(out->filesystem, sizeof(out->filesystem), "%s", m->filesystem);
	snprintf(out->source, sizeof(out->source), "%s", source);
	snprintf(out->point, sizeof(out->point), "%s", m->point);
}

static struct mount_found *find_place(struct mount_list *list, const struct frame_mount *mount, bool whole)
{
	struct mount_found *same = NULL, *hidden = NULL;

	for (size_t i = 0; i < list->count; i++) {
		struct mount_found *one = &list->found[i];

		if (one->mount.major == mount->major && one->mount.minor == mount->minor)
			same = one;
		else if (!strcmp(one->mount.point, mount->point))
			hidden = one;
	}
	if (same && (same->whole || !whole))
		return NULL;
	if (same && hidden) {
		const struct mount_found *last = &list->found[--list->count];

		*hidden = *last;
		return same == last ? hidden : same;
	}
	if (same || hidden)
		return same ? same : hidden;
	if (list->count == MOUNTS_MAX) {
		list->complete = false;
		return NULL;
	}
	return &list->found[list->count++];
}

static void take(void *data, char *line)
{
	struct mount_list *list = data;
	struct frame_mount mount;
	struct mount_found *place;
	struct mountinfo m;
	bool whole;

	if (!mountinfo_parse(line, &m) || !is_wanted(&m))
		return;
	whole = !strcmp(m.root, "/");
	describe(&m, &mount);
	place = find_place(list, &mount, whole);
	if (place)
		*place = (struct mount_found){.mount = mount, .whole = whole};
}

void mount_read(int mountinfo, struct mount_list *out)
{
	out->count = 0;
	out->complete = true;
	if (!mountinfo_each(mountinfo, take, out))
		out->complete = false;
}
