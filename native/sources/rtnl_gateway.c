/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes with a single hop are no path group. But their gateway is whom the members of the bond or team that
 * they leave by can be asked for, and whom storage traffic meets first. There may be a million of them. Told
 * are one for each gateway, mostly that with the shortest prefix, which the kernel names first, and those
 * that lead to a storage peer.
 */
#include <string.h>
#include "rtnl.h"

/* The other ends of storage connections by bonds and teams. Each that is new costs a dump of all routes, so
 * one takes another's place only if that was not told of for long. */
#define PEERS_MAX 64
#define PEER_KEPT_US 600000000

struct peer {
	struct ip_address address;
	uint64_t heard_us;
};

struct gateway {
	uint32_t ifindex;
	struct ip_address address;
};

static struct peer peers[PEERS_MAX];
static size_t peer_count;
/* Of the lone routes that are told, in step with rtnl_told after a look at it. */
static struct gateway gateways[RTNL_LONE_MAX];
static size_t lone_count;
static bool stale = true;

static bool covers(const struct frame_route *r, const struct ip_address *a)
{
	size_t bytes = r->prefix_len / 8, bits = r->prefix_len % 8;

	if (a->family != r->dst.family || memcmp(a->bytes, r->dst.bytes, bytes))
		return false;
	return !bits || !((a->bytes[bytes] ^ r->dst.bytes[bytes]) >> (8 - bits));
}

static bool leads_to_peer(const struct frame_route *r)
{
	for (size_t i = 0; i < peer_count; i++)
		if (covers(r, &peers[i].address))
			return true;
	return false;
}

static void count(void)
{
	const struct told *t = &rtnl_told[RTNL_ROUTES];

	lone_count = 0;
	stale = false;
	for (size_t i = 0; i < t->count && lone_count < RTNL_LONE_MAX; i++) {
		const struct frame_route *r = &told_frame(t->entries[i])->route;

		if (r->lone)
			gateways[lone_count++] = (struct gateway){r->hops[0].ifindex, r->hops[0].gateway};
	}
}

static bool is_told(const struct frame_hop *hop)
{
	for (size_t i = 0; i < lone_count; i++)
		if (gateways[i].ifindex == hop->ifindex &&
		    !memcmp(&gateways[i].address, &hop->gateway, sizeof(hop->gateway)))
			return true;
	return false;
}

bool rtnl_gateway_behind_bond(const struct helper *h, const struct frame_route *r)
{
	return r->hop_count == 1 && !r->nhid && r->hops[0].gateway.family &&
	       rtnl_over_bond(h, r->hops[0].ifindex);
}

bool rtnl_gateway_wanted(const struct helper *h, const struct frame_route *r)
{
	if (!rtnl_gateway_behind_bond(h, r))
		return false;
	if (stale)
		count();
	return lone_count < RTNL_LONE_MAX && (leads_to_peer(r) || !is_told(&r->hops[0]));
}

void rtnl_gateway_changed(void)
{
	stale = true;
}

static struct peer *find_peer(const struct ip_address *address)
{
	for (size_t i = 0; i < peer_count; i++)
		if (!memcmp(&peers[i].address, address, sizeof(*address)))
			return &peers[i];
	return NULL;
}

/* NULL: all of them are needed. */
static struct peer *room_for_peer(uint64_t now)
{
	struct peer *oldest = &peers[0];

	if (peer_count < PEERS_MAX)
		return &peers[peer_count++];
	for (size_t i = 1; i < PEERS_MAX; i++)
		if (peers[i].heard_us < oldest->heard_us)
			oldest = &peers[i];
	return oldest->heard_us + PEER_KEPT_US < now ? oldest : NULL;
}

void rtnl_storage_peer(struct helper *h, uint32_t ifindex, const struct ip_address *address)
{
	uint64_t now = now_us();
	struct peer *p;

	if (!rtnl_over_bond(h, ifindex))
		return;
	p = find_peer(address);
	if (p) {
		p->heard_us = now;
		return;
	}
	p = room_for_peer(now);
	if (!p)
		return;
	*p = (struct peer){.address = *address, .heard_us = now};
	rtnl_dump_want(h, DUMP_BIT(address->family == 4 ? DUMP_ROUTES4 : DUMP_ROUTES6));
}
