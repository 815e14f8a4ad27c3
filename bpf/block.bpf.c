// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Requests that block devices have been given and have not answered. Each is noted by its address when it is
 * issued and forgotten when it is completed; a timer looks for the oldest of each device. What was issued
 * before we were attached is not seen. A request that its driver puts back (block_rq_requeue) keeps its first
 * time: for whoever waits it is the same. Passthrough commands are left out: one may take hours.
 */
#include "block_scan.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* enum req_op, include/linux/blk_types.h: the first that is no block operation but a driver's (SCSI, NVMe).
 */
#define FIRST_PASSTHROUGH 32
#define OPERATION(flags) ((flags)&0xff)
/* include/linux/blk_types.h, and the errno of before 5.16: refusals that are no failures. */
#define STS_NOTSUPP 1
#define STS_DM_REQUEUE 11
#define STS_AGAIN 12
#define EOPNOTSUPP 95
#define EREMCHG 78
/* The medium itself has failed, or it gave back what was not written. */
#define STS_MEDIUM 7
#define STS_PROTECTION 8
#define ENODATA 61
#define EILSEQ 84
/* At most one event of errors in that time for each device. */
#define ERRORS_NS (100 * MS)

SEC("tp_btf/block_rq_issue")
int BPF_PROG(on_issue, struct request *rq)
{
	struct issued now = {.queue = (__u64)rq->q}, *old;
	__u32 operation = OPERATION(rq->cmd_flags);
	__u64 key = (__u64)rq;
	struct block_disk *d;
	int error; /* no long: before 6.4 the upper half of what it returns may be anything */

	if (operation >= FIRST_PASSTHROUGH) {
		/* Whatever was noted by this address is over. */
		bpf_map_delete_elem(&requests, &key);
		return 0;
	}
	d = disk_of(rq, &now.slot);
	if (!d)
		return 0;
	now.t_ns = bpf_ktime_get_ns();
	now.generation = d->generation;
	now.operation = operation;
	error = bpf_map_update_elem(&requests, &key, &now, BPF_NOEXIST);
	if (error == -EEXIST) {
		old = bpf_map_lookup_elem(&requests, &key);
		if (old && old->queue == now.queue && is_same(rq, old->t_ns))
			return 0;
		error = bpf_map_update_elem(&requests, &key, &now, BPF_ANY);
	}
	if (error)
		__sync_fetch_and_add(&untracked, 1);
	return 0;
}

static __always_inline bool is_medium(int error)
{
	return error == STS_MEDIUM || error == STS_PROTECTION || error == -ENODATA || error == -EILSEQ;
}

static __always_inline void count_error(struct request *rq, int error, __u64 now)
{
	struct block_disk *d;
	__u32 slot;

	if (OPERATION(rq->cmd_flags) >= FIRST_PASSTHROUGH || error == STS_NOTSUPP ||
	    error == STS_DM_REQUEUE || error == STS_AGAIN || error == -EOPNOTSUPP || error == -EREMCHG ||
	    error == -EAGAIN)
		return;
	d = disk_of(rq, &slot);
	if (!d)
		return;
	d->last_error = error;
	if (is_medium(error)) {
		d->medium_sector = rq->__sector;
		__sync_fetch_and_add(&d->medium, 1);
	}
	__sync_fetch_and_add(&d->errors, 1);
	if (d->error_told_ns && now - d->error_told_ns < ERRORS_NS)
		return;
	d->error_told_ns = now;
	tell(d, slot, BLOCK_ERROR, now, now);
}

/* Of a part, too: then the driver puts back what is left, and that is issued anew. */
SEC("tp_btf/block_rq_complete")
int BPF_PROG(on_complete, struct request *rq, int error)
{
	__u64 key = (__u64)rq, now, t_ns;
	struct issued *r = bpf_map_lookup_elem(&requests, &key);
	struct block_disk *d;
	__u32 slot;

	if (r) {
		slot = r->slot;
		t_ns = r->t_ns;
		bpf_map_delete_elem(&requests, &key);
		now = bpf_ktime_get_ns();
		d = bpf_map_lookup_elem(&disks, &slot);
		if (d && now - t_ns >= stalled_ns)
			d->cleared_ns = now;
	}
	if (error)
		count_error(rq, error, bpf_ktime_get_ns());
	return 0;
}

/* Starts the timer, or makes it tick now. */
SEC("syscall")
int arm(void *ctx)
{
	return tick_in(0, tick);
}
