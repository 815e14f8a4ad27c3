/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame teaches every switch on its way where its sender's MAC is: with that of a bond, sent by a member
 * that is not in use, traffic to the bond would go there at once. So a member sends from its permanent MAC,
 * whether it is in use or not: then no change of the active member can overtake a frame.
 *
 * But the permanent MAC of one member mostly is the bond's (fail_over_mac=none: of the first), and with
 * fail_over_mac=follow or balance-alb another member's in use. Such a one is never sent from. In its place
 * stands one that is made of it: unique as it is, locally administered (IEEE 802, 8.2.2), known to nobody.
 */
#include <errno.h>
#include <string.h>
#include "prober.h"

#define GROUP_BIT 1
#define LOCAL_BIT 2

struct search {
	const struct frame_link *member;
	const uint8_t *mac;
	bool found;
};

/* Is it used by the member's master, or by another of its members? */
static void compare(void *data, const struct frame_link *link)
{
	struct search *s = data;
	bool akin =
	    link->ifindex == s->member->master_ifindex ||
	    (link->master_ifindex == s->member->master_ifindex && link->ifindex != s->member->ifindex);

	s->found |= akin && link->has_mac && !memcmp(link->mac, s->mac, 6);
}

static bool in_use(const struct helper *h, const struct frame_link *member, const uint8_t mac[6])
{
	struct search s = {.member = member, .mac = mac};

	rtnl_each_link(h, compare, &s);
	return s.found;
}

static void make_another(uint8_t mac[6])
{
	/* Made up already, as a virtual machine's is: it must not come to look like a manufacturer's. */
	if (mac[0] & LOCAL_BIT)
		mac[0] ^= 0x80;
	else
		mac[0] |= LOCAL_BIT;
}

static bool usable(const uint8_t mac[6])
{
	static const uint8_t none[6];

	return memcmp(mac, none, 6) && !(mac[0] & GROUP_BIT);
}

int probe_sending_mac(const struct helper *h, uint32_t ifindex, uint8_t out[6])
{
	const struct frame_link *link = rtnl_link(h, ifindex);
	bool member, known;

	if (!link || link->gone)
		return -ENODEV;
	member = !strcmp(link->member_kind, "bond") || !strcmp(link->member_kind, "team");
	if (!member) {
		known = link->has_mac;
		memcpy(out, link->mac, 6);
	} else if (link->bond_member.has_perm_mac) {
		known = true;
		memcpy(out, link->bond_member.perm_mac, 6);
	} else {
		known = link->has_perm_mac;
		memcpy(out, link->perm_mac, 6);
	}
	if (!known || !usable(out))
		return -ENODATA;
	if (member && in_use(h, link, out))
		make_another(out);
	return 0;
}
