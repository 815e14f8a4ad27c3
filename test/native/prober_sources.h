/* SPDX-License-Identifier: Apache-2.0 */
/* The prober's methods in one file, with what they use of others as variables; for tests and the fuzzer. */
#ifndef PATHWARDEN_PROBER_SOURCES_H
#define PATHWARDEN_PROBER_SOURCES_H

#include "../../native/sources/prober_arp.c"
#include "../../native/sources/prober_icmp.c"
#include "../../native/sources/prober_mac.c"
#include "../../native/sources/prober_nd.c"
#include "../../native/sources/prober_packet.c"
#include "../../native/sources/prober_socket.c"

static uint64_t clock_us = 1000000;
static struct frame_link links[4];
static size_t link_count;

uint64_t now_us(void)
{
	return clock_us;
}
int64_t wall_offset_us(void)
{
	return 0;
}
const struct frame_link *rtnl_link(const struct helper *h, uint32_t ifindex)
{
	(void)h;
	for (size_t i = 0; i < link_count; i++)
		if (links[i].ifindex == ifindex)
			return &links[i];
	return NULL;
}
void rtnl_each_link(const struct helper *h, void (*fn)(void *data, const struct frame_link *link), void *data)
{
	(void)h;
	for (size_t i = 0; i < link_count; i++)
		fn(data, &links[i]);
}

#endif
