/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device-mapper shows the state of a multipath device to CAP_SYS_ADMIN only, at each request. A process of
 * its own keeps that, and can do nothing else with it: it has two descriptors and four system calls, and asks
 * one thing of one of them.
 */
#ifndef PATHWARDEN_DM_CHILD_H
#define PATHWARDEN_DM_CHILD_H

#include <stdint.h>
#include <linux/dm-ioctl.h>
#include "source.h"

struct dm_request {
	uint32_t major, minor;
};

/* A multipath device with 16 paths takes about 1 KiB. */
#define DM_ANSWER_BYTES 16384

struct dm_answer {
	struct dm_request of;
	int32_t error; /* errno, 0: none */
	union {
		struct dm_ioctl head;
		char bytes[DM_ANSWER_BYTES];
	};
};

/*
 * Starts it, before privilege is given up: it ends with us. Returns a socket (SEQPACKET, not blocking): a
 * struct dm_request in, a struct dm_answer out, in that order; -ENOENT: there is no device-mapper here
 * (loading it is not our business); -errno.
 */
int dm_child_start(const struct helper_options *o);

#endif
