/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the source ras: ras.c has the errors, ras_pages.c the broken pages. */
#ifndef PATHWARDEN_RAS_H
#define PATHWARDEN_RAS_H

#include "bpf_ring.h"
#include "ras_events.h"
#include "ras_reasons.h"

/* --- ras_frame.c --- */
/* False: it fits no frame. */
bool ras_frame(const struct ras_event *e, struct frame *f);

/* --- ras_pages.c --- */
/* What of it the kernel does not have, or permit, is added to the reasons. True: something is seen. */
bool ras_pages_start(struct helper *h, struct ras_reasons *why_not);
void ras_pages_stop(void);

#endif
