/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of frames about sessions with storage targets and block devices, as agent/wire.ts names them. */
#include "frame_put.h"

static void put_session(struct json *j, const struct frame_session *p)
{
	static const char *const protocols[] = {
	    [SESSION_ISCSI] = "iscsi", [SESSION_NVME_TCP] = "nvme-tcp", [SESSION_NFS] = "nfs",
	    [SESSION_NBD] = "nbd",     [SESSION_DRBD] = "drbd",
	};

	json_put_text(j, "session", p->session, sizeof(p->session));
	put_choice(j, "protocol", protocols, COUNT(protocols), p->protocol);
	put_text_or_null(j, "target", p->target, sizeof(p->target));
	put_address(j, "local", &p->local);
	put_address(j, "remote", &p->remote);
	json_put_uint(j, "remote_port", p->remote_port);
	json_put_text(j, "state", p->state, sizeof(p->state));
	json_put_bool(j, "usable", p->usable);
	json_open(j, "disks", '[');
	for (unsigned int i = 0; i < p->disk_count && i < FRAME_DISKS_MAX; i++)
		json_put_text(j, NULL, p->disks[i], sizeof(p->disks[i]));
	json_close(j, ']');
	json_put_bool(j, "gone", p->gone);
}

static void put_disk(struct json *j, const struct frame_disk *p)
{
	static const char *const kinds[] = {
	    [DISK_LOCAL] = "local",
	    [DISK_ISCSI] = "iscsi",
	    [DISK_NVME_TCP] = "nvme-tcp",
	    [DISK_NBD] = "nbd",
	    [DISK_RBD] = "rbd",
	    [DISK_DRBD] = "drbd",
	    [DISK_DM_MULTIPATH] = "dm-multipath",
	    [DISK_NVME_MULTIPATH] = "nvme-multipath",
	};

	json_put_text(j, "disk", p->disk, sizeof(p->disk));
	json_put_uint(j, "major", p->major);
	json_put_uint(j, "minor", p->minor);
	put_choice(j, "kind", kinds, COUNT(kinds), p->kind);
	put_text_or_null(j, "session", p->session, sizeof(p->session));
	put_text_or_null(j, "map", p->map, sizeof(p->map));
	put_text_or_null(j, "pci", p->pci, sizeof(p->pci));
	put_text_or_null(j, "scsi", p->scsi, sizeof(p->scsi));
	json_open(j, "holders", '[');
	for (unsigned int i = 0; i < p->holder_count && i < FRAME_HOLDERS_MAX; i++)
		json_put_text(j, NULL, p->holders[i], sizeof(p->holders[i]));
	json_close(j, ']');
	json_put_bool(j, "gone", p->gone);
}

static void put_io_stall(struct json *j, const struct frame_io *p)
{
	static const char *const operations[] = {
	    [IO_READ] = "read",	      [IO_WRITE] = "write", [IO_FLUSH] = "flush",
	    [IO_DISCARD] = "discard", [IO_OTHER] = "other",
	};

	json_put_text(j, "disk", p->disk, sizeof(p->disk));
	json_put_uint(j, "since_us", p->since_us);
	json_put_uint(j, "threshold_us", p->threshold_us);
	json_put_uint(j, "in_flight", p->in_flight);
	put_choice(j, "operation", operations, COUNT(operations), p->operation);
}

void frame_fields_block(struct json *j, const struct frame *f)
{
	switch (f->type) {
	case FRAME_SESSION:
		put_session(j, &f->session);
		break;
	case FRAME_DISK:
		put_disk(j, &f->disk);
		break;
	case FRAME_IO_STALL:
		put_io_stall(j, &f->io);
		break;
	case FRAME_IO_RESUME:
		json_put_text(j, "disk", f->io.disk, sizeof(f->io.disk));
		json_put_uint(j, "since_us", f->io.since_us);
		break;
	case FRAME_IO_ERRORS:
		json_put_text(j, "disk", f->io_errors.disk, sizeof(f->io_errors.disk));
		json_put_uint(j, "errors", f->io_errors.errors);
		json_put_text(j, "last", f->io_errors.last, sizeof(f->io_errors.last));
		json_put_uint(j, "medium", f->io_errors.medium);
		put_count_or_null(j, "medium_sector", f->io_errors.medium_sector);
		break;
	default:
		break;
	}
}
