/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "hwevents.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void fill_scsi(const struct hw_component *c, struct frame *f)
{
	f->type = FRAME_SCSI_ERROR;
	snprintf(f->scsi_error.device, sizeof(f->scsi_error.device), "%u:%u:%u:%llu", c->key.id[0],
		 c->key.id[1], c->key.id[2], (unsigned long long)c->key.lun);
	f->scsi_error.kind = c->key.kind == HW_SCSI_TIMEOUT ? SCSI_TIMEOUT : SCSI_ERROR;
	f->scsi_error.operation = (uint8_t)c->scsi.operation;
	f->scsi_error.result = c->scsi.result;
}

static void fill_thermal(const struct hw_component *c, struct frame *f)
{
	/* enum thermal_trip_type, include/uapi/linux/thermal.h */
	static const char *const types[] = {"active", "passive", "hot", "critical"};
	struct frame_thermal_trip *p = &f->thermal_trip;

	f->type = FRAME_THERMAL_TRIP;
	snprintf(p->zone, sizeof(p->zone), "%.*s", (int)sizeof(p->zone) - 1, c->key.name);
	p->id = c->key.id[0];
	p->trip = (int32_t)c->key.id[1];
	if (c->key.id[2] < COUNT(types))
		snprintf(p->kind, sizeof(p->kind), "%s", types[c->key.id[2]]);
	else
		snprintf(p->kind, sizeof(p->kind), "%u", c->key.id[2]);
}

static void fill_health(const struct hw_component *c, struct frame *f)
{
	struct frame_device_health *p = &f->device_health;

	f->type = FRAME_DEVICE_HEALTH;
	snprintf(p->device, sizeof(p->device), "%.*s/%.*s", (int)sizeof(c->key.bus) - 1, c->key.bus,
		 (int)(sizeof(p->device) - sizeof(c->key.bus) - 1), c->key.name);
	snprintf(p->reporter, sizeof(p->reporter), "%.*s", (int)sizeof(p->reporter) - 1, c->key.part);
	snprintf(p->message, sizeof(p->message), "%.*s", HW_MESSAGE_MAX - 1, c->message);
}

void hwevents_frame(const struct hw_component *c, uint64_t count, uint64_t first_ns, struct frame *f)
{
	struct frame_errors errors = {.count = count, .first_us = first_ns / 1000};

	memset(f, 0, sizeof(*f));
	f->t_us = __atomic_load_n(&c->last_ns, __ATOMIC_RELAXED) / 1000;
	/* The last may have come since the count was taken. */
	if (errors.first_us > f->t_us)
		errors.first_us = f->t_us;
	switch (c->key.kind) {
	case HW_SCSI_ERROR:
	case HW_SCSI_TIMEOUT:
		fill_scsi(c, f);
		f->scsi_error.errors = errors;
		break;
	case HW_THERMAL:
		fill_thermal(c, f);
		f->thermal_trip.errors = errors;
		break;
	default:
		fill_health(c, f);
		f->device_health.errors = errors;
	}
}
