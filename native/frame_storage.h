/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's sessions with storage targets, block devices, multipath maps. */
#ifndef PATHWARDEN_FRAME_STORAGE_H
#define PATHWARDEN_FRAME_STORAGE_H

#include <stdbool.h>
#include <stdint.h>
#include "frame_base.h"

#define FRAME_DISK_MAX 32 /* DISK_NAME_LEN of the kernel */
#define FRAME_HOLDERS_MAX 8
#define FRAME_SCSI_MAX 40
#define FRAME_SESSION_MAX 40
#define FRAME_TARGET_MAX 224 /* an IQN or NQN has at most 223 bytes */
#define FRAME_DISKS_MAX 16

enum session_protocol { SESSION_ISCSI, SESSION_NVME_TCP, SESSION_NFS, SESSION_NBD, SESSION_DRBD };

struct frame_session {
	char session[FRAME_SESSION_MAX];
	enum session_protocol protocol;
	char target[FRAME_TARGET_MAX];	 /* "": not readable */
	struct ip_address local, remote; /* family 0: not shown */
	uint16_t remote_port;
	char state[24];
	bool usable, gone;
	uint8_t disk_count;
	char disks[FRAME_DISKS_MAX][FRAME_DISK_MAX]; /* last: only disk_count of them are stored */
};

enum disk_kind {
	DISK_LOCAL,
	DISK_ISCSI,
	DISK_NVME_TCP,
	DISK_NBD,
	DISK_RBD,
	DISK_DRBD,
	DISK_DM_MULTIPATH,
	DISK_NVME_MULTIPATH,
};

struct frame_disk {
	char disk[FRAME_DISK_MAX];
	uint32_t major, minor; /* both 0: a hidden device has no number */
	enum disk_kind kind;
	char session[FRAME_SESSION_MAX]; /* "": none */
	char map[FRAME_DISK_MAX];	 /* "": none */
	char pci[FRAME_PCI_MAX];	 /* "": none */
	char scsi[FRAME_SCSI_MAX];	 /* host:channel:id:lun; "": it is no SCSI disk */
	bool gone;
	uint8_t holder_count;
	char holders[FRAME_HOLDERS_MAX][FRAME_DISK_MAX]; /* last: only holder_count of them are stored */
};

enum io_operation { IO_READ, IO_WRITE, IO_FLUSH, IO_DISCARD, IO_OTHER };

struct frame_io { /* stall, resume */
	char disk[FRAME_DISK_MAX];
	uint64_t since_us;
	uint32_t threshold_us, in_flight;
	enum io_operation operation;
};

struct frame_io_errors {
	char disk[FRAME_DISK_MAX];
	uint64_t errors;
	char last[16];			/* an errno's name */
	uint64_t medium, medium_sector; /* the latter FRAME_NO_COUNT: there was none */
};

#define FRAME_PATHS_MAX 16

struct frame_path {
	char disk[FRAME_DISK_MAX];
	char session[FRAME_SESSION_MAX]; /* "": none */
	bool usable;
	char state[16];
	char access[16];   /* "": not told */
	uint64_t failures; /* FRAME_NO_COUNT: not told */
};

struct frame_multipath {
	char map[FRAME_DISK_MAX];
	char name[FRAME_TARGET_MAX]; /* "": none */
	bool nvme, gone;
	uint8_t path_count;
	struct frame_path paths[FRAME_PATHS_MAX]; /* last: only path_count of them are stored */
};

#endif
