/* SPDX-License-Identifier: Apache-2.0 */
/* What was before and what is after, as iproute2 would write it. */
#ifndef PATHWARDEN_STEER_TEXT_H
#define PATHWARDEN_STEER_TEXT_H

#include "frame.h"

struct helper;

/* Cut at the end of out with an ellipsis. An empty route (family 0) is "". count: of how many it is the
 * first. */
void steer_text_route(const struct helper *h, const struct frame_route *route, unsigned int count,
		      char out[FRAME_STEERING_TEXT_MAX]);
/* name: of a bond, or (team) of a team; 0: no member is active. */
void steer_text_active(const struct helper *h, const char *name, bool team, uint32_t active_ifindex,
		       char out[FRAME_STEERING_TEXT_MAX]);
/* Our own end of a leg. */
void steer_text_link(const struct helper *h, uint32_t ifindex, bool up, char out[FRAME_STEERING_TEXT_MAX]);
/* The client's words, then ours; either may be empty. */
void steer_text_reason(const char *theirs, const char *ours, char out[FRAME_STEERING_TEXT_MAX]);

#endif
