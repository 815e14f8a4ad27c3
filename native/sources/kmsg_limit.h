/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many records of the kernel's log are passed on. Token buckets, each kept as the time at which it is
 * full again: of errors, of warnings, so that these may not crowd out those, and in either of records that
 * begin alike, so that one driver's storm leaves room for what others say.
 */
#ifndef PATHWARDEN_KMSG_LIMIT_H
#define PATHWARDEN_KMSG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* So many at once, and then one in that time. */
#define KMSG_BURST 50
#define KMSG_SPACING_US 50000
#define KMSG_ALIKE_BURST 20
#define KMSG_ALIKE_SPACING_US 200000
/* As long as what most say before the first number: "EXT4-fs erro", "mce: [Hardwa". */
#define KMSG_ALIKE_BYTES 12
#define KMSG_ALIKE_MAX 64 /* by hash: what shares a bucket is told less */

struct kmsg_limit {
	uint64_t full_us[2], alike_full_us[2][KMSG_ALIKE_MAX];
};

static inline bool kmsg_limit_take(uint64_t *full_us, uint64_t burst, uint64_t spacing_us, uint64_t now_us)
{
	uint64_t from_us = *full_us > now_us ? *full_us : now_us;

	if (from_us + spacing_us > now_us + burst * spacing_us)
		return false;
	*full_us = from_us + spacing_us;
	return true;
}

static inline unsigned int kmsg_limit_alike(const char *text)
{
	uint32_t hash = 2166136261U; /* FNV-1a */

	for (int i = 0; i < KMSG_ALIKE_BYTES && text[i]; i++)
		hash = (hash ^ (uint8_t)text[i]) * 16777619U;
	return (hash ^ hash >> 16) % KMSG_ALIKE_MAX;
}

/* May this one be told? */
static inline bool kmsg_limit_allows(struct kmsg_limit *l, bool warning, const char *text, uint64_t now_us)
{
	return kmsg_limit_take(&l->alike_full_us[warning][kmsg_limit_alike(text)], KMSG_ALIKE_BURST,
			       KMSG_ALIKE_SPACING_US, now_us) &&
	       kmsg_limit_take(&l->full_us[warning], KMSG_BURST, KMSG_SPACING_US, now_us);
}

#endif
