/* SPDX-License-Identifier: Apache-2.0 */
/* What the rtnl source does for those that watch bonds and teams. */
#include <string.h>
#include "rtnl.h"

void rtnl_bond_ahead(struct helper *h, const struct frame_link *was, const struct frame_link *is, bool quiet)
{
	uint32_t from = was ? was->bond.active_ifindex : 0, to = is->bond.active_ifindex;

	if (!is->bond.present)
		return;
	bond_drain(h);
	/* Of what a full dump finds, or a bond that is new, the link's own frame tells. */
	if (was && was->bond.present && from != to && !quiet)
		bond_switched(h, is->ifindex, from, to);
}

void rtnl_bond_told(struct helper *h, const struct frame_link *was, const struct frame_link *is)
{
	const struct frame_link *any = is ? is : was;

	if (any->bond.present || !strcmp(any->kind, "team"))
		bond_seen(h, any);
	if (any->bond.present)
		lacp_bond_changed(h);
	if (!strcmp(any->kind, "team"))
		team_link_changed(h, any->ifindex, !is);
}

void rtnl_each_link(const struct helper *h, void (*fn)(void *data, const struct frame_link *link), void *data)
{
	const struct told *t = &rtnl_told[RTNL_LINKS];

	(void)h;
	for (size_t i = 0; i < t->count; i++)
		fn(data, &told_frame(t->entries[i])->link);
}

static bool same_lacp(const struct frame_link *a, const struct frame_link *b)
{
	return !memcmp(&a->bond.lacp, &b->bond.lacp, sizeof(a->bond.lacp)) &&
	       !memcmp(&a->bond_member.lacp, &b->bond_member.lacp, sizeof(a->bond_member.lacp));
}

void rtnl_lacp_answer(struct helper *h, const struct nlmsghdr *m, uint64_t asked_us)
{
	struct told *t = &rtnl_told[RTNL_LINKS];
	struct frame f, merged = {0};
	struct told_entry *e;
	uint32_t lower;

	if (rtnl_parse_link(m, &f, &lower) || f.link.gone)
		return;
	e = told_find(t, &f);
	/* A message that was read since may be newer than the answer. */
	if (!e || e->heard_us >= asked_us || same_lacp(&told_frame(e)->link, &f.link))
		return;
	memcpy(&merged, told_frame(e), frame_size(told_frame(e)));
	if (merged.link.bond.present && f.link.bond.present)
		merged.link.bond.lacp = f.link.bond.lacp;
	if (merged.link.bond_member.present && f.link.bond_member.present)
		merged.link.bond_member.lacp = f.link.bond_member.lacp;
	if (told_put(t, &merged, &e) != TOLD_CHANGED)
		return;
	merged.t_us = now_us();
	helper_emit(h, &merged);
}
