/* SPDX-License-Identifier: Apache-2.0 */
/* The tcp source: which ports make a storage connection and how long is a stall, as asked for or by default.
 */
#include <string.h>
#include "tcp.h"
#include "tcp.skel.h"

static struct request_configure current;

/* iSCSI, NVMe/TCP and its discovery, NFS, Ceph msgr2 and msgr1, Ceph OSDs, GlusterFS, its bricks, DRBD, NBD.
 */
static const uint16_t default_ports[][2] = {
    {3260, 3260}, {4420, 4420},	  {8009, 8009},	  {2049, 2049}, {3300, 3300},	{6789, 6789},
    {6800, 7568}, {24007, 24008}, {49152, 49251}, {7788, 7799}, {10809, 10809},
};

const struct request_configure *tcp_wish(void)
{
	return &current;
}

void tcp_set_wish(const struct request_configure *wish)
{
	struct tcp_bpf *bpf = tcp_object();
	struct tcp_bpf__bss *bss = bpf->bss;
	struct port_set *set = &bss->ports[!bss->ports_active];

	current = *wish;
	bpf->data->unacked_ns = wish->unacked_ms * 1000000ULL;
	/*
	 * A flight is seen at the first tick after its start, which knows when it would be a stall and ticks
	 * again just then: half the threshold leaves as much time for that on a late timer.
	 */
	bpf->data->idle_ns = (wish->unacked_ms < 60 ? wish->unacked_ms : 60) * 1000000ULL / 2;
	bpf->data->unanswered_ns = wish->unanswered_ms * 1000000ULL;
	set->count = (uint32_t)wish->port_count;
	for (size_t i = 0; i < wish->port_count; i++) {
		set->ranges[i].low = wish->ports[i].low;
		set->ranges[i].high = wish->ports[i].high;
	}
	/* The scan lets go what is no storage connection any more, within half a second. */
	__atomic_store_n(&bss->ports_active, !bss->ports_active, __ATOMIC_SEQ_CST);
}

bool tcp_same_wish(const struct request_configure *wish)
{
	const struct request_configure *a = wish, *b = &current;

	return a->port_count == b->port_count && a->unacked_ms == b->unacked_ms &&
	       a->unanswered_ms == b->unanswered_ms &&
	       !memcmp(a->ports, b->ports, a->port_count * sizeof(a->ports[0]));
}

void tcp_set_default_wish(void)
{
	struct request_configure wish = {.unacked_ms = 50, .unanswered_ms = 200};

	for (size_t i = 0; i < sizeof(default_ports) / sizeof(default_ports[0]); i++) {
		wish.ports[i].low = default_ports[i][0];
		wish.ports[i].high = default_ports[i][1];
	}
	wish.port_count = sizeof(default_ports) / sizeof(default_ports[0]);
	tcp_set_wish(&wish);
}
