/* SPDX-License-Identifier: Apache-2.0 */
/* Generic netlink messages of the family "team" (linux/if_team.h) into what is known of one team. */
#ifndef PATHWARDEN_TEAM_PARSE_H
#define PATHWARDEN_TEAM_PARSE_H

#include <linux/netlink.h>
#include "frame.h"

struct team_port {
	uint32_t ifindex;
	bool listed;			       /* named by a port list, not by its options alone */
	bool linkup;			       /* as the driver has it */
	bool user_linkup_enabled, user_linkup; /* options: teamd's word instead of it */
	bool has_enabled, enabled;	       /* option */
};

struct team_state {
	uint32_t ifindex, active_ifindex;
	char mode[FRAME_KIND_MAX]; /* "": not told yet */
	uint8_t port_count;
	struct team_port ports[FRAME_PORTS_MAX];
	bool cut; /* it has more */
};

/* The team that the message is about; 0: none, or it is malformed. */
uint32_t team_parse_ifindex(const struct nlmsghdr *m);
/*
 * Takes in options or ports: all of them, or those that changed. 0; -ENOMSG: a command of no concern;
 * -EINVAL: malformed, and what came before that is taken in.
 */
int team_parse(const struct nlmsghdr *m, struct team_state *team);
/* As a frame of type FRAME_TEAM, every byte set; t_us is left 0. */
void team_frame(const struct team_state *team, struct frame *f);

#endif
