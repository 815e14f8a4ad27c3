/* SPDX-License-Identifier: Apache-2.0 */
/* What hwevents.c (start, losses), hwevents_load.c (programs) and hwevents_tell.c (frames) share. The
 * records: bpf/hw_events.h. */
#ifndef PATHWARDEN_HWEVENTS_H
#define PATHWARDEN_HWEVENTS_H

#include "hw_events.h"
#include "source.h"

/* --- hwevents_load.c --- */

#define HWEVENTS_PROGRAMS 5

struct bpf_program;

struct hwevents_object {
	struct hwevents_bpf *bpf; /* NULL: not loaded */
	struct bpf_program *programs[HWEVENTS_PROGRAMS];
	bool has[HWEVENTS_PROGRAMS];
};

/*
 * Loads what this kernel has and takes; *reasons: why the others are left out, "": none is. 0; -ENOENT: none
 * is left; -errno, see bpf_why().
 */
int hwevents_load(struct hwevents_object *o, char reasons[FRAME_REASON_MAX]);
void hwevents_unload(struct hwevents_object *o);
/* That has the tracepoint of this program; NULL: the kernel itself. */
const char *hwevents_module(size_t program);

/* --- hwevents_tell.c --- */

/* components, keys: the maps. 0 or -errno. */
int hwevents_tell_open(struct helper *h, int components, int keys);
void hwevents_tell_close(struct helper *h);
/* One struct hw_event from the ring buffer (libbpf's ring_buffer_sample_fn). */
int hwevents_take(void *helper, void *data, size_t size);
/* Gives up the slots of components without an error of late; to be called each second or so. */
void hwevents_forget(struct helper *h);

/* --- hwevents_frame.c --- */

/* The frame for `count` errors of a component, the first of them at first_ns. */
void hwevents_frame(const struct hw_component *c, uint64_t count, uint64_t first_ns, struct frame *f);

#endif
