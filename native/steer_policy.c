/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "steer_group.h"
#include "steer_policy.h"

static void refuse(struct steer_decision *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void refuse(struct steer_decision *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(out->why, sizeof(out->why), fmt, args);
	va_end(args);
	out->go = false;
	out->keep_count = 0;
}

static const struct steer_leg *find(const struct steer_facts *facts, uint32_t ifindex)
{
	for (size_t i = 0; i < facts->leg_count; i++)
		if (facts->legs[i].ifindex == ifindex)
			return &facts->legs[i];
	return NULL;
}

static bool is_left(const struct steer_past *past, uint32_t ifindex)
{
	for (size_t i = 0; i < past->left_count; i++)
		if (past->left[i] == ifindex)
			return true;
	return false;
}

void steer_decide(const struct steer_facts *facts, const struct steer_past *past, uint32_t leave_ifindex,
		  uint64_t now, struct steer_decision *out)
{
	const struct steer_leg *leg = find(facts, leave_ifindex);
	unsigned int usable = 0;

	memset(out, 0, sizeof(*out));
	if (!facts->allowed)
		return refuse(out, "the configuration does not allow this group to be steered");
	if (facts->not_ours[0])
		return refuse(out, "%s", facts->not_ours);
	if (!facts->exists)
		return refuse(out, "the kernel has no such group");
	if (!leg)
		return refuse(out, "interface %u is no leg of it", leave_ifindex);
	if (is_left(past, leave_ifindex))
		return refuse(out, "this leg is out of use already");
	if (facts->active_ifindex && facts->active_ifindex != leave_ifindex)
		return refuse(out, "this leg is not the active one, it carries no traffic");
	if (past->acted_us && now - past->acted_us < STEER_SPACING_US)
		return refuse(out, "steered or undone %llu ms ago, at most once in %d s",
			      (unsigned long long)(now - past->acted_us) / 1000, STEER_SPACING_US / 1000000);
	if (leg->proven)
		return refuse(out, "the leg itself answers probes");
	for (size_t i = 0; i < facts->leg_count; i++) {
		const struct steer_leg *other = &facts->legs[i];

		if (other == leg || !other->usable || is_left(past, other->ifindex))
			continue;
		usable++;
		if (other->proven && out->keep_count < FRAME_HOPS_MAX)
			out->keep[out->keep_count++] = other->ifindex;
	}
	if (!usable)
		return refuse(out, "it is the last usable leg");
	if (!out->keep_count)
		return refuse(out, "no other leg has answered a probe since this was asked for");
	out->go = true;
}

const char *steer_protocol_owner(uint8_t protocol)
{
	static const struct {
		uint8_t protocol;
		const char *name;
	} known[] = {
	    {RTPROT_REDIRECT, "an ICMP redirect"},
	    {RTPROT_GATED, "gated"},
	    {RTPROT_MRT, "mrt"},
	    {RTPROT_ZEBRA, "zebra (FRR)"},
	    {RTPROT_BIRD, "bird"},
	    {RTPROT_DHCP, "a DHCP client"},
	    {RTPROT_KEEPALIVED, "keepalived"},
	    {RTPROT_BABEL, "babel"},
	    {RTPROT_BGP, "bgp"},
	    {RTPROT_ISIS, "isis"},
	    {RTPROT_OSPF, "ospf"},
	    {RTPROT_RIP, "rip"},
	    {RTPROT_EIGRP, "eigrp"},
	};

	switch (protocol) {
	case RTPROT_UNSPEC:
	case RTPROT_KERNEL:
	case RTPROT_BOOT:
	case RTPROT_STATIC:
	case RTPROT_RA:
	case STEER_PROTOCOL:
		return NULL;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].protocol == protocol)
			return known[i].name;
	return "a routing daemon";
}
