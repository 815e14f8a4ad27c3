/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include "pci_name.h"
#include "rtnl.h"
#include "sysfs.h"

struct told rtnl_told[RTNL_TABLES];
static bool links_came_or_went;

static const char *const table_names[RTNL_TABLES] = {"links", "addresses", "routes", "next hops"};

void rtnl_state_init(void)
{
	told_init(&rtnl_told[RTNL_LINKS], FRAME_LINK, RTNL_LINKS_MAX);
	told_init(&rtnl_told[RTNL_ADDRESSES], FRAME_ADDRESS, RTNL_ADDRESSES_MAX);
	told_init(&rtnl_told[RTNL_ROUTES], FRAME_ROUTE, RTNL_ROUTES_MAX);
	told_init(&rtnl_told[RTNL_NEXTHOPS], FRAME_NEXTHOP, RTNL_NEXTHOPS_MAX);
}

void rtnl_state_free(void)
{
	for (size_t i = 0; i < RTNL_TABLES; i++)
		told_free(&rtnl_told[i]);
}

static void emit(struct helper *h, const struct frame *told)
{
	struct frame f = {0};

	memcpy(&f, told, frame_size(told));
	f.t_us = now_us();
	helper_emit(h, &f);
}

static void emit_gone(struct helper *h, const struct frame *told)
{
	struct frame f = {0};

	memcpy(&f, told, frame_size(told));
	f.t_us = now_us();
	switch (f.type) {
	case FRAME_LINK:
		f.link.gone = true;
		break;
	case FRAME_ADDRESS:
		f.address.gone = true;
		break;
	case FRAME_ROUTE:
		f.route.gone = true;
		break;
	default:
		f.nexthop.gone = true;
	}
	helper_emit(h, &f);
}

static enum told_result keep(struct helper *h, enum rtnl_table table, const struct frame *f,
			     struct told_entry **e)
{
	struct told *t = &rtnl_told[table];
	enum told_result r = told_put(t, f, e);

	/* Once for the first that does not fit, then each time that the number has doubled. */
	if (r == TOLD_FULL && (t->refused & (t->refused - 1)) == 0)
		helper_degrade(h, "rtnl", "degraded", "%zu %s are known, %lu times one more was not told",
			       t->max, table_names[table], t->refused);
	return r;
}

/* A bond has judged a member anew, or uses another one: without any loss of carrier if its monitor is ARP. */
static bool bond_moved(const struct frame_link *was, const struct frame_link *is)
{
	const struct frame_bond_member *a = &was->bond_member, *b = &is->bond_member;

	if (a->present && b->present && (a->mii_status != b->mii_status || a->state != b->state))
		return true;
	return was->bond.present && is->bond.present &&
	       (was->bond.active_ifindex != is->bond.active_ifindex ||
		was->bond.lacp.aggregator_id != is->bond.lacp.aggregator_id);
}

/* What follows from a link's change, beyond its frame. */
static void link_changed(struct helper *h, const struct frame_link *was, const struct frame_link *is,
			 bool leg)
{
	if (was && is && bond_moved(was, is))
		tcp_trace(h, "link", 5000);
	if (was && is && was->admin_up == is->admin_up && was->carrier == is->carrier &&
	    was->operstate == is->operstate && was->master_ifindex == is->master_ifindex)
		return;
	if (!was || !is) {
		links_came_or_went = true;
		/* Of a full dump's links the carrier source hears once, at its end. */
		if (!rtnl_resyncing())
			rtnl_state_settled(h);
	}
	/* Links of before our start are no event. */
	if (leg && (was || !rtnl_resyncing()) &&
	    (!was || !is || was->admin_up != is->admin_up || was->carrier != is->carrier))
		tcp_trace(h, "link", 5000);
	rtnl_link_event(h, is ? is->ifindex : was->ifindex);
}

static void link_gone(struct helper *h, struct told_entry *e, bool moved)
{
	struct frame f = {0};
	struct frame_link was = told_frame(e)->link;
	bool leg = rtnl_is_leg(h, was.ifindex);

	memcpy(&f, told_frame(e), frame_size(told_frame(e)));
	f.link.moved = moved;
	emit_gone(h, &f);
	told_remove(&rtnl_told[RTNL_LINKS], e);
	nexthops_link_gone(was.ifindex);
	rtnl_bond_told(h, &was, NULL);
	link_changed(h, &was, NULL, leg);
}

