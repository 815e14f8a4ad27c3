/* SPDX-License-Identifier: Apache-2.0 */
/* The team source's own parts. team.c: what is known and told; team_ask.c: questions; team_events.c: changes.
 */
#ifndef PATHWARDEN_TEAM_H
#define PATHWARDEN_TEAM_H

#include "genl.h"
#include "source.h"
#include "team_parse.h"

/* Beyond these the source is degraded, and what does not fit is not told. */
#define TEAMS_MAX 16

struct team {
	struct team_state state;
	bool wanted; /* its state is to be asked for */
	bool whole;  /* it has been asked for once */
};

/* --- team.c --- */
/* NULL: rtnl has not told of such a team, or it has gone. */
struct team *team_find(uint32_t ifindex);
/* The first that is wanted, or NULL. */
struct team *team_wanted(void);
/* Tells what is known of it, if it is not what was told last. */
void team_tell(struct helper *h, const struct team *t);
/* Nothing is to be asked for any more: a snapshot that waited for it can be told. */
void team_settled(struct helper *h);
/* The kernel dropped events: all is asked for again, and then told as a snapshot. */
void team_resync(struct helper *h);

/* --- team_ask.c --- */
int team_ask_start(struct helper *h);
void team_ask_stop(struct helper *h);
/* Asks for all of it soon; what is under way about it no longer counts. */
void team_want(struct helper *h, struct team *t);
/* Asks for what is wanted, one team after another. */
void team_ask_next(struct helper *h);
/* An event has changed it while it was asked for. */
void team_overtaken(uint32_t ifindex);
/* The kernel does not answer us. */
bool team_refused(void);

/* --- team_events.c --- */
/* Finds the family and joins its changes; the module may have been loaded anew, under another number. */
int team_events_join(struct helper *h);
void team_events_leave(struct helper *h);
/* Its number, as of then. */
uint16_t team_family(void);
/* The kernel dropped events, and those that it kept are still being read. */
bool team_events_lost(void);

#endif
