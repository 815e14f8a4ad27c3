/* SPDX-License-Identifier: Apache-2.0 */
/* What hwevents.c (start, losses) and hwevents_tell.c (frames) share. The records: bpf/hw_events.h. */
#ifndef PATHWARDEN_HWEVENTS_H
#define PATHWARDEN_HWEVENTS_H

#include "hw_events.h"
#include "source.h"

/* components, keys: the maps. 0 or -errno. */
int hwevents_tell_open(struct helper *h, int components, int keys);
void hwevents_tell_close(struct helper *h);
/* One struct hw_event from the ring buffer (libbpf's ring_buffer_sample_fn). */
int hwevents_take(void *helper, void *data, size_t size);
/* Gives up the slots of components without an error of late; to be called each second or so. */
void hwevents_forget(struct helper *h);

/* The frame for `count` errors of a component, the first of them at first_ns. */
void hwevents_frame(const struct hw_component *c, uint64_t count, uint64_t first_ns, struct frame *f);

#endif
