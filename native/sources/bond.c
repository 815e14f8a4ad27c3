/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a bond or a team takes another member into use, and when it has told the switches so. Of bonds the
 * kernel's own word is taken where it lets us hook the bonding module (bpf/bond.bpf.c); that can be loaded at
 * start only, when we still may. Else, and for teams, what netlink says must do: one of the two, never both.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <bpf/btf.h>
#include "bond.h"
#include "bond.skel.h"
#include "bpf.h"

#define TRACE_MS 5000

static struct {
	struct bond_bpf *bpf;
	struct ring_buffer *ring;
	uint64_t dropped;
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

void bond_drain(struct helper *h)
{
	if (bond.ring)
		ring_buffer__consume(bond.ring);
	announce_drain(h);
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

void bond_lost(struct helper *h, uint64_t count)
{
	helper_lost(h, "bond", count, "the BPF ring buffer was full");
	snapshot(h);
}

static void readable(void *data, uint32_t epoll_events)
{
	uint64_t dropped = __atomic_load_n(&bond.bpf->bss->dropped, __ATOMIC_RELAXED);

	(void)epoll_events;
	bond_drain(data);
	if (dropped != bond.dropped) {
		uint64_t count = dropped - bond.dropped;

		bond.dropped = dropped;
		bond_lost(data, count);
	}
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

static void close_object(struct helper *h)
{
	if (bond.ring)
		loop_remove_fd(helper_loop(h), ring_buffer__epoll_fd(bond.ring));
	ring_buffer__free(bond.ring);
	bond_bpf__destroy(bond.bpf);
	bond.ring = NULL;
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
	bond.ring = ring_buffer__new(bpf_map__fd(bond.bpf->maps.events), take, h, NULL);
	error = bond.ring
		    ? loop_add_fd(helper_loop(h), ring_buffer__epoll_fd(bond.ring), EPOLLIN, readable, h)
		    : -errno;
	if (error)
		return error;
	*step = "attach";
	return bond_bpf__attach(bond.bpf);
}

/* In the kernel itself, or a module that is loaded now. */
static bool kernel_has_bonding(void)
{
	struct btf *kernel;
	bool there = !access("/sys/kernel/btf/bonding", F_OK);

	if (there)
		return true;
	kernel = btf__load_vmlinux_btf();
	there = kernel && btf__find_by_name_kind(kernel, "bond_change_active_slave", BTF_KIND_FUNC) > 0;
	btf__free(kernel);
	return there;
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
		close_object(h);
	}
	announce_start(h);
	return 0;
}

static void stop(struct helper *h)
{
	announce_stop(h);
	close_object(h);
}

const struct source source_bond = {
    .name = "bond",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
