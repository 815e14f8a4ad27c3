/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rtnl source's own parts. rtnl.c: events; rtnl_dump.c: when to dump what; rtnl_state.c: what is known
 * and told; rtnl_legs.c: which links carry a path group; rtnl_gateway.c: gateways behind bonds.
 */
#ifndef PATHWARDEN_RTNL_H
#define PATHWARDEN_RTNL_H

#include "rtnl_parse.h"
#include "source.h"
#include "told.h"

/* Beyond these the source is degraded, with the reason in hello, and what does not fit is not told. */
#define RTNL_LINKS_MAX 1024
#define RTNL_ADDRESSES_MAX 4096
#define RTNL_ROUTES_MAX 8192
#define RTNL_NEXTHOPS_MAX 8192
/* Of the routes: with a single hop, told for its gateway (rtnl_gateway.c). Those beyond are left out. */
#define RTNL_LONE_MAX 256

/* --- rtnl_state.c --- */
enum rtnl_table { RTNL_LINKS, RTNL_ADDRESSES, RTNL_ROUTES, RTNL_NEXTHOPS, RTNL_TABLES };

extern struct told rtnl_told[RTNL_TABLES];

void rtnl_state_init(void);
void rtnl_state_free(void);
/*
 * Take in one message, from a dump or by multicast; what differs from what was told is emitted, unless
 * `quiet` (a full dump, of which a snapshot tells). False: malformed.
 */
bool rtnl_state_message(struct helper *h, const struct nlmsghdr *m, bool dumped, bool quiet);
/* A dump of this table (of this family, 0: all) begins; has ended whole: what it did not name is gone. */
void rtnl_state_dump_begins(enum rtnl_table table);
void rtnl_state_dump_ended(struct helper *h, enum rtnl_table table, uint8_t family);
/*
 * After dumps or a link's coming or going: remembers the links that carry a path group (they stay legs as
 * long as they exist), and lets the carrier source know of links that came or went.
 */
void rtnl_state_settled(struct helper *h);
void rtnl_state_snapshot(struct helper *h, bool complete);

/* --- rtnl_legs.c --- */
/* Hops of a route for which the kernel names a next hop object alone, from what is known of objects and
 * groups. */
void rtnl_legs_resolve(struct frame_route *route);
/* Marks the links that carry a route or group with two legs or more. A mark stays: the kernel forgets, we do
 * not. */
void rtnl_legs_mark(void);
/* Lets the tcp source know the members of bonds and teams. */
void rtnl_legs_tell_members(struct helper *h);

/* --- rtnl_gateway.c --- */
/* Has it a single hop that leads to a gateway behind a bond or team? */
bool rtnl_gateway_behind_bond(const struct helper *h, const struct frame_route *r);
/* And is it to be told for that, although it never was? */
bool rtnl_gateway_wanted(const struct helper *h, const struct frame_route *r);
/* Such a route is told now, is told as another, or is not any more. */
void rtnl_gateway_changed(void);

/* --- rtnl_bond.c --- */
/*
 * Before the frame of a link that is new (was NULL) or changed: what the kernel has said of its active member
 * comes first.
 */
void rtnl_bond_ahead(struct helper *h, const struct frame_link *was, const struct frame_link *is, bool quiet);
/* After it; is NULL: gone. Lets the sources that watch bonds and teams know. */
void rtnl_bond_told(struct helper *h, const struct frame_link *was, const struct frame_link *is);

/* --- rtnl_dump.c --- */
enum rtnl_dump { DUMP_LINKS, DUMP_ADDRESSES, DUMP_NEXTHOPS, DUMP_ROUTES4, DUMP_ROUTES6, DUMP_KINDS };

#define DUMP_BIT(kind) (1u << (kind))
#define DUMP_ALL (DUMP_BIT(DUMP_KINDS) - 1)
/* Next hops first: routes are resolved by them. */
#define DUMP_ROUTING (DUMP_BIT(DUMP_NEXTHOPS) | DUMP_BIT(DUMP_ROUTES4) | DUMP_BIT(DUMP_ROUTES6))

int rtnl_dump_start(struct helper *h);
void rtnl_dump_stop(struct helper *h);
/* Soon: one after another, no faster than a tenth of the time goes into it. */
void rtnl_dump_want(struct helper *h, unsigned int kinds);
/* True while this table is being dumped. */
bool rtnl_dump_running(enum rtnl_table table);
/* The running dump was overtaken by a deletion and may bring it back: it is taken again. */
void rtnl_dump_spoiled(enum rtnl_table table);

/* --- rtnl.c --- */
/* Everything that was wanted has been dumped. complete: each dump succeeded. */
void rtnl_dumps_done(struct helper *h, bool complete);
/* True until the first complete set of dumps after start or a loss: their content is told as a snapshot. */
bool rtnl_resyncing(void);

#endif