/* Read once: a device does not move. */
static void find_pci(struct frame_link *link, const struct frame_link *was)
{
	char path[512];

	if (was && !strcmp(link->parent_dev, was->parent_dev) && !strcmp(link->parent_bus, was->parent_bus))
		memcpy(link->pci, was->pci, sizeof(link->pci));
	else if (!strcmp(link->parent_bus, "pci"))
		snprintf(link->pci, sizeof(link->pci), "%.*s", FRAME_PCI_MAX - 1, link->parent_dev);
	else if (link->parent_bus[0] && !sysfs_link(path, sizeof(path), "/sys/bus/%s/devices/%s",
						    link->parent_bus, link->parent_dev))
		pci_above(path, link->pci);
}

static bool link_message(struct helper *h, const struct nlmsghdr *m, bool dumped, bool quiet)
{
	struct told *t = &rtnl_told[RTNL_LINKS];
	struct frame_link was = {0};
	struct told_entry *e;
	struct frame f;
	uint32_t lower;
	enum told_result changed;
	int r = rtnl_parse_link(m, &f, &lower);

	if (r)
		return r == -ENOMSG;
	e = told_find(t, &f);
	if (f.link.gone) {
		rtnl_dump_spoiled(RTNL_LINKS);
		if (e)
			link_gone(h, e, f.link.moved);
		return true;
	}
	find_pci(&f.link, e ? &told_frame(e)->link : NULL);
	/* A message that came while this dump ran is newer than the dump, or another one follows. */
	if (dumped && e && e->touched == t->dump) {
		e->seen = t->dump;
		return true;
	}
	if (e)
		was = told_frame(e)->link;
	changed = keep(h, RTNL_LINKS, &f, &e);
	if (!e)
		return true;
	e->lower = lower;
	if (!dumped)
		e->heard_us = now_us();
	if (!dumped && rtnl_dump_running(RTNL_LINKS))
		e->touched = t->dump;
	if (changed != TOLD_NEW && changed != TOLD_CHANGED)
		return true;
	rtnl_bond_ahead(h, changed == TOLD_NEW ? NULL : &was, &f.link, quiet);
	if (!quiet)
		emit(h, told_frame(e));
	rtnl_bond_told(h, changed == TOLD_NEW ? NULL : &was, &f.link);
	link_changed(h, changed == TOLD_NEW ? NULL : &was, &f.link, rtnl_is_leg(h, f.link.ifindex));
	return true;
}

static bool address_message(struct helper *h, const struct nlmsghdr *m, bool dumped, bool quiet)
{
	struct told *t = &rtnl_told[RTNL_ADDRESSES];
	struct told_entry *e;
	struct frame f;
	int r = rtnl_parse_address(m, &f);

	if (r)
		return r == -ENOMSG;
	if (f.address.gone) {
		rtnl_dump_spoiled(RTNL_ADDRESSES);
		e = told_find(t, &f);
		if (e) {
			emit_gone(h, told_frame(e));
			told_remove(t, e);
		}
		return true;
	}
	(void)dumped;
	if (keep(h, RTNL_ADDRESSES, &f, &e) == TOLD_NEW && !quiet)
		emit(h, told_frame(e));
	return true;
}

static bool route_message(struct helper *h, const struct nlmsghdr *m, bool quiet)
{
	struct told *t = &rtnl_told[RTNL_ROUTES];
	struct told_entry *e;
	struct frame f;
	int r = rtnl_parse_route(m, &f);
	enum told_result changed;
	bool was_lone;

	if (r)
		return r == -ENOMSG;
	/* Steering's own are in front of a group's route, for as long as a leg is out of use: frames
	 * `steering` tell of that, and the group is what it was. */
	if (f.route.protocol == STEER_PROTOCOL)
		return true;
	if (f.route.nhid && !f.route.hop_count)
		rtnl_legs_resolve(&f.route);
	e = told_find(t, &f);
	was_lone = e && told_frame(e)->route.lone;
	/* A route with one hop is no path group, unless it was told as one before. */
	f.route.lone = (!e || was_lone) && f.route.hop_count < 2 && !f.route.nhid;
	if (f.route.lone && !(e ? rtnl_gateway_behind_bond(h, &f.route) : rtnl_gateway_wanted(h, &f.route)))
		return true;
	/* Of several routes with the same prefix and metric (`ip route append`) the kernel uses the first. */
	if (e && e->seen == t->dump && !told_frame(e)->route.gone)
		return true;
	changed = keep(h, RTNL_ROUTES, &f, &e);
	if (changed != TOLD_NEW && changed != TOLD_CHANGED)
		return true;
	if (f.route.lone || was_lone)
		rtnl_gateway_changed();
	if (!quiet)
		emit(h, told_frame(e));
	return true;
}

