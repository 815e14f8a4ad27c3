/* SPDX-License-Identifier: Apache-2.0 */
/* Why a source sees less than it could, in one line. */
#ifndef PATHWARDEN_RAS_REASONS_H
#define PATHWARDEN_RAS_REASONS_H

#include "bpf.h"
#include "frame_base.h"

struct ras_reasons {
	char text[FRAME_REASON_MAX]; /* "": there is none */
	bool ends_with_no;	     /* its last is "no x", as those of tracepoint_check() */
};

void ras_reasons_add(struct ras_reasons *r, const char *why);

/* A program for a tracepoint as some kernels have it. */
struct ras_program {
	struct bpf_program *program;
	struct tracepoint tracepoint;
	bool may_be_missing; /* nobody need be told */
};

/*
 * Loads, of those next to each other for the same tracepoint, the first that fits; if none does, why the
 * first does not is added. How many will be loaded.
 */
unsigned int ras_choose(const struct ras_program *programs, size_t count, struct ras_reasons *why_not);

#endif
