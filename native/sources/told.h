/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was told last, one table for each type of frame that is a level: links, addresses, routes, next hops,
 * 802.3ad ports, teams, a NIC's mode, errors and module, multipath devices, what hardware there is. A dump is
 * compared with it, so a frame is emitted only for what differs, and what has vanished without a message is
 * found.
 */
#ifndef PATHWARDEN_TOLD_H
#define PATHWARDEN_TOLD_H

#include "frame.h"

struct told_entry {
	uint32_t seen;				  /* the dump that last named it */
	uint32_t touched;			  /* the dump during which a message about it came */
	uint32_t lower;				  /* links: the device of this namespace under it, 0: none */
	uint64_t heard_us;			  /* links: when a message about it was last read */
	bool leg;				  /* links: of a path group, now or once */
	char frame[] __attribute__((aligned(8))); /* the first frame_size() bytes of a struct frame */
};

struct told {
	enum frame_type type;
	struct told_entry **entries; /* in the order of their keys */
	size_t count, room, max;
	uint32_t dump;	       /* number of the dump that is running, or was last */
	unsigned long refused; /* for want of room */
};

enum told_result { TOLD_SAME, TOLD_NEW, TOLD_CHANGED, TOLD_FULL };

void told_init(struct told *t, enum frame_type type, size_t max);
void told_free(struct told *t);

const struct frame *told_frame(const struct told_entry *e);
struct told_entry *told_find(const struct told *t, const struct frame *key);

/* Remembers the frame and marks it as seen. *entry may be NULL on TOLD_FULL only. */
enum told_result told_put(struct told *t, const struct frame *f, struct told_entry **entry);
void told_remove(struct told *t, struct told_entry *e);

/* The order of the table: what names a subject, all else left aside. */
int told_compare(const struct frame *a, const struct frame *b);

#endif
