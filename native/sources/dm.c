/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dm-multipath. The kernel tells by a uevent that something is different (drivers/md/dm-uevent.c, and
 * whenever a table is loaded); what the state is then is asked of device-mapper itself, by way of dm_child.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dm_child.h"
#include "dm_parse.h"
#include "multipath.h"
#include "sysfs.h"

/* What multipathd begins a map's UUID with. */
#define UUID_BEGIN "mpath-"

struct map {
	char disk[FRAME_DISK_MAX];
	struct dm_request at;
	bool asked; /* its answer has not come */
	bool again; /* something happened since it was asked */
	bool known; /* it was answered once */
	bool there; /* the last listing named it */
};

static struct {
	int fd; /* -1: nobody can be asked */
	struct map maps[MAPS_MAX];
	size_t count;
} dm = {.fd = -1};

static struct map *find(const char *disk)
{
	for (size_t i = 0; i < dm.count; i++)
		if (!strcmp(dm.maps[i].disk, disk))
			return &dm.maps[i];
	return NULL;
}

static bool is_there(const char *disk)
{
	return find(disk) != NULL;
}

static void forget(struct helper *h, struct map *m)
{
	*m = dm.maps[--dm.count];
	multipath_keep(h, false, is_there);
}

static void ask(struct helper *h, struct map *m)
{
	if (dm.fd < 0) {
		helper_degrade(h, "multipath", "degraded",
			       "device-mapper cannot be asked for paths; was it loaded after our start?");
		return;
	}
	m->again = m->asked;
	if (m->asked)
		return;
	m->asked = send(dm.fd, &m->at, sizeof(m->at), MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof(m->at);
	if (!m->asked)
		helper_degrade(h, "multipath", "degraded", "device-mapper cannot be asked for paths: %s",
			       strerror(errno));
}

/* The names that ALUA (SPC-5 5.15) and ANA (NVMe base 8.1) have in common; "": neither. */
static const char *access_name(const char *alua)
{
	static const char *const names[][2] = {
	    {"active/optimized", "optimized"}, {"active/non-optimized", "non-optimized"},
	    {"standby", "inaccessible"},       {"unavailable", "inaccessible"},
	    {"offline", "inaccessible"},       {"transitioning", "change"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(alua, names[i][0]))
			return names[i][1];
	return "";
}

static void fill_path(const struct dm_path *from, struct frame_path *p)
{
	char link[SYSFS_PATH_MAX], alua[32];
	const char *at;
	unsigned int session;

	if (sysfs_uevent(p->disk, sizeof(p->disk), "DEVNAME", "/sys/dev/block/%u:%u/uevent", from->major,
			 from->minor))
		snprintf(p->disk, sizeof(p->disk), "%u:%u", from->major, from->minor);
	/* ../../devices/platform/host2/session1/target2:0:0/2:0:0:0/block/sdb */
	if (!sysfs_link(link, sizeof(link), "/sys/dev/block/%u:%u", from->major, from->minor) &&
	    (at = strstr(link, "/session")) && sscanf(at, "/session%u/", &session) == 1)
		snprintf(p->session, sizeof(p->session), "iscsi:session%u", session);
	/* Only there while a device handler is attached. */
	if (!sysfs_read(alua, sizeof(alua), "/sys/dev/block/%u:%u/device/access_state", from->major,
			from->minor))
		snprintf(p->access, sizeof(p->access), "%s", access_name(alua));
	snprintf(p->state, sizeof(p->state), "%s", from->active ? "active" : "failed");
	p->usable = from->active && strcmp(p->access, "inaccessible");
	p->failures = from->failures;
}

static void tell(struct helper *h, const struct map *m, const struct dm_status *status)
{
	struct frame f = {.type = FRAME_MULTIPATH};

	snprintf(f.multipath.map, sizeof(f.multipath.map), "%s", m->disk);
	snprintf(f.multipath.name, sizeof(f.multipath.name), "%s", status->name);
	f.multipath.path_count = (uint8_t)status->path_count;
	for (size_t i = 0; i < status->path_count; i++)
		fill_path(&status->paths[i], &f.multipath.paths[i]);
	if (status->more)
		helper_degrade(h, "multipath", "degraded", "%s has more than %d paths: the rest is not told",
			       m->disk, DM_PATHS_MAX);
	multipath_tell(h, &f);
}

static void answered(struct helper *h, const struct dm_answer *a)
{
	struct map *m = NULL;
	struct dm_status status;
	int r;

	for (size_t i = 0; i < dm.count && !m; i++)
		if (!memcmp(&dm.maps[i].at, &a->of, sizeof(a->of)))
			m = &dm.maps[i];
	if (!m)
		return;
	m->asked = false;
	if (m->again) {
		ask(h, m);
		return;
	}
	r = a->error ? -a->error : dm_parse(a->bytes, sizeof(a->bytes), &status);
	m->known = !r;
	if (!r)
		tell(h, m, &status);
	else if (r == -ENXIO || r == -ENOMSG) /* gone; or it has no table, or no longer one of multipath */
		forget(h, m);
	else
		helper_degrade(h, "multipath", "degraded", "%s: what device-mapper says of it: %s", m->disk,
			       strerror(-r));
}

/* What was told stands as it is, and nobody may rely on it. */
static void child_ended(struct helper *h)
{
	loop_remove_fd(helper_loop(h), dm.fd);
	close(dm.fd);
	dm.fd = -1;
	for (size_t i = 0; i < dm.count; i++)
		dm.maps[i].asked = dm.maps[i].again = dm.maps[i].known = false;
	helper_degrade(h, "multipath", "degraded", "the process that asks device-mapper for paths has ended");
	helper_lost(h, "multipath", 0, "the process that asks device-mapper for paths has ended");
}

static void readable(void *data, uint32_t epoll_events)
{
	static struct dm_answer a;
	struct helper *h = data;
	ssize_t n;

	(void)epoll_events;
	while ((n = recv(dm.fd, &a, sizeof(a), MSG_DONTWAIT)) == sizeof(a))
		answered(h, &a);
	if (n >= 0 || (errno != EAGAIN && errno != EINTR))
		child_ended(h);
	multipath_settle(h);
}

static bool is_multipath(const char *disk)
{
	char uuid[DM_UUID_LEN];

	return !sysfs_read(uuid, sizeof(uuid), "/sys/block/%s/dm/uuid", disk) &&
	       !strncmp(uuid, UUID_BEGIN, strlen(UUID_BEGIN));
}

/* It is there; is it one of ours? */
static void look(struct helper *h, const char *disk)
{
	struct map *m = find(disk);
	struct dm_request at;
	char number[32];

	if (strlen(disk) >= FRAME_DISK_MAX || !is_multipath(disk) ||
	    sysfs_read(number, sizeof(number), "/sys/block/%s/dev", disk) ||
	    sscanf(number, "%u:%u", &at.major, &at.minor) != 2) {
		if (m)
			forget(h, m);
		return;
	}
	if (!m && dm.count == MAPS_MAX) {
		helper_degrade(h, "multipath", "degraded",
			       "more than %d maps of dm-multipath: the rest is not told", MAPS_MAX);
		return;
	}
	if (!m) {
		m = &dm.maps[dm.count++];
		*m = (struct map){.at = at};
		snprintf(m->disk, sizeof(m->disk), "%s", disk);
	}
	m->at = at;
	m->there = true;
	ask(h, m);
}

static void listed(void *data, const char *name)
{
	if (!strncmp(name, "dm-", 3))
		look(data, name);
}

void dm_rescan(struct helper *h)
{
	for (size_t i = 0; i < dm.count; i++)
		dm.maps[i].there = false;
	/* A kernel without any block device has no folder. */
	sysfs_list("/sys/block", listed, h);
	for (size_t i = dm.count; i-- > 0;)
		if (!dm.maps[i].there)
			forget(h, &dm.maps[i]);
}

void dm_event(struct helper *h, const struct uevent *e)
{
	const char *disk = strrchr(e->devpath, '/') + 1, *attention = uevent_get(e, "SDEV_UA");
	struct map *m;

	/* A unit reports that its ALUA states are others now: of which maps it is a path is not said. */
	if (attention && !strcmp(attention, "ASYMMETRIC_ACCESS_STATE_CHANGED"))
		multipath_rescan_soon(false);
	if (strcmp(e->subsystem, "block") || strncmp(disk, "dm-", 3))
		return;
	m = find(disk);
	if (strcmp(e->action, "remove"))
		look(h, disk);
	else if (m)
		forget(h, m);
}

bool dm_waits(void)
{
	for (size_t i = 0; i < dm.count; i++)
		if (dm.maps[i].asked)
			return true;
	return false;
}

bool dm_complete(void)
{
	for (size_t i = 0; i < dm.count; i++)
		if (!dm.maps[i].known)
			return false;
	return true;
}

void dm_start(struct helper *h)
{
	int fd = dm_child_start(helper_options(h));

	dm.count = 0;
	/* No device-mapper, no maps. */
	if (fd == -ENOENT)
		return;
	if (fd < 0 || loop_add_fd(helper_loop(h), fd, EPOLLIN, readable, h)) {
		helper_degrade(h, "multipath", "degraded", "device-mapper cannot be asked for paths: %s",
			       strerror(fd < 0 ? -fd : ENOMEM));
		if (fd >= 0)
			close(fd);
		return;
	}
	dm.fd = fd;
}

void dm_stop(struct helper *h)
{
	if (dm.fd < 0)
		return;
	loop_remove_fd(helper_loop(h), dm.fd);
	close(dm.fd);
	dm.fd = -1;
}
