// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * carrier.bpf.c: the links that are watched, and how one is looked at.
 *
 * The devices are listed by user space running list_links, twice buffered: whoever looks goes on with the old
 * table while the new one is written. A device may be freed under us at any time: reads are probed, and what
 * differs is believed only if the device is still the one that was listed.
 */
#ifndef PATHWARDEN_CARRIER_LINKS_H
#define PATHWARDEN_CARRIER_LINKS_H

#include "kernel.h"
#include "events.h"

/* A link may tell that often between two ticks of the timer; what moves beyond that the next tick tells. */
#define TOLD_PER_TICK 20

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

__u32 hooks; /* set by user space: carrier_hooks.h is attached */

/* Read by user space. */
struct carrier_table tables[2];
__u32 active;  /* the table in use */
__u64 busy_ns; /* spent looking */
__u64 dropped; /* changes that found the ring buffer full */

static __always_inline __u8 registered(struct net_device *dev)
{
	struct net_device___enum *old = (void *)dev;

	if (bpf_core_field_exists(old->reg_state))
		return BPF_CORE_READ_BITFIELD_PROBED(old, reg_state) == NETREG_REGISTERED;
	return BPF_CORE_READ(dev, reg_state) == NETREG_REGISTERED;
}

static __always_inline void read_state(struct net_device *dev, struct carrier_link *l)
{
	unsigned long state = BPF_CORE_READ(dev, state);

	l->carrier = !(state & 1UL << LINK_STATE_NOCARRIER);
	l->running = !!(state & 1UL << LINK_STATE_START);
	l->carrier_down_count = BPF_CORE_READ(dev, carrier_down_count.counter);
}

static __always_inline bool tell_link(const struct carrier_link *was, const struct carrier_link *l,
				      __u64 t_ns, __u8 hooked)
{
	struct carrier_event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e)
		return false;
	*e = (struct carrier_event){
	    .t_ns = t_ns,
	    .ifindex = was->ifindex,
	    .carrier_up_count = l->carrier_up_count,
	    .carrier_down_count = l->carrier_down_count,
	    .carrier = l->carrier,
	    .running = l->running,
	    .hooked = hooked,
	    .unseen = !hooked && was->waits == 1,
	};
	bpf_ringbuf_submit(e, 0);
	return true;
}

/* The time is taken before the state is read: of two looks at once, the later one is right. */
struct look {
	__u64 now;
	__u32 table;
	__u8 hooked; /* by a hook, not by the timer */
};

static long look_at(__u64 i, struct look *look)
{
	struct carrier_link now = {}, *was;
	struct carrier_table *table;
	struct net_device *dev;
	bool many;

	if (i >= CARRIER_LINKS_MAX)
		return 1;
	table = look->table ? &tables[1] : &tables[0];
	was = &table->links[i];
	dev = (void *)was->dev;
	if (!dev)
		return 0;
	many = was->told >= TOLD_PER_TICK;
	if (look->hooked && many)
		return 0;
	if (!look->hooked && was->told)
		was->told = 0;
	read_state(dev, &now);
	/* As many returns as losses, if it is as it was: one count is enough to look at. */
	if (now.carrier == was->carrier && now.running == was->running &&
	    now.carrier_down_count == was->carrier_down_count) {
		if (!look->hooked && was->waits)
			was->waits = 0;
		return 0;
	}
	/* It may be moving right now, and the hook's time is better. */
	if (hooks && !look->hooked && !was->waits) {
		was->waits = many ? 2 : 1;
		return 0;
	}
	now.carrier_up_count = BPF_CORE_READ(dev, carrier_up_count.counter);
	/* After the values, not before: a device leaves this state long before its memory is freed. */
	if ((__u32)BPF_CORE_READ(dev, ifindex) != was->ifindex ||
	    (__u64)BPF_CORE_READ(dev, nd_net.net) != table->net || !registered(dev)) {
		was->dev = 0;
		return 0;
	}
	if (!tell_link(was, &now, look->now, look->hooked)) {
		/* The rest of `was` stays: the next tick tries again, and tells what it is by then. */
		dropped += !was->missed;
		was->missed = 1;
		return 0;
	}
	was->carrier_up_count = now.carrier_up_count;
	was->carrier_down_count = now.carrier_down_count;
	was->carrier = now.carrier;
	was->running = now.running;
	was->missed = was->waits = 0;
	if (look->hooked)
		was->told++;
	return 0;
}

struct walk {
	__u64 head, next;
	__u32 table, done;
};

static long list_one(__u64 i, struct walk *w)
{
	struct carrier_table *table = w->table ? &tables[1] : &tables[0];
	struct list_head *node;
	struct net_device *dev;
	struct carrier_link *l;

	if (w->next == w->head || !w->next) {
		w->done = w->next == w->head;
		return 1;
	}
	if (i >= CARRIER_LINKS_MAX)
		return 1;
	node = (void *)w->next;
	dev = (void *)node - bpf_core_field_offset(struct net_device, dev_list);
	w->next = (__u64)BPF_CORE_READ(node, next);
	l = &table->links[i];
	l->dev = 0;
	l->missed = l->told = l->waits = 0;
	l->ifindex = BPF_CORE_READ(dev, ifindex);
	read_state(dev, l);
	l->carrier_up_count = BPF_CORE_READ(dev, carrier_up_count.counter);
	if ((__u64)BPF_CORE_READ(dev, nd_net.net) == table->net && registered(dev))
		l->dev = (__u64)dev;
	table->count = i + 1;
	return 0;
}

/*
 * Lists the links of the caller's network namespace into the table not in use, and takes it into use.
 * 0; -ENOSPC: there are more than CARRIER_LINKS_MAX; -EAGAIN: the list changed under the walk, the old table
 * stays.
 */
SEC("syscall")
int list_links(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct net *net = BPF_CORE_READ(task, nsproxy, net_ns);
	struct list_head *head = &net->dev_base_head;
	struct walk w = {.head = (__u64)head, .table = !(active & 1)};
	struct carrier_table *table = w.table ? &tables[1] : &tables[0];

	table->count = 0;
	table->net = (__u64)net;
	table->t_ns = bpf_ktime_get_ns();
	w.next = (__u64)BPF_CORE_READ(head, next);
	bpf_loop(CARRIER_LINKS_MAX + 1, list_one, &w, 0);
	if (!w.done && table->count < CARRIER_LINKS_MAX)
		return -EAGAIN;
	active = w.table;
	return w.done ? 0 : -ENOSPC;
}

#endif
