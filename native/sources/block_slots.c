/* SPDX-License-Identifier: Apache-2.0 */
/* The block source: a slot for each device that disk.c tells of, so that the programs know it by its name. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <bpf/bpf.h>
#include "block.h"
#include "disk.h"

#define SLOTS_SIZE (sizeof(struct block_disk) * BLOCK_DISKS_MAX)

static struct {
	struct block_disk *slots; /* BLOCK_DISKS_MAX of them, mapped */
	int names;
	uint32_t *used;
	uint32_t generation;
} watched;

int block_slots_open(int slots, int names, uint32_t *slots_used)
{
	void *at = mmap(NULL, SLOTS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, slots, 0);

	if (at == MAP_FAILED)
		return -errno;
	watched.slots = at;
	watched.names = names;
	watched.used = slots_used;
	return 0;
}

void block_slots_close(void)
{
	if (watched.slots)
		munmap(watched.slots, SLOTS_SIZE);
	memset(&watched, 0, sizeof(watched));
}

const struct block_disk *block_slot(uint32_t slot)
{
	return slot < block_slots_used() && watched.slots[slot].generation ? &watched.slots[slot] : NULL;
}

uint32_t block_slots_used(void)
{
	return watched.slots ? *watched.used : 0;
}

static bool has_name(const struct disk_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strncmp(list->disks[i].disk, name, BLOCK_NAME_MAX))
			return true;
	return false;
}

static bool has_slot(const char *name)
{
	for (uint32_t slot = 0; slot < block_slots_used(); slot++)
		if (block_slot(slot) && !strncmp(watched.slots[slot].name, name, BLOCK_NAME_MAX))
			return true;
	return false;
}

static void unwatch(uint32_t slot)
{
	bpf_map_delete_elem(watched.names, watched.slots[slot].name);
	memset(&watched.slots[slot], 0, sizeof(watched.slots[slot]));
}

static void watch(struct helper *h, const char *name)
{
	uint32_t slot = 0;

	while (slot < BLOCK_DISKS_MAX && watched.slots[slot].generation)
		slot++;
	if (slot == BLOCK_DISKS_MAX)
		return; /* those of before the list, which could not be read whole, are kept */
	/* A scan that ran while it was given up may have written into it since. */
	memset(&watched.slots[slot], 0, sizeof(watched.slots[slot]));
	memcpy(watched.slots[slot].name, name, BLOCK_NAME_MAX);
	watched.slots[slot].generation = ++watched.generation;
	if (slot >= *watched.used)
		*watched.used = slot + 1;
	if (bpf_map_update_elem(watched.names, name, &slot, BPF_ANY))
		helper_degrade(h, "block", "degraded", "%s cannot be watched: %s", name, strerror(errno));
}

void block_disks_changed(struct helper *h)
{
	const struct disk_list *list = disk_list();

	if (!watched.slots)
		return;
	for (uint32_t slot = 0; list->complete && slot < *watched.used; slot++)
		if (block_slot(slot) && !has_name(list, watched.slots[slot].name))
			unwatch(slot);
	for (size_t i = 0; i < list->count; i++)
		if (!has_slot(list->disks[i].disk))
			watch(h, list->disks[i].disk);
}
