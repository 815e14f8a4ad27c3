/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PATHWARDEN_RESTORE_TEXT_H
#define PATHWARDEN_RESTORE_TEXT_H

#include "frame.h"
#include "record.h"

/* "nexthop id 10 group 1,3/2", as iproute2 would write it; group NULL: "no nexthop id 10". */
void restore_text_group(const struct nlmsghdr *group, uint32_t id, char out[FRAME_STEERING_TEXT_MAX]);

#endif
