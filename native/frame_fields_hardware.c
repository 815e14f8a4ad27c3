/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of frames that tell what hardware there is, as agent/wire/hardware.ts names them. */
#include "frame_put.h"

static void put_pci_device(struct json *j, const struct frame_pci_device *p)
{
	json_put_text(j, "device", p->device, sizeof(p->device));
	put_text_or_null(j, "parent", p->parent, sizeof(p->parent));
	json_put_uint(j, "class", p->class);
	json_put_uint(j, "vendor", p->vendor);
	json_put_uint(j, "product", p->product);
	put_text_or_null(j, "driver", p->driver, sizeof(p->driver));
	put_text_or_null(j, "slot", p->slot, sizeof(p->slot));
	put_text_or_null(j, "link_speed", p->link_speed, sizeof(p->link_speed));
	put_count_or_null(j, "link_width", p->link_width);
	put_text_or_null(j, "max_link_speed", p->max_link_speed, sizeof(p->max_link_speed));
	put_count_or_null(j, "max_link_width", p->max_link_width);
	put_text_or_null(j, "physical", p->physical, sizeof(p->physical));
	json_put_bool(j, "gone", p->gone);
}

static void put_processors(struct json *j, const struct frame_processors *p)
{
	json_put_text(j, "present", p->lists, FRAME_CPU_LIST_MAX);
	json_put_text(j, "online", frame_cpus_online(p), FRAME_CPU_LIST_MAX);
	put_text_or_null(j, "smt", p->smt, sizeof(p->smt));
}

static void put_memory(struct json *j, const struct frame_memory *p)
{
	json_put_uint(j, "total_bytes", p->total_bytes);
	json_put_uint(j, "blocks", p->blocks);
	json_put_uint(j, "offline_blocks", p->offline_blocks);
	json_put_uint(j, "corrupted_bytes", p->corrupted_bytes);
}

static void put_md_member(struct json *j, const struct frame_md_member *p)
{
	json_open(j, NULL, '{');
	json_put_text(j, "disk", p->disk, sizeof(p->disk));
	if (p->slot == FRAME_SPARE)
		json_put_null(j, "slot");
	else
		json_put_uint(j, "slot", p->slot);
	json_put_text(j, "state", p->state, sizeof(p->state));
	json_close(j, '}');
}

static void put_md(struct json *j, const struct frame_md *p)
{
	json_put_text(j, "array", p->array, sizeof(p->array));
	put_text_or_null(j, "level", p->level, sizeof(p->level));
	json_put_text(j, "state", p->state, sizeof(p->state));
	json_put_uint(j, "raid_disks", p->raid_disks);
	json_put_uint(j, "degraded", p->degraded);
	json_put_text(j, "action", p->action, sizeof(p->action));
	json_open(j, "members", '[');
	for (unsigned int i = 0; i < p->member_count && i < FRAME_MEMBERS_MAX; i++)
		put_md_member(j, &p->members[i]);
	json_close(j, ']');
	json_put_bool(j, "gone", p->gone);
}

static void put_mount(struct json *j, const struct frame_mount *p)
{
	char device[24];

	json_put_text(j, "point", p->point, sizeof(p->point));
	snprintf(device, sizeof(device), "%u:%u", p->major, p->minor);
	json_put_text(j, "device", device, sizeof(device));
	json_put_text(j, "source", p->source, sizeof(p->source));
	json_put_text(j, "filesystem", p->filesystem, sizeof(p->filesystem));
	json_put_bool(j, "read_only", p->read_only);
	json_put_bool(j, "super_read_only", p->super_read_only);
	json_put_bool(j, "gone", p->gone);
}

static void put_power_supply(struct json *j, const struct frame_power_supply *p)
{
	json_put_text(j, "supply", p->supply, sizeof(p->supply));
	json_put_text(j, "kind", p->kind, sizeof(p->kind));
	put_bool_or_null(j, "online", p->has_online, p->online);
	put_text_or_null(j, "health", p->health, sizeof(p->health));
	put_text_or_null(j, "status", p->status, sizeof(p->status));
	put_text_or_null(j, "model", p->model, sizeof(p->model));
	put_text_or_null(j, "serial", p->serial, sizeof(p->serial));
	json_put_bool(j, "gone", p->gone);
}

static void put_watchdog(struct json *j, const struct frame_watchdog *p)
{
	json_put_text(j, "watchdog", p->watchdog, sizeof(p->watchdog));
	json_put_text(j, "identity", p->identity, sizeof(p->identity));
	json_put_bool(j, "active", p->active);
	json_put_uint(j, "boot_status", p->boot_status);
	json_put_uint(j, "timeout_s", p->timeout_s);
	json_put_bool(j, "gone", p->gone);
}

void frame_fields_hardware(struct json *j, const struct frame *f)
{
	switch (f->type) {
	case FRAME_PCI_DEVICE:
		put_pci_device(j, &f->pci_device);
		break;
	case FRAME_PROCESSORS:
		put_processors(j, &f->processors);
		break;
	case FRAME_MEMORY:
		put_memory(j, &f->memory);
		break;
	case FRAME_MD:
		put_md(j, &f->md);
		break;
	case FRAME_MOUNT:
		put_mount(j, &f->mount);
		break;
	case FRAME_POWER_SUPPLY:
		put_power_supply(j, &f->power_supply);
		break;
	case FRAME_WATCHDOG:
		put_watchdog(j, &f->watchdog);
		break;
	default:
		break;
	}
}
