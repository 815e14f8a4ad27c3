/* SPDX-License-Identifier: Apache-2.0 */
/* What the steering thread does to each kind of group. */
#ifndef PATHWARDEN_STEER_ACT_H
#define PATHWARDEN_STEER_ACT_H

#include "steer_netlink.h"
#include "steer_worker.h"

/* Fills *out, whose job is the request; everything else in it is 0. */
void steer_act_routes(struct steer_netlink *nl, struct steer_done *out);
void steer_act_master(struct steer_netlink *nl, struct steer_done *out);
/* As those, but by the leg's own admin state. */
void steer_act_link(struct steer_netlink *nl, struct steer_done *out);

/* steer_collateral.c: why the link cannot be taken down without a loss; what is in `why` stays if it can. */
void steer_link_keeps(struct steer_netlink *nl, uint32_t ifindex, char why[STEER_WHY_MAX]);

/* steer_act_link.c: links of our marking that are no legs of such a group; see steer_worker_sweep(). */
int steer_sweep_links(struct steer_netlink *nl, const struct steer_allowed *allowed, size_t count,
		      void (*fn)(void *data, const struct steer_done *done), void *data);
/* steer_act_routes.c: our routes that belong to no group, or to nothing any more; see steer_worker_sweep().
 */
int steer_sweep_routes(struct steer_netlink *nl, const struct steer_allowed *allowed, size_t count,
		       void (*fn)(void *data, const struct steer_done *done), void *data);

/* Marks the legs that have answered a probe since the request. */
static inline void steer_mark_proven(struct steer_facts *facts, const struct steer_job *job)
{
	for (size_t i = 0; i < facts->leg_count; i++)
		for (size_t k = 0; k < job->proven_count; k++)
			facts->legs[i].proven |= facts->legs[i].ifindex == job->proven[k];
}

#endif
