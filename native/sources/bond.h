/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the bond source share: bond.c (active members), announce.c (announcements); and team.c.
 */
#ifndef PATHWARDEN_BOND_H
#define PATHWARDEN_BOND_H

#include "events.h"
#include "source.h"

/* When a bond or team last changed its active member, 0: never. */
uint64_t bond_last_switch_us(void);
/* Tells of a change that only netlink tells of, now. */
void bond_told_by_netlink(struct helper *h, uint32_t ifindex, uint32_t from, uint32_t to);

/* --- announce.c --- */
void announce_start(struct helper *h);
void announce_stop(void);
void announce_drain(void);
/* "in traces only" or "not seen", and *why; NULL: all are seen. */
const char *announce_limits(const char **why);

#endif
