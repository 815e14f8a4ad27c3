/* SPDX-License-Identifier: Apache-2.0 */
/* The helper as main.c and wire.c know it. Sources see only what source.h declares. */
#ifndef PATHWARDEN_HELPER_H
#define PATHWARDEN_HELPER_H

#include "loop.h"
#include "ring.h"
#include "source.h"

#define SOURCES_MAX 32

struct wire;

struct source_status {
	const char *state; /* "ok", "degraded", "absent" */
	char reason[FRAME_REASON_MAX];
};

struct helper {
	struct helper_options options;
	struct loop *loop;
	struct ring ring;
	struct frame_identity who;
	const struct source *const *sources; /* NULL-terminated */
	struct source_status status[SOURCES_MAX];
	char kernel[65];   /* uname -r */
	uint64_t netns;	   /* inode number of our network namespace */
	struct wire *wire; /* NULL: --watch, or not serving yet */
	uint64_t dropped_bpf, dropped_netlink, dropped_ring;
	struct loop_timer *heartbeat, *snapshot;
	uint64_t last_snapshot_us;
};

/* Everything allocated, nothing started. 0 or -errno. */
int helper_init(struct helper *h, const struct source *const *sources);
void helper_free(struct helper *h);

/* Starts every source; a source that fails is absent with a reason and stays out of everything that follows.
 */
void helper_start_sources(struct helper *h);
void helper_stop_sources(struct helper *h);
/* The union of the capabilities that the sources which started still need. */
uint64_t helper_keep_caps(const struct helper *h);

/* A snapshot of every source: at once, or 100 ms after the last one when somebody asks too often. */
void helper_snapshot(struct helper *h);
void helper_configure(struct helper *h, const struct request_configure *wish);

/* The heartbeat each second; the first at once. 0 or -errno. */
int helper_start_heartbeat(struct helper *h);

int64_t wall_offset_us(void); /* CLOCK_REALTIME - CLOCK_MONOTONIC */

#endif
