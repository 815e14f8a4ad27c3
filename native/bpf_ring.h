/* SPDX-License-Identifier: Apache-2.0 */
/* The ring buffer into which a source's BPF programs write, and what found it full. */
#ifndef PATHWARDEN_BPF_RING_H
#define PATHWARDEN_BPF_RING_H

#include <bpf/libbpf.h>
#include "source.h"

struct bpf_ring {
	const struct source *source;
	ring_buffer_sample_fn take; /* one event; its context is the helper */
	/* Used in the place of bpf_ring_drain() when there is something to read; NULL: that. */
	void (*drain)(struct helper *h);
	/* Why `dropped` has grown, if not for what its name says. */
	const char *full;
	/* The rest is bpf_ring.c's. */
	struct helper *helper;
	struct ring_buffer *buffer; /* NULL: not open */
	const __u64 *dropped;
	uint64_t dropped_told;
};

/*
 * From now on the loop reads events. When the programs' count of those that found no room has grown, this is
 * told and the source takes its snapshot. 0 or -errno.
 */
int bpf_ring_open(struct bpf_ring *r, struct helper *h, const struct bpf_map *events, const __u64 *dropped);
void bpf_ring_close(struct bpf_ring *r);
/* Takes the events that there are now. */
void bpf_ring_drain(struct bpf_ring *r);

#endif
