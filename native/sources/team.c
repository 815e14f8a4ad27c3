/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Team devices, by generic netlink. Changes come by multicast, which everybody may hear; the kernel answers
 * questions to CAP_NET_ADMIN only (GENL_ADMIN_PERM of drivers/net/team). So that capability is kept where the
 * team module is loaded at start, and nowhere else. With a module that came later, what changes is told, and
 * what does not is not known: that is degraded, until the helper is started again.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include "bond.h"
#include "team.h"
#include "told.h"

#define TRACE_MS 5000

static struct {
	bool started;
	bool found_at_start; /* the family, so its module */
	struct team teams[TEAMS_MAX];
	size_t count;
	struct told told;
	bool snapshot_due; /* wanted while something was to be asked for */
} team;

struct team *team_find(uint32_t ifindex)
{
	for (size_t i = 0; i < team.count; i++)
		if (team.teams[i].state.ifindex == ifindex)
			return &team.teams[i];
	return NULL;
}

struct team *team_wanted(void)
{
	for (size_t i = 0; i < team.count; i++)
		if (team.teams[i].wanted)
			return &team.teams[i];
	return NULL;
}

static void emit(struct helper *h, const struct frame *told, bool gone)
{
	struct frame f = {0};

	memcpy(&f, told, frame_size(told));
	f.t_us = now_us();
	f.team.gone = gone;
	helper_emit(h, &f);
}

/* Modes that spread the packets of one flow. */
static bool spreads(const char *mode)
{
	return !strcmp(mode, "roundrobin") || !strcmp(mode, "random") || !strcmp(mode, "broadcast");
}

void team_tell(struct helper *h, const struct team *t)
{
	struct frame f, was = {0};
	struct told_entry *e;
	bool known;

	if (!t->state.mode[0] && !t->state.port_count)
		return;
	if (t->state.cut)
		helper_degrade(h, "team", "degraded", "a team has more than %d ports: the rest is not told",
			       FRAME_PORTS_MAX);
	team_frame(&t->state, &f);
	e = told_find(&team.told, &f);
	known = e != NULL;
	if (known)
		memcpy(&was, told_frame(e), frame_size(told_frame(e)));
	if (told_put(&team.told, &f, &e) == TOLD_SAME)
		return;
	if (known && was.team.active_ifindex != f.team.active_ifindex)
		bond_told_by_netlink(h, f.team.ifindex, was.team.active_ifindex, f.team.active_ifindex);
	emit(h, &f, false);
	if (known)
		tcp_trace(h, "link", TRACE_MS);
	tcp_team_spreads(h, f.team.ifindex, spreads(f.team.mode));
}

static void tell_snapshot(struct helper *h)
{
	struct frame f = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "team"}};

	team.snapshot_due = false;
	helper_emit(h, &f);
	for (size_t i = 0; i < team.told.count; i++)
		emit(h, told_frame(team.told.entries[i]), false);
	f.t_us = now_us();
	f.snapshot.end = true;
	f.snapshot.complete = !team_refused() || !team.count;
	helper_emit(h, &f);
}

void team_settled(struct helper *h)
{
	if (team.snapshot_due)
		tell_snapshot(h);
}

void team_resync(struct helper *h)
{
	team.snapshot_due = true;
	for (size_t i = 0; i < team.count; i++) {
		team.teams[i].wanted = !team_refused();
		team_overtaken(team.teams[i].state.ifindex);
	}
	team_ask_next(h);
}

static struct team *add(struct helper *h, uint32_t ifindex)
{
	struct team *t;

	if (team.count == TEAMS_MAX) {
		helper_degrade(h, "team", "degraded", "more than %d teams: the rest is not told", TEAMS_MAX);
		return NULL;
	}
	t = &team.teams[team.count++];
	*t = (struct team){.state = {.ifindex = ifindex}};
	return t;
}

static void gone(struct helper *h, struct team *t)
{
	struct frame key = {.type = FRAME_TEAM, .team.ifindex = t->state.ifindex};
	struct told_entry *e = told_find(&team.told, &key);

	if (e) {
		emit(h, told_frame(e), true);
		told_remove(&team.told, e);
		tcp_team_spreads(h, t->state.ifindex, false);
	}
	*t = team.teams[--team.count];
}

void team_link_changed(struct helper *h, uint32_t ifindex, bool is_gone)
{
	struct team *t = team_find(ifindex);
	int r;

	if (is_gone && t)
		gone(h, t);
	/* The source is absent, or nothing is new. */
	if (is_gone || t || !team.started)
		return;
	if (!team.count) {
		r = team_events_join(h);
		if (r) {
			helper_degrade(h, "team", "degraded", "there is a team, but: %s", strerror(-r));
			return;
		}
	}
	t = add(h, ifindex);
	if (t)
		team_want(h, t);
}

static void snapshot(struct helper *h)
{
	/* One is to follow anyway. */
	if (team_events_lost())
		return;
	team.snapshot_due = true;
	team_ask_next(h);
}

static uint64_t keep(const struct helper *h)
{
	(void)h;
	return team.found_at_start ? 1ULL << CAP_NET_ADMIN : 0;
}

static int start(struct helper *h)
{
	int r = team_ask_start(h);

	told_init(&team.told, FRAME_TEAM, TEAMS_MAX);
	team.found_at_start = !r && !team_events_join(h);
	team.started = !r;
	return r;
}

static void stop(struct helper *h)
{
	team_events_leave(h);
	team_ask_stop(h);
	told_free(&team.told);
	team.started = false;
}

const struct source source_team = {
    .name = "team",
    .keep_caps_found = keep,
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
