/* SPDX-License-Identifier: Apache-2.0 */
/* What frames of several subjects are made of. */
#ifndef PATHWARDEN_FRAME_BASE_H
#define PATHWARDEN_FRAME_BASE_H

#include <stdint.h>

#define FRAME_REASON_MAX 96
#define FRAME_KIND_MAX 16
#define FRAME_NO_COUNT UINT64_MAX
#define FRAME_PCI_MAX 20 /* a PCI function: 0000:03:00.0; a domain has up to eight digits */

struct ip_address {
	uint8_t family; /* 0: none, 4 or 6 */
	uint8_t bytes[16];
};

#endif
