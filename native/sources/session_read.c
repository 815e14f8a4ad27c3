/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mountinfo.h"
#include "session_parse.h"
#include "session_read.h"
#include "sysfs.h"

#define LINK_MAX_BYTES 512
/* include/linux/nvme.h NVME_DISC_SUBSYS_NAME: it has no storage. */
#define DISCOVERY_NQN "nqn.2014-08.org.nvmexpress.discovery"

struct look {
	const char *root;
	const struct disk_list *disks;
	struct session_list *list;
};

static struct frame_session *add(struct session_list *list)
{
	struct frame_session *s = NULL;

	if (list->count < SESSIONS_MAX) {
		s = &list->sessions[list->count];
		memset(s, 0, sizeof(*s));
	} else {
		list->complete = false;
	}
	return s;
}

static bool is_usable(const struct frame_session *s)
{
	switch (s->protocol) {
	case SESSION_ISCSI:
		return !strcmp(s->state, "LOGGED_IN");
	case SESSION_NVME_TCP:
		return !strcmp(s->state, "live");
	case SESSION_DRBD: /* drbd_conn_str(): data goes over it from "Connected" on */
		return !strcmp(s->state, "Connected") || !strncmp(s->state, "Sync", 4) ||
		       !strncmp(s->state, "PausedSync", 10) || !strncmp(s->state, "Verify", 6) ||
		       !strcmp(s->state, "Ahead") || !strcmp(s->state, "Behind");
	case SESSION_NFS:
	case SESSION_NBD:
		break;
	}
	return true;
}

static int order_names(const void *a, const void *b)
{
	return strncmp(a, b, FRAME_DISK_MAX);
}

static void find_disks(const struct look *look, struct frame_session *s)
{
	for (size_t i = 0; i < look->disks->count && s->disk_count < FRAME_DISKS_MAX; i++)
		if (!strcmp(look->disks->disks[i].session, s->session))
			memcpy(s->disks[s->disk_count++], look->disks->disks[i].disk, FRAME_DISK_MAX);
	qsort(s->disks, s->disk_count, FRAME_DISK_MAX, order_names);
}

static void finish(const struct look *look, struct frame_session *s)
{
	s->usable = is_usable(s);
	find_disks(look, s);
	look->list->count++;
}

/* --- iSCSI: drivers/scsi/scsi_transport_iscsi.c --- */

/* Our end: the initiator's host, which is above the session (…/host2/session1/iscsi_session/session1). */
static void read_iscsi_local(const struct look *look, const char *name, struct frame_session *s)
{
	char link[LINK_MAX_BYTES], text[64], *at;
	unsigned int host;

	if (sysfs_link(link, sizeof(link), "%s/sys/class/iscsi_session/%s", look->root, name))
		return;
	for (at = strstr(link, "/host"); at; at = strstr(at + 1, "/host"))
		if (sscanf(at, "/host%u/", &host) == 1)
			break;
	if (at &&
	    !sysfs_read(text, sizeof(text), "%s/sys/class/iscsi_host/host%u/ipaddress", look->root, host))
		session_parse_address(text, &s->local);
}

static void take_iscsi(void *data, const char *name)
{
	struct look *look = data;
	struct frame_session *s;
	char connection[32], text[64];
	unsigned int number;

	/* Its only connection: open-iscsi makes no second one. */
	if (sscanf(name, "session%u", &number) != 1 || !(s = add(look->list)))
		return;
	snprintf(connection, sizeof(connection), "connection%u:0", number);
	snprintf(s->session, sizeof(s->session), "iscsi:session%u", number);
	s->protocol = SESSION_ISCSI;
	if (sysfs_read(s->state, sizeof(s->state), "%s/sys/class/iscsi_session/%s/state", look->root, name))
		return;
	sysfs_read(s->target, sizeof(s->target), "%s/sys/class/iscsi_session/%s/targetname", look->root,
		   name);
	/* persistent_*: the portal that it was told to log in to; that it was redirected to is in address. */
	if (sysfs_read(text, sizeof(text), "%s/sys/class/iscsi_connection/%s/address", look->root,
		       connection) ||
	    !session_parse_address(text, &s->remote))
		if (!sysfs_read(text, sizeof(text), "%s/sys/class/iscsi_connection/%s/persistent_address",
				look->root, connection))
			session_parse_address(text, &s->remote);
	if (sysfs_read(text, sizeof(text), "%s/sys/class/iscsi_connection/%s/port", look->root, connection) ||
	    !atoi(text))
		if (sysfs_read(text, sizeof(text), "%s/sys/class/iscsi_connection/%s/persistent_port",
			       look->root, connection))
			strcpy(text, "0");
	s->remote_port = (uint16_t)atoi(text);
	read_iscsi_local(look, name, s);
	finish(look, s);
}

