/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of the sources hwevents and kmsg. */
#ifndef PATHWARDEN_FRAME_SAMPLES_EVENTS_H
#define PATHWARDEN_FRAME_SAMPLES_EVENTS_H

#include "frame_samples_net.h"

static struct frame full_kmsg(void)
{
	struct frame f = {.type = FRAME_KMSG, .t_us = 2000, .kmsg = {.sequence = UINT32_MAX, .level = 4}};

	memset(f.kmsg.subsystem, '\f', sizeof(f.kmsg.subsystem) - 1);
	memset(f.kmsg.device, '\f', sizeof(f.kmsg.device) - 1);
	memset(f.kmsg.text, '\f', sizeof(f.kmsg.text) - 1);
	return f;
}

static struct frame full_device_health(void)
{
	struct frame f = {.type = FRAME_DEVICE_HEALTH,
			  .t_us = 2000,
			  .device_health.errors = {.count = UINT32_MAX, .first_us = 1000}};

	memset(f.device_health.device, '\f', sizeof(f.device_health.device) - 1);
	memset(f.device_health.reporter, '\f', sizeof(f.device_health.reporter) - 1);
	memset(f.device_health.message, '\f', sizeof(f.device_health.message) - 1);
	return f;
}

static struct frame *event_samples(struct frame *f)
{
	*f++ = (struct frame){.type = FRAME_NVME_EVENT,
			      .nvme_event = {.controller = "nvme4294967295", .result = UINT32_MAX}};
	*f++ = (struct frame){.type = FRAME_NVME_EVENT, .nvme_event = {.controller = "nvme0"}};
	for (unsigned int kind = SCSI_ERROR; kind <= SCSI_TIMEOUT; kind++)
		*f++ = (struct frame){
		    .type = FRAME_SCSI_ERROR,
		    .scsi_error = {.errors = {.count = UINT32_MAX, .first_us = UINT32_MAX},
				   .device = "4294967295:4294967295:4294967295:18446744073709551615",
				   .kind = kind,
				   .operation = 255,
				   .result = INT32_MIN}};
	*f++ = (struct frame){.type = FRAME_THERMAL_TRIP,
			      .thermal_trip = {.errors = {.count = 1, .first_us = 1000},
					       .zone = "x86_pkg_temp",
					       .id = INT32_MAX,
					       .trip = -1,
					       .kind = "critical"}};
	*f++ = full_device_health();
	*f++ = (struct frame){.type = FRAME_DEVICE_HEALTH, .device_health.errors.count = 1};
	*f++ = full_kmsg();
	*f++ = (struct frame){.type = FRAME_KMSG};
	return f;
}

#endif
