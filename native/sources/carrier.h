/* SPDX-License-Identifier: Apache-2.0 */
/* How the carrier source sees: one strategy is in use. carrier.c chooses it, remembers and tells. */
#ifndef PATHWARDEN_CARRIER_H
#define PATHWARDEN_CARRIER_H

#include "source.h"
#include "events.h"

struct carrier_strategy {
	const char *name;
	/* 0, or -errno with a reason in why. */
	int (*start)(struct helper *h, char *why, size_t why_size);
	/* Lists the links anew: each that is there is given to carrier_seen(). False: the list is not
	 * complete. */
	bool (*rescan)(struct helper *h);
	void (*stop)(struct helper *h);
	uint64_t (*bpf_ns)(void);
	/* So old at most is what it tells of a leg, unless it saw it happen. May be asked after start only.
	 */
	uint64_t (*interval_us)(const struct helper *h);
};

extern const struct carrier_strategy carrier_by_fentry, carrier_by_timer, carrier_by_getlink;

/* A link as it was at e->t_ns; told if it differs from what was told, and acted upon. False: it does not. */
bool carrier_seen(struct helper *h, const struct carrier_event *e);
/* The link is gone. */
void carrier_gone(uint32_t ifindex);
/* How many links are known, and the ifindex of each. */
size_t carrier_count(void);
uint32_t carrier_ifindex(size_t at);

#endif