/* --- NVMe: drivers/nvme/host/sysfs.c --- */

static void take_nvme(void *data, const char *name)
{
	struct look *look = data;
	struct frame_session *s;
	char transport[16], address[256];

	if (sysfs_read(transport, sizeof(transport), "%s/sys/class/nvme/%s/transport", look->root, name) ||
	    strcmp(transport, "tcp") || strlen(name) > 24 || !(s = add(look->list)))
		return;
	snprintf(s->session, sizeof(s->session), "nvme:%s", name);
	s->protocol = SESSION_NVME_TCP;
	if (sysfs_read(s->state, sizeof(s->state), "%s/sys/class/nvme/%s/state", look->root, name))
		return;
	sysfs_read(s->target, sizeof(s->target), "%s/sys/class/nvme/%s/subsysnqn", look->root, name);
	if (!strcmp(s->target, DISCOVERY_NQN))
		return;
	if (!sysfs_read(address, sizeof(address), "%s/sys/class/nvme/%s/address", look->root, name))
		session_parse_nvme_address(address, s);
	finish(look, s);
}

/* --- devices that are their own session --- */

static void read_device_sessions(const struct look *look)
{
	for (size_t i = 0; i < look->disks->count; i++) {
		const struct frame_disk *d = &look->disks->disks[i];
		struct frame_session *s;

		if ((d->kind != DISK_NBD && d->kind != DISK_DRBD) || !d->session[0] || !(s = add(look->list)))
			continue;
		memcpy(s->session, d->session, sizeof(s->session));
		s->protocol = d->kind == DISK_NBD ? SESSION_NBD : SESSION_DRBD;
		if (s->protocol == SESSION_NBD) {
			strcpy(s->state, "connected");
			/* What the client has called it when it connected, since 5.14. */
			sysfs_read(s->target, sizeof(s->target), "%s/sys/block/%s/backend", look->root,
				   d->disk);
		} else if (!session_drbd_state(look->root, d->disk, s->state, sizeof(s->state))) {
			continue;
		}
		finish(look, s);
	}
}

/* -ENOENT: the kernel has no such class, and so no such session. */
static void read_class(struct look *look, const char *class, void (*take)(void *data, const char *name))
{
	char folder[SYSFS_PATH_MAX];
	int r;

	snprintf(folder, sizeof(folder), "%s/sys/class/%s", look->root, class);
	r = sysfs_list(folder, take, look);
	if (r && r != -ENOENT)
		look->list->complete = false;
}

void session_read(const char *root, const struct disk_list *disks, struct session_list *out)
{
	struct look look = {.root = root, .disks = disks, .list = out};

	out->count = 0;
	out->complete = disks->complete;
	read_class(&look, "iscsi_session", take_iscsi);
	read_class(&look, "nvme", take_nvme);
	read_device_sessions(&look);
}

/* --- NFS --- */

static void take_mount(void *data, char *line)
{
	struct session_list *out = data;
	struct frame_session mount, *s;

	if (!session_parse_mount(line, &mount))
		return;
	/* Mounted in several places, it is one. */
	for (size_t i = 0; i < out->count; i++)
		if (!strcmp(out->sessions[i].session, mount.session))
			return;
	s = add(out);
	if (s) {
		*s = mount;
		out->count++;
	}
}

void session_read_mounts(int mountinfo, struct session_list *out)
{
	if (!mountinfo_each(mountinfo, take_mount, out))
		out->complete = false;
}

bool session_read_state(const char *root, const struct frame_session *s, char *state, size_t size)
{
	const char *name = strchr(s->session, ':') + 1;

	if (s->protocol == SESSION_ISCSI)
		return !sysfs_read(state, size, "%s/sys/class/iscsi_session/%s/state", root, name);
	if (s->protocol == SESSION_NVME_TCP)
		return !sysfs_read(state, size, "%s/sys/class/nvme/%s/state", root, name);
	if (s->protocol == SESSION_DRBD)
		return session_drbd_state(root, name, state, size);
	return false;
}
