/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 OR BSD-2-Clause */
/* The records of hwevents.bpf.c, shared with native/. Times are nanoseconds of CLOCK_MONOTONIC. */
#ifndef PATHWARDEN_HW_EVENTS_H
#define PATHWARDEN_HW_EVENTS_H

#include <linux/types.h>

/* Components with errors of late; those of more are counted and told. */
#define HW_COMPONENTS_MAX 256
#define HW_MESSAGE_MAX 256

enum hw_kind {
	HW_NVME = 1, /* of the ring buffer alone */
	HW_SCSI_ERROR,
	HW_SCSI_TIMEOUT,
	HW_THERMAL,
	HW_HEALTH,
};

/* Errors that are equal in it are of one component. No padding: it is compared as bytes. */
struct hw_key {
	__u32 kind;
	__u32 id[3]; /* scsi: host, channel, target; thermal: zone, trip, enum thermal_trip_type */
	__u64 lun;
	char bus[16];  /* health */
	char name[64]; /* thermal: the zone's type; health: the device */
	char part[32]; /* health: the reporter */
};

enum hw_slot { HW_FREE = 0, HW_FILLING = 1, HW_LIVE = 2 };

/* A component: one slot of the array that user space has mapped. */
struct hw_component {
	__u32 slot; /* enum hw_slot; user space frees it */
	/* Of the last error, as one: two processors may write at once. */
	struct {
		__s32 result;
		__u32 operation;
	} __attribute__((aligned(8))) scsi;
	struct hw_key key;
	__u64 count; /* since it is live */
	__u64 last_ns;
	__u64 first_ns; /* of those since user space has last taken (and cleared) it; 0: there is none */
	__u64 woken_ns; /* the last event */
	char message[HW_MESSAGE_MAX];
};

struct hw_event {
	__u64 t_ns;
	__u32 kind; /* HW_NVME; else: look at the components */
	__u32 instance, result;
	__u32 pad;
};

#endif
