/* SPDX-License-Identifier: Apache-2.0 */
/* What was done to a group. */
#ifndef PATHWARDEN_FRAME_STEERING_H
#define PATHWARDEN_FRAME_STEERING_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_GROUP_MAX 80
#define FRAME_STEERING_TEXT_MAX 256

enum steering_outcome {
	STEERING_STEERED,
	STEERING_UNDONE,
	STEERING_REFUSED,
	STEERING_FAILED,
	STEERING_STANDS,   /* in a snapshot: steered now */
	STEERING_RESTORED, /* next hop objects that the kernel had deleted are there again */
};

enum steer_how { STEER_NOT, STEER_ACTIVE_MEMBER, STEER_ROUTE, STEER_LINK_DOWN, STEER_NEXTHOPS };

struct frame_steering {
	char group[FRAME_GROUP_MAX];
	enum steering_outcome outcome;
	enum steer_how how;
	uint32_t from_ifindex, to_ifindex; /* to 0: all that are left */
	uint64_t asked_us;		   /* 0: by itself */
	bool lasts;			   /* it is to be undone some time */
	char before[FRAME_STEERING_TEXT_MAX], after[FRAME_STEERING_TEXT_MAX], reason[FRAME_STEERING_TEXT_MAX];
};

#endif
