/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of sessions, block devices and multipath. */
#ifndef PATHWARDEN_FRAME_SAMPLES_STORAGE_H
#define PATHWARDEN_FRAME_SAMPLES_STORAGE_H

#include "frame_samples_net.h"

static struct frame full_session(void)
{
	struct frame f = {.type = FRAME_SESSION, .t_us = 2000};

	f.session = (struct frame_session){.session = "iscsi:session4294967295",
					   .protocol = SESSION_ISCSI,
					   .local = v6(),
					   .remote = v6(),
					   .remote_port = UINT16_MAX,
					   .state = "LOGGED_IN",
					   .usable = true,
					   .disk_count = FRAME_DISKS_MAX};
	memset(f.session.target, '\f', sizeof(f.session.target) - 1);
	for (size_t i = 0; i < FRAME_DISKS_MAX; i++)
		memset(f.session.disks[i], '\x01', FRAME_DISK_MAX - 1);
	return f;
}

static struct frame full_multipath(void)
{
	struct frame f = {.type = FRAME_MULTIPATH, .t_us = 2000};

	f.multipath = (struct frame_multipath){.map = "nvme0n1", .nvme = true, .path_count = FRAME_PATHS_MAX};
	memset(f.multipath.name, '\f', sizeof(f.multipath.name) - 1);
	for (size_t i = 0; i < FRAME_PATHS_MAX; i++)
		f.multipath.paths[i] = (struct frame_path){.disk = "nvme4294967295c4294967295n123",
							   .session = "nvme:nvme4294967295",
							   .state = "deleting (no IO",
							   .access = "persistent-loss",
							   .failures = i ? UINT32_MAX : FRAME_NO_COUNT};
	return f;
}

static struct frame *storage_samples(struct frame *f)
{
	*f++ = full_multipath();
	*f++ = (struct frame){.type = FRAME_MULTIPATH, .multipath = {.map = "dm-0", .gone = true}};
	*f++ = full_session();
	*f++ = (struct frame){
	    .type = FRAME_SESSION,
	    .session = {.session = "nbd:nbd0", .protocol = SESSION_NBD, .state = "connected", .gone = true}};
	*f++ = (struct frame){.type = FRAME_SESSION,
			      .session = {.session = "nvme:nvme0",
					  .protocol = SESSION_NVME_TCP,
					  .target = "nqn",
					  .remote = v4(2),
					  .disk_count = 1,
					  .disks = {"nvme0c0n1"}}};
	for (unsigned int kind = DISK_LOCAL; kind <= DISK_NVME_MULTIPATH; kind++)
		*f++ = (struct frame){.type = FRAME_DISK, .disk = {.disk = "sdb", .major = 8, .kind = kind}};
	*f++ = (struct frame){.type = FRAME_DISK,
			      .disk = {.disk = "nvme0c1n1",
				       .kind = DISK_NVME_TCP,
				       .session = "nvme:nvme1",
				       .map = "nvme0n1",
				       .pci = "0000:03:00.0"}};
	*f++ = (struct frame){
	    .type = FRAME_DISK,
	    .disk = {.disk = "sda", .scsi = "2:0:0:0", .holder_count = 2, .holders = {"dm-0", "md1"}}};
	for (unsigned int operation = IO_READ; operation <= IO_OTHER; operation++)
		*f++ = (struct frame){
		    .type = FRAME_IO_STALL,
		    .io = {.disk = "sdb", .since_us = 1, .in_flight = 2, .operation = operation}};
	*f++ = (struct frame){.type = FRAME_IO_RESUME, .io = {.disk = "sdb", .since_us = 1}};
	*f++ = (struct frame){
	    .type = FRAME_IO_ERRORS,
	    .io_errors = {
		.disk = "sdb", .errors = 3, .last = "ETOOMANYREFS", .medium_sector = FRAME_NO_COUNT}};
	*f++ = (struct frame){.type = FRAME_IO_ERRORS,
			      .io_errors = {.disk = "sda",
					    .errors = UINT32_MAX,
					    .last = "EILSEQ",
					    .medium = UINT32_MAX,
					    .medium_sector = 1ULL << 50}};
	return f;
}

#endif
