/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts that change the link itself: its administrative state, or its carrier where the driver lets us. */
#include "guard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/rtnetlink.h>

#define TRIES 10
#define PAUSE_US 200000u

bool link_is_whole(uint32_t kind, const struct nlmsghdr *link)
{
	unsigned int flags = ((const struct ifinfomsg *)NLMSG_DATA(link))->ifi_flags;

	return flags & (kind == CUT_CARRIER_OFF ? IFF_LOWER_UP : IFF_UP);
}

const char *link_problem(struct netlink *nl, uint32_t kind, const struct nlmsghdr *link, char *why,
			 size_t why_size)
{
	const struct ifinfomsg *is = NLMSG_DATA(link);
	int rc;

	if (kind != CUT_CARRIER_OFF)
		return NULL;
	if (!link_is_whole(kind, link))
		return "the link has no carrier that could be taken away";
	/* A carrier that is there is given once more: of all that asks the driver, this alone changes
	 * nothing. */
	rc = netlink_set_carrier(nl, (uint32_t)is->ifi_index, true, NULL, 0);
	if (rc == -EOPNOTSUPP)
		return "the driver of this link cannot take its carrier away (it has no ndo_change_carrier; "
		       "tun, "
		       "tap and dummy have)";
	if (!rc)
		return NULL;
	snprintf(why, why_size, "the carrier of this link cannot be set: %s", strerror(-rc));
	return why;
}

int link_set(struct netlink *nl, uint32_t kind, uint32_t ifindex, bool whole, char *why, size_t why_size)
{
	return kind == CUT_CARRIER_OFF ? netlink_set_carrier(nl, ifindex, whole, why, why_size)
				       : netlink_set_up(nl, ifindex, whole, why, why_size);
}

int link_restore(struct netlink *nl, const struct plan_header *head, bool was_whole, struct restore *r)
{
	bool carrier = head->kind == CUT_CARRIER_OFF;
	char why[256] = "";
	int rc = -EIO;

	for (int i = 0; rc && rc != -ENODEV && i < TRIES; i++) {
		if (i)
			usleep(PAUSE_US);
		rc = link_set(nl, head->kind, head->ifindex, true, why, sizeof(why));
	}
	if (rc)
		lines_add(&r->failed, "%s: %s%s%s",
			  carrier ? "the carrier cannot be given back" : "the link cannot be set up",
			  strerror(-rc), *why ? ": " : "", why);
	else if (!was_whole)
		lines_add(&r->restored, carrier ? "carrier of dev %.16s" : "link dev %.16s up", head->ifname);
	return rc;
}
