/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "told.h"

#define PAYLOAD offsetof(struct frame, heartbeat)

void told_init(struct told *t, enum frame_type type, size_t max)
{
	*t = (struct told){.type = type, .max = max};
}

void told_free(struct told *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->entries[i]);
	free(t->entries);
	told_init(t, t->type, t->max);
}

const struct frame *told_frame(const struct told_entry *e)
{
	return (const struct frame *)(const void *)e->frame;
}

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int order_address(const struct ip_address *a, const struct ip_address *b)
{
	int r = order(a->family, b->family);

	return r ? r : memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

int told_compare(const struct frame *a, const struct frame *b)
{
	int r;

	switch (a->type) {
	case FRAME_LINK:
		return order(a->link.ifindex, b->link.ifindex);
	case FRAME_ADDRESS:
		r = order(a->address.ifindex, b->address.ifindex);
		if (!r)
			r = order(a->address.prefix_len, b->address.prefix_len);
		return r ? r : order_address(&a->address.address, &b->address.address);
	case FRAME_ROUTE:
		r = order(a->route.table, b->route.table);
		if (!r)
			r = order(a->route.prefix_len, b->route.prefix_len);
		if (!r)
			r = order(a->route.metric, b->route.metric);
		return r ? r : order_address(&a->route.dst, &b->route.dst);
	case FRAME_LACP_PORT:
		return order(a->lacp_port.ifindex, b->lacp_port.ifindex);
	case FRAME_TEAM:
		return order(a->team.ifindex, b->team.ifindex);
	case FRAME_NIC_MODE:
		return order(a->nic_mode.ifindex, b->nic_mode.ifindex);
	case FRAME_NIC_ERRORS:
		return order(a->nic_errors.ifindex, b->nic_errors.ifindex);
	case FRAME_MODULE_EEPROM:
		return order(a->module_eeprom.ifindex, b->module_eeprom.ifindex);
	case FRAME_SESSION:
		return strncmp(a->session.session, b->session.session, sizeof(a->session.session));
	case FRAME_DISK:
		return strncmp(a->disk.disk, b->disk.disk, sizeof(a->disk.disk));
	case FRAME_MULTIPATH:
		return strcmp(a->multipath.map, b->multipath.map);
	case FRAME_PCI_DEVICE:
		return strcmp(a->pci_device.device, b->pci_device.device);
	case FRAME_PROCESSORS:
	case FRAME_MEMORY:
		return 0;
	case FRAME_MD:
		return strcmp(a->md.array, b->md.array);
	case FRAME_MOUNT:
		return strcmp(a->mount.point, b->mount.point);
	case FRAME_POWER_SUPPLY:
		return strcmp(a->power_supply.supply, b->power_supply.supply);
	case FRAME_WATCHDOG:
		return strcmp(a->watchdog.watchdog, b->watchdog.watchdog);
	default:
		return order(a->nexthop.id, b->nexthop.id);
	}
}

/* Where it is, or where it would have to go. */
static size_t locate(const struct told *t, const struct frame *key, bool *found)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int r = told_compare(told_frame(t->entries[middle]), key);

		if (r == 0) {
			*found = true;
			return middle;
		}
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = false;
	return low;
}

struct told_entry *told_find(const struct told *t, const struct frame *key)
{
	bool found;
	size_t at = locate(t, key, &found);

	return found ? t->entries[at] : NULL;
}

static bool make_room(struct told *t)
{
	size_t room = t->room ? 2 * t->room : 16;
	struct told_entry **grown;

	if (t->count >= t->max)
		return false;
	if (t->count < t->room)
		return true;
	grown = realloc(t->entries, room * sizeof(*grown));
	if (!grown)
		return false;
	t->entries = grown;
	t->room = room;
	return true;
}

static struct told_entry *make_entry(const struct frame *f, const struct told_entry *old)
{
	struct told_entry *e = malloc(sizeof(*e) + frame_size(f));

	if (!e)
		return NULL;
	if (old)
		memcpy(e, old, sizeof(*e));
	else
		memset(e, 0, sizeof(*e));
	memcpy(e->frame, f, frame_size(f));
	return e;
}

static bool same(const struct frame *a, const struct frame *b)
{
	size_t size = frame_size(a);

	return size == frame_size(b) &&
	       !memcmp((const char *)a + PAYLOAD, (const char *)b + PAYLOAD, size - PAYLOAD);
}

enum told_result told_put(struct told *t, const struct frame *f, struct told_entry **entry)
{
	bool found;
	size_t at = locate(t, f, &found);
	struct told_entry *old = found ? t->entries[at] : NULL, *new;

	if (old && same(told_frame(old), f)) {
		old->seen = t->dump;
		*entry = old;
		return TOLD_SAME;
	}
	new = old || make_room(t) ? make_entry(f, old) : NULL;
	if (!new) {
		t->refused++;
		*entry = old;
		return TOLD_FULL;
	}
	new->seen = t->dump;
	if (!old) {
		memmove(t->entries + at + 1, t->entries + at, (t->count - at) * sizeof(*t->entries));
		t->count++;
	}
	t->entries[at] = new;
	free(old);
	*entry = new;
	return old ? TOLD_CHANGED : TOLD_NEW;
}

void told_remove(struct told *t, struct told_entry *e)
{
	bool found;
	size_t at = locate(t, told_frame(e), &found);

	if (!found)
		return;
	t->count--;
	memmove(t->entries + at, t->entries + at + 1, (t->count - at) * sizeof(*t->entries));
	free(e);
}
