/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a bond or a team takes another member into use, and when it has told the switches so. Of bonds the
 * kernel's own word is taken where it lets us hook the bonding module (bpf/bond.bpf.c); that can be loaded at
 * start only, when we still may. Else, and for teams, what netlink says must do: one of the two, never both.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "bond.h"
#include "bond.skel.h"
#include "bpf.h"
#include "bpf_ring.h"

#define TRACE_MS 5000

static struct {
	struct bond_bpf *bpf;
	char why_not[FRAME_REASON_MAX]; /* not by the kernel's word */
	uint64_t switched_us;
	bool started, said_netlink, said_announcements;
} bond;

uint64_t bond_last_switch_us(void)
{
	return bond.switched_us;
}

static void tell(struct helper *h, const struct bond_event *e, bool by_fentry)
{
	struct frame f = {
	    .type = FRAME_ACTIVE_MEMBER,
	    .t_us = e->t_ns / 1000,
	    .active_member = {.ifindex = e->ifindex,
			      .from_ifindex = e->from_ifindex,
			      .to_ifindex = e->to_ifindex,
			      .by_fentry = by_fentry},
	};

	bond.switched_us = f.t_us;
	helper_emit(h, &f);
	tcp_trace(h, "link", TRACE_MS);
}

void bond_told_by_netlink(struct helper *h, uint32_t ifindex, uint32_t from, uint32_t to)
{
	struct bond_event e = {
	    .t_ns = now_us() * 1000, .ifindex = ifindex, .from_ifindex = from, .to_ifindex = to};

	tell(h, &e, false);
}

void bond_switched(struct helper *h, uint32_t ifindex, uint32_t from, uint32_t to)
{
	if (!bond.bpf)
		bond_told_by_netlink(h, ifindex, from, to);
}

static int take(void *ctx, void *data, size_t size)
{
	if (size >= sizeof(struct bond_event))
		tell(ctx, data, true);
	return 0;
}

static struct bpf_ring ring = {.source = &source_bond, .take = take, .drain = bond_drain};

void bond_drain(struct helper *h)
{
	(void)h;
	bpf_ring_drain(&ring);
	announce_drain();
}

/* It has events only; the brackets say that nothing more is missing. */
static void snapshot(struct helper *h)
{
	struct frame f = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "bond"}};

	bond_drain(h);
	helper_emit(h, &f);
	f.snapshot.end = f.snapshot.complete = true;
	helper_emit(h, &f);
}

/* What is missing matters to nobody until there is a bond, or a team. */
void bond_seen(struct helper *h, const struct frame_link *link)
{
	const char *why, *announcements = announce_limits(&why);
	bool by_netlink = bond.said_netlink || (link->bond.present && bond.why_not[0]);

	if (!bond.started || (bond.said_announcements && by_netlink == bond.said_netlink))
		return;
	bond.said_announcements = true;
	bond.said_netlink = by_netlink;
	/* The word first on which the agent decides whether to miss an announcement: a long reason is cut. */
	if (by_netlink && announcements)
		helper_degrade(h, "bond", "degraded", "announcements %s, active member by netlink: %s",
			       announcements, bond.why_not);
	else if (by_netlink)
		helper_degrade(h, "bond", "degraded", "active member by netlink: %s", bond.why_not);
	else if (announcements)
		helper_degrade(h, "bond", "degraded", "announcements %s: %s", announcements, why);
}

static void close_object(void)
{
	bpf_ring_close(&ring);
	bond_bpf__destroy(bond.bpf);
	bond.bpf = NULL;
}

static int open_object(struct helper *h, const char **step)
{
	int error;

	bpf_prepare();
	*step = "open";
	bond.bpf = bond_bpf__open();
	if (!bond.bpf)
		return -ENOMEM;
	*step = "load";
	error = bond_bpf__load(bond.bpf);
	if (error)
		return error;
	*step = "network namespace";
	error = bpf_netns(&bond.bpf->bss->netns);
	if (error)
		return error;
	*step = "ring buffer";
	error = bpf_ring_open(&ring, h, bond.bpf->maps.events, &bond.bpf->bss->dropped);
	if (error)
		return error;
	*step = "attach";
	return bond_bpf__attach(bond.bpf);
}

/* In the kernel itself, or a module that is loaded now. */
static bool kernel_has_bonding(void)
{
	return !access("/sys/kernel/btf/bonding", F_OK) || bpf_has_function("bond_change_active_slave");
}

static int start(struct helper *h)
{
	const char *step = "";
	int error = 0;

	bond.started = true;
	if (kernel_has_bonding())
		error = open_object(h, &step);
	else
		snprintf(bond.why_not, sizeof(bond.why_not), "bonding came after the helper's start");
	if (error) {
		/* The kernel's own word for no privilege and for no hooks at all is the same. */
		snprintf(bond.why_not, sizeof(bond.why_not), "%.16s: %.48s", step,
			 error == -EPERM ? "the kernel does not permit it" : bpf_why(error));
		close_object();
	}
	announce_start(h);
	return 0;
}

static void stop(struct helper *h)
{
	(void)h;
	announce_stop();
	close_object();
}

const struct source source_bond = {
    .name = "bond",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
