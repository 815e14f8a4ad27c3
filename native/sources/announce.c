/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Announcements of bonds, teams and VLANs above them: gratuitous ARP, unsolicited neighbour advertisement. Of
 * a burst the first is told, and the first after a switch; what a quiet second separates is another burst.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "announce.skel.h"
#include "bond.h"
#include "bpf.h"
#include "bpf_ring.h"

#define QUIET_US 1000000
#define DEVICES_MAX 256

static struct {
	struct announce_bpf *bpf;
	struct bpf_link *transmit; /* for the time of a trace */
	bool in_traces;
	const char *limits;
	char why[FRAME_REASON_MAX / 2];
	struct {
		uint32_t ifindex;
		uint8_t family;
		uint64_t last_us;
	} devices[DEVICES_MAX]; /* the oldest makes room */
} announce;

/* Is it the first of a burst? */
static bool is_first(uint32_t ifindex, uint8_t family, uint64_t t_us)
{
	uint64_t switched_us = bond_last_switch_us(), last;
	size_t at = 0;

	for (size_t i = 0; i < DEVICES_MAX; i++) {
		if (announce.devices[i].ifindex == ifindex && announce.devices[i].family == family) {
			at = i;
			break;
		}
		if (announce.devices[i].last_us < announce.devices[at].last_us)
			at = i;
	}
	if (announce.devices[at].ifindex != ifindex || announce.devices[at].family != family)
		announce.devices[at].last_us = 0;
	last = announce.devices[at].last_us;
	announce.devices[at].ifindex = ifindex;
	announce.devices[at].family = family;
	announce.devices[at].last_us = t_us;
	return !last || t_us - last >= QUIET_US || (last < switched_us && switched_us <= t_us);
}

static int take(void *ctx, void *data, size_t size)
{
	const struct announce_event *e = data;
	struct helper *h = ctx;
	struct frame f = {.type = FRAME_ANNOUNCE};

	if (size < sizeof(*e) || !rtnl_over_bond(h, e->ifindex))
		return 0;
	f.t_us = e->t_ns / 1000;
	f.announce.ifindex = e->ifindex;
	f.announce.na = e->family == 6;
	f.announce.address.family = e->family;
	memcpy(f.announce.address.bytes, e->address, e->family == 4 ? 4 : 16);
	if (is_first(e->ifindex, e->family, f.t_us))
		helper_emit(h, &f);
	return 0;
}

/* The switch comes before what announces it. */
static struct bpf_ring ring = {.source = &source_bond, .take = take, .drain = bond_drain};

void announce_drain(void)
{
	bpf_ring_drain(&ring);
}

void announce_stop(void)
{
	bpf_link__destroy(announce.transmit);
	bpf_ring_close(&ring);
	announce_bpf__destroy(announce.bpf);
	announce.transmit = NULL;
	announce.bpf = NULL;
	announce.in_traces = false;
}

/* Without IPv6, or with it as a module, there are no advertisements, or they are not seen. */
static bool choose(struct announce_bpf *b, bool hooks)
{
	bool there;

	if (hooks) {
		there = bpf_want_function(b->progs.send_arp, "arp_xmit");
		bpf_want_function(b->progs.send_ndisc, "ndisc_send_skb");
		bpf_program__set_autoload(b->progs.transmit, false);
	} else {
		there = bpf_want_tracepoint(b->progs.transmit, "net_dev_start_xmit");
		bpf_program__set_autoload(b->progs.send_arp, false);
		bpf_program__set_autoload(b->progs.send_ndisc, false);
	}
	return there;
}

static int open_object(struct helper *h, bool hooks)
{
	int error;

	bpf_prepare();
	announce.bpf = announce_bpf__open();
	if (!announce.bpf)
		return -ENOMEM;
	if (!choose(announce.bpf, hooks))
		return -ENOENT;
	error = announce_bpf__load(announce.bpf);
	if (error)
		return error;
	error = bpf_netns(&announce.bpf->bss->netns);
	if (error)
		return error;
	error = bpf_ring_open(&ring, h, announce.bpf->maps.events, &announce.bpf->bss->dropped);
	if (!error && hooks)
		error = announce_bpf__attach(announce.bpf);
	return error;
}

void bond_trace(bool open)
{
	if (open && announce.in_traces && !announce.transmit)
		announce.transmit = bpf_program__attach(announce.bpf->progs.transmit);
	if (open)
		return;
	bpf_link__destroy(announce.transmit);
	announce.transmit = NULL;
}

void announce_start(struct helper *h)
{
	int error = open_object(h, true);

	if (!error)
		return;
	announce.limits = "in traces only";
	snprintf(announce.why, sizeof(announce.why), "%s",
		 error == -EPERM ? "the kernel permits no hook" : bpf_why(error));
	announce_stop();
	error = open_object(h, false);
	if (error) {
		announce.limits = "not seen";
		snprintf(announce.why, sizeof(announce.why), "%s", bpf_why(error));
		announce_stop();
		return;
	}
	announce.in_traces = true;
	/* The first time takes longer than any later one. */
	bond_trace(true);
	bond_trace(false);
}

const char *announce_limits(const char **why)
{
	*why = announce.why;
	return announce.limits;
}
