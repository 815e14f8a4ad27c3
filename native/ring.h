/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The replay ring: the last frames as compact records of variable size. It overwrites its oldest records;
 * each client has a cursor of its own and learns from ring_read() that it has been overtaken.
 */
#ifndef PATHWARDEN_RING_H
#define PATHWARDEN_RING_H

#include "frame.h"

#define RING_BYTES (2u << 20)

struct ring {
	char *bytes;
	size_t size;	     /* a power of two */
	uint64_t head, tail; /* where the next record goes, where the oldest is: ever growing byte counts */
	uint64_t next_seq;   /* of the next record; the first has 1 */
	uint64_t oldest_seq; /* of the record at tail; == next_seq when the ring is empty */
};

struct ring_cursor {
	uint64_t at;  /* byte count of the next record to read */
	uint64_t seq; /* its sequence number */
};

/* size: a power of two, at least 4096. 0, or -ENOMEM. */
int ring_init(struct ring *r, size_t size);
void ring_free(struct ring *r);

/* Copies the frame; returns its sequence number. */
uint64_t ring_append(struct ring *r, const struct frame *f);

/* At the end: only what comes from now on. */
struct ring_cursor ring_end(const struct ring *r);

/* Behind sequence number seq (0: at the very first record). 0, or -ENOENT: not in the ring (any more, or
 * yet). */
int ring_after(const struct ring *r, uint64_t seq, struct ring_cursor *c);

/*
 * The record at the cursor, which moves on. 1, 0 when there is none, or -EOVERFLOW when it has been
 * overwritten: then the cursor has not moved, and what is still there begins at oldest_seq.
 */
int ring_read(const struct ring *r, struct ring_cursor *c, struct frame *f, uint64_t *seq);

#endif
