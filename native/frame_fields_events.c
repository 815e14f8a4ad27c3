/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of frames of the sources hwevents and kmsg, as agent/wire/hardware.ts names them. */
#include "frame_put.h"

static void put_nvme_event(struct json *j, const struct frame_nvme_event *p)
{
	json_put_text(j, "controller", p->controller, sizeof(p->controller));
	put_register(j, "result", p->result);
}

static void put_scsi_error(struct json *j, const struct frame_scsi_error *p)
{
	static const char *const kinds[] = {[SCSI_ERROR] = "error", [SCSI_TIMEOUT] = "timeout"};

	put_errors(j, &p->errors);
	json_put_text(j, "device", p->device, sizeof(p->device));
	put_choice(j, "kind", kinds, COUNT(kinds), p->kind);
	json_put_uint(j, "operation", p->operation);
	json_put_int(j, "result", p->result);
}

static void put_thermal_trip(struct json *j, const struct frame_thermal_trip *p)
{
	put_errors(j, &p->errors);
	json_put_text(j, "zone", p->zone, sizeof(p->zone));
	json_put_uint(j, "id", p->id);
	json_put_int(j, "trip", p->trip);
	json_put_text(j, "kind", p->kind, sizeof(p->kind));
}

static void put_device_health(struct json *j, const struct frame_device_health *p)
{
	put_errors(j, &p->errors);
	json_put_text(j, "device", p->device, sizeof(p->device));
	json_put_text(j, "reporter", p->reporter, sizeof(p->reporter));
	json_put_text(j, "message", p->message, sizeof(p->message));
}

static void put_kmsg(struct json *j, const struct frame_kmsg *p)
{
	json_put_uint(j, "sequence", p->sequence);
	json_put_uint(j, "level", p->level);
	json_put_text(j, "text", p->text, sizeof(p->text));
	put_text_or_null(j, "subsystem", p->subsystem, sizeof(p->subsystem));
	put_text_or_null(j, "device", p->device, sizeof(p->device));
}

void frame_fields_events(struct json *j, const struct frame *f)
{
	switch (f->type) {
	case FRAME_NVME_EVENT:
		put_nvme_event(j, &f->nvme_event);
		break;
	case FRAME_SCSI_ERROR:
		put_scsi_error(j, &f->scsi_error);
		break;
	case FRAME_THERMAL_TRIP:
		put_thermal_trip(j, &f->thermal_trip);
		break;
	case FRAME_DEVICE_HEALTH:
		put_device_health(j, &f->device_health);
		break;
	case FRAME_KMSG:
		put_kmsg(j, &f->kmsg);
		break;
	default:
		break;
	}
}
