/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/bonding/<bond>, as bond_info_show_slave() of drivers/net/bonding/bond_procfs.c writes it. */
#ifndef PATHWARDEN_LACP_PARSE_H
#define PATHWARDEN_LACP_PARSE_H

#include <net/if.h>
#include "frame.h"

struct lacp_member {
	char ifname[IFNAMSIZ];
	bool in_aggregator;	     /* else there is no port to tell of */
	struct frame_lacp_port port; /* but for the ifindexes and gone */
};

/*
 * The members in the text, in turn. whole: nothing of the file is missing; else the last member is left out,
 * as its section may be cut. Numbers out of range are cut, unknown lines passed over. Returns how many
 * members there were.
 */
typedef void (*lacp_member_fn)(void *data, const struct lacp_member *member);
size_t lacp_parse(const char *text, size_t size, bool whole, lacp_member_fn fn, void *data);

#endif
