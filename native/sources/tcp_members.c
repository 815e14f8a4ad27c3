/* SPDX-License-Identifier: Apache-2.0 */
/* The tcp source: the members of bonds and teams, as the rtnl source names them, into the trace's map. */
#include <string.h>
#include <bpf/bpf.h>
#include "tcp.h"
#include "tcp.skel.h"

struct known {
	uint32_t ifindex;
	struct master master;
	bool named; /* since begin */
};

static struct {
	struct known known[MEMBERS_MAX];
	size_t count;
	uint32_t spreading_teams[MEMBERS_MAX];
	size_t team_count;
	bool too_many;
} members;

static int map(void)
{
	return bpf_map__fd(tcp_object()->maps.members);
}

static bool team_spreads(uint32_t master_ifindex)
{
	for (size_t i = 0; i < members.team_count; i++)
		if (members.spreading_teams[i] == master_ifindex)
			return true;
	return false;
}

static struct known *find(uint32_t ifindex)
{
	for (size_t i = 0; i < members.count; i++)
		if (members.known[i].ifindex == ifindex)
			return &members.known[i];
	return NULL;
}

void tcp_members_begin(void)
{
	for (size_t i = 0; i < members.count; i++)
		members.known[i].named = false;
}

void tcp_member(uint32_t ifindex, uint32_t master_ifindex, bool spreads)
{
	struct known now = {
	    .ifindex = ifindex,
	    .master = {.ifindex = master_ifindex, .spreads = spreads || team_spreads(master_ifindex)},
	    .named = true,
	};
	struct known *known = find(ifindex);

	if (!tcp_object())
		return;
	if (!known && members.count == MEMBERS_MAX) {
		members.too_many = true;
		return;
	}
	if (!known || memcmp(&known->master, &now.master, sizeof(now.master)))
		bpf_map_update_elem(map(), &ifindex, &now.master, BPF_ANY);
	if (!known)
		known = &members.known[members.count++];
	*known = now;
}

void tcp_members_end(struct helper *h)
{
	if (!tcp_object())
		return;
	for (size_t i = members.count; i-- > 0;) {
		if (members.known[i].named)
			continue;
		bpf_map_delete_elem(map(), &members.known[i].ifindex);
		members.known[i] = members.known[--members.count];
	}
	if (members.too_many)
		helper_degrade(h, "tcp", "degraded",
			       "more than %d members of bonds and teams: not all are followed", MEMBERS_MAX);
	members.too_many = false;
}

void tcp_team_spreads(struct helper *h, uint32_t master_ifindex, bool spreads)
{
	(void)h;
	if (team_spreads(master_ifindex) == spreads)
		return;
	if (spreads && members.team_count < MEMBERS_MAX)
		members.spreading_teams[members.team_count++] = master_ifindex;
	for (size_t i = 0; !spreads && i < members.team_count; i++)
		if (members.spreading_teams[i] == master_ifindex)
			members.spreading_teams[i] = members.spreading_teams[--members.team_count];
	for (size_t i = 0; i < members.count; i++)
		if (members.known[i].master.ifindex == master_ifindex)
			tcp_member(members.known[i].ifindex, master_ifindex, spreads);
}
