/* SPDX-License-Identifier: Apache-2.0 */
/* What block.c (start, snapshot, losses), block_tell.c (frames) and block_slots.c (devices) share. */
#ifndef PATHWARDEN_BLOCK_H
#define PATHWARDEN_BLOCK_H

#include "events.h"
#include "source.h"

/* --- block_slots.c: the array of watched devices, which the programs share --- */

/* slots: the map of them; names: that of names. slots_used is kept beyond the last one in use. 0 or -errno.
 */
int block_slots_open(int slots, int names, uint32_t *slots_used);
void block_slots_close(void);
/* NULL: it is free, or there is none such. */
const struct block_disk *block_slot(uint32_t slot);
/* How many there are to look at. */
uint32_t block_slots_used(void);

/* --- block_tell.c --- */

/* 0 or -errno. */
int block_tell_open(struct helper *h);
void block_tell_close(struct helper *h);
/* One struct block_event from the ring buffer (libbpf's ring_buffer_sample_fn). */
int block_take(void *helper, void *data, size_t size);
/* An open stall and a count of errors, for a snapshot. */
void block_tell_slot(struct helper *h, uint32_t slot, uint64_t threshold_ns);

#endif
