/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a leg may be left. Pure: what is known of the group and of its past, and the time, in; a decision
 * out. Whatever the client says: only a leg of a group that the configuration names, never the last usable
 * one, never unless another leg has answered a probe since the request and this one has not, at most once in
 * STEER_SPACING_US.
 */
#ifndef PATHWARDEN_STEER_POLICY_H
#define PATHWARDEN_STEER_POLICY_H

#include "frame.h"

#define STEER_SPACING_US 10000000
#define STEER_WHY_MAX 96

struct steer_leg {
	uint32_t ifindex;
	bool usable; /* by the kernel's own account */
	bool proven; /* has answered a probe since the request */
};

struct steer_facts {
	bool allowed;		      /* the configuration names the group */
	bool exists;		      /* the kernel has it */
	char not_ours[STEER_WHY_MAX]; /* why it is not ours to move, "": it is */
	uint32_t active_ifindex;      /* the only leg that carries traffic; 0: all of them do */
	uint8_t leg_count;
	struct steer_leg legs[FRAME_HOPS_MAX];
};

struct steer_past {
	uint64_t acted_us; /* the last action or undoing; 0: never */
	uint8_t left_count;
	uint32_t left[FRAME_HOPS_MAX]; /* out of use by our doing */
};

struct steer_decision {
	bool go;
	char why[STEER_WHY_MAX]; /* why not */
	uint8_t keep_count;
	uint32_t keep[FRAME_HOPS_MAX]; /* the proven legs */
};

/* keep[0] is the leg to make active, where only one carries traffic. */
void steer_decide(const struct steer_facts *facts, const struct steer_past *past, uint32_t leave_ifindex,
		  uint64_t now, struct steer_decision *out);

/* Null: routes of this rtm_protocol are the operator's own; else who else puts them there and would take them
 * back. */
const char *steer_protocol_owner(uint8_t protocol);

#endif
