/* SPDX-License-Identifier: Apache-2.0 */
/* bpf/carrier.bpf.c, as the strategies fentry and timer use it: one of them at a time. */
#ifndef PATHWARDEN_CARRIER_OBJECT_H
#define PATHWARDEN_CARRIER_OBJECT_H

#include "carrier.h"
#include "carrier.skel.h"

/* Opened, not loaded, and without its hooks. NULL: no memory, or the object is none. */
struct carrier_bpf *carrier_object_open(void);
/*
 * Loads it, lists the links and lets it look at them each interval_us from now on. 0, or -errno with the
 * step that failed; then it is closed again.
 */
int carrier_object_start(struct helper *h, uint64_t interval_us, const char **step);
void carrier_object_stop(struct helper *h);

/* As struct carrier_strategy has them. */
bool carrier_object_rescan(struct helper *h);
uint64_t carrier_object_interval_us(const struct helper *h);
uint64_t carrier_object_bpf_ns(void);

#endif
