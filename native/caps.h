/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities as bits: 1ULL << CAP_x. */
#ifndef PATHWARDEN_CAPS_H
#define PATHWARDEN_CAPS_H

#include <stdint.h>

/* Permitted and effective become keep, as far as permitted now; inheritable and ambient become none. 0 or
 * -errno. */
int caps_keep_only(uint64_t keep);
/* The bounding set becomes keep. 0 or -errno. */
int caps_bound(uint64_t keep);

#endif
