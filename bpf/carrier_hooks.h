// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * carrier.bpf.c: the kernel's functions that change carrier and administrative state. All of them live in
 * net/sched/sch_generic.c and are called from elsewhere, so the compiler inlines none.
 *
 * Setting a link down clears __LINK_STATE_START, then calls dev_deactivate_many(), which waits for whoever
 * still transmits: its entry is the moment. Setting it up ends with dev_activate(). linkwatch calls both,
 * too.
 */
#ifndef PATHWARDEN_CARRIER_HOOKS_H
#define PATHWARDEN_CARRIER_HOOKS_H

#include "carrier_links.h"

struct search {
	__u64 dev;
	__u32 table;
	__u32 at; /* CARRIER_LINKS_MAX: not found */
};

static long is_it(__u64 i, struct search *s)
{
	struct carrier_table *table = s->table ? &tables[1] : &tables[0];

	if (i >= CARRIER_LINKS_MAX)
		return 1;
	if (table->links[i].dev != s->dev)
		return 0;
	s->at = i;
	return 1;
}

/* A link that is not listed yet will be in the list that user space makes as soon as it hears of it. */
static __noinline int look_now(struct net_device *dev)
{
	struct look look = {.now = bpf_ktime_get_ns(), .table = active & 1, .hooked = true};
	struct search s = {.dev = (__u64)dev, .table = look.table, .at = CARRIER_LINKS_MAX};
	struct carrier_table *table = look.table ? &tables[1] : &tables[0];

	if ((__u64)BPF_CORE_READ(dev, nd_net.net) != table->net)
		return 0;
	bpf_loop(table->count, is_it, &s, 0);
	if (s.at < CARRIER_LINKS_MAX)
		look_at(s.at, &look);
	__sync_fetch_and_add(&busy_ns, bpf_ktime_get_ns() - look.now);
	return 0;
}

SEC("fexit/netif_carrier_off")
int BPF_PROG(carrier_off, struct net_device *dev)
{
	return look_now(dev);
}

SEC("fexit/netif_carrier_on")
int BPF_PROG(carrier_on, struct net_device *dev)
{
	return look_now(dev);
}

/* A loss and a return that a driver tells at once, as hv_netvsc after a move to another host. */
SEC("fexit/netif_carrier_event")
int BPF_PROG(carrier_pulse, struct net_device *dev)
{
	return look_now(dev);
}

SEC("fentry/dev_activate")
int BPF_PROG(set_up, struct net_device *dev)
{
	return look_now(dev);
}

struct closing {
	__u64 head, next;
};

static long close_one(__u64 i, struct closing *c)
{
	struct list_head *node = (void *)c->next;

	if (!c->next || c->next == c->head)
		return 1;
	c->next = (__u64)BPF_CORE_READ(node, next);
	look_now((void *)node - bpf_core_field_offset(struct net_device, close_list));
	return 0;
}

SEC("fentry/dev_deactivate_many")
int BPF_PROG(set_down, struct list_head *head)
{
	struct closing c = {.head = (__u64)head, .next = (__u64)BPF_CORE_READ(head, next)};

	bpf_loop(CARRIER_LINKS_MAX, close_one, &c, 0);
	return 0;
}

#endif
