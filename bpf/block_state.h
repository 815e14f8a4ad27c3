// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* block.bpf.c: its maps and variables, which device a request is of, and how it tells. */
#ifndef PATHWARDEN_BLOCK_STATE_H
#define PATHWARDEN_BLOCK_STATE_H

#include "kernel.h"
#include "events.h"
#include "ticker.h"

#define MS 1000000ULL
/* start_time_ns may come from a clock that was read once for several requests. */
#define SAME_NS (1 * MS)

struct disk_name {
	char text[BLOCK_NAME_MAX];
};

struct issued {
	__u64 t_ns;
	__u64 queue; /* the kernel's address of it */
	__u32 slot, generation;
	__u32 operation;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

/* User space maps it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BLOCK_DISKS_MAX);
	__type(key, __u32);
	__type(value, struct block_disk);
} disks SEC(".maps");

/* A device's name -> its slot there; written by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BLOCK_DISKS_MAX);
	__type(key, struct disk_name);
	__type(value, __u32);
} names SEC(".maps");

/* By the kernel's address of a request. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BLOCK_REQUESTS_MAX);
	__type(key, __u64);
	__type(value, struct issued);
} requests SEC(".maps");

/* Set by user space. */
__u64 stalled_ns = 1000 * MS;
__u64 idle_ns = 250 * MS;
__u32 slots_used; /* none beyond has been in use */

/* Read by user space. */
__u64 busy_ns;
__u64 dropped;	 /* events that found the ring buffer full */
__u64 untracked; /* requests that found no room */

static __always_inline struct block_disk *disk_of(struct request *rq, __u32 *slot)
{
	/* Behind its end the kernel leaves what it made the name of (sd_format_disk_name()). */
	struct disk_name name = {};
	struct gendisk *disk = rq->q->disk;
	__u32 *at;

	if (!disk || bpf_probe_read_kernel_str(name.text, sizeof(name.text), disk->disk_name) < 0)
		return 0;
	at = bpf_map_lookup_elem(&names, &name);
	if (!at)
		return 0;
	*slot = *at;
	return bpf_map_lookup_elem(&disks, slot);
}

/* Is it still the request that was issued at t_ns? If its memory was given away since, it was allocated
 * later.
 */
static __always_inline bool is_same(struct request *rq, __u64 t_ns)
{
	__u64 allocated = BPF_CORE_READ(rq, start_time_ns);

	return allocated && allocated <= t_ns + SAME_NS;
}

static __always_inline void tell(const struct block_disk *d, __u32 slot, __u8 kind, __u64 since_ns,
				 __u64 t_ns)
{
	struct block_event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		__sync_fetch_and_add(&dropped, 1);
		return;
	}
	*e = (struct block_event){
	    .t_ns = t_ns,
	    .since_ns = since_ns,
	    .threshold_ns = stalled_ns,
	    .slot = slot,
	    .generation = d->generation,
	    .in_flight = d->stall_in_flight,
	    .kind = kind,
	    .operation = d->stall_operation,
	};
	bpf_ringbuf_submit(e, 0);
}

#endif