static bool nexthop_message(struct helper *h, const struct nlmsghdr *m, bool quiet)
{
	struct told_entry *e;
	struct frame f;
	int r = rtnl_parse_nexthop(m, &f);
	enum told_result changed;

	if (r)
		return r == -ENOMSG;
	changed = keep(h, RTNL_NEXTHOPS, &f, &e);
	if ((changed == TOLD_NEW || changed == TOLD_CHANGED) && !quiet)
		emit(h, told_frame(e));
	return true;
}

bool rtnl_state_message(struct helper *h, const struct nlmsghdr *m, bool dumped, bool quiet)
{
	switch (m->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return link_message(h, m, dumped, quiet);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return address_message(h, m, dumped, quiet);
	case RTM_NEWROUTE:
		return route_message(h, m, quiet);
	case RTM_NEWNEXTHOP:
		return nexthop_message(h, m, quiet);
	}
	return true;
}

void rtnl_state_dump_begins(enum rtnl_table table)
{
	/* 0 is never a dump's number: entries begin as not touched by any. */
	if (++rtnl_told[table].dump == 0)
		rtnl_told[table].dump = 1;
}

static bool of_family(const struct frame *f, uint8_t family)
{
	return !family || f->type != FRAME_ROUTE || f->route.dst.family == family;
}

static bool is_gone(const struct frame *f)
{
	return f->type == FRAME_ROUTE ? f->route.gone : f->type == FRAME_NEXTHOP && f->nexthop.gone;
}

static bool is_lone(const struct frame *f)
{
	return f->type == FRAME_ROUTE && f->route.lone;
}

/*
 * A route or next hop that is gone stays known as such: when it comes back with one hop only, it is still the
 * group that it was, short of a leg.
 */
static void vanished(struct helper *h, struct told *t, struct told_entry *e)
{
	struct frame f = {0};
	struct told_entry *changed;

	if (t->type == FRAME_LINK) {
		link_gone(h, e, false);
		return;
	}
	emit_gone(h, told_frame(e));
	if (t->type == FRAME_ADDRESS || is_lone(told_frame(e))) {
		told_remove(t, e);
		rtnl_gateway_changed();
		return;
	}
	memcpy(&f, told_frame(e), frame_size(told_frame(e)));
	if (t->type == FRAME_ROUTE)
		f.route.gone = true;
	else
		f.nexthop.gone = true;
	if (told_put(t, &f, &changed) == TOLD_FULL)
		told_remove(t, e);
}

void rtnl_state_dump_ended(struct helper *h, enum rtnl_table table, uint8_t family)
{
	struct told *t = &rtnl_told[table];

	for (size_t i = t->count; i-- > 0;) {
		struct told_entry *e = t->entries[i];

		if (e->seen != t->dump && of_family(told_frame(e), family) && !is_gone(told_frame(e)))
			vanished(h, t, e);
	}
}

void rtnl_state_settled(struct helper *h)
{
	if (links_came_or_went)
		carrier_links_changed(h);
	links_came_or_went = false;
	rtnl_legs_mark();
	rtnl_legs_tell_members(h);
}

void rtnl_state_snapshot(struct helper *h, bool complete)
{
	struct frame mark = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "rtnl"}};

	helper_emit(h, &mark);
	for (size_t table = 0; table < RTNL_TABLES; table++)
		for (size_t i = 0; i < rtnl_told[table].count; i++)
			if (!is_gone(told_frame(rtnl_told[table].entries[i])))
				emit(h, told_frame(rtnl_told[table].entries[i]));
	mark.t_us = now_us();
	mark.snapshot.end = true;
	mark.snapshot.complete = complete;
	helper_emit(h, &mark);
}
