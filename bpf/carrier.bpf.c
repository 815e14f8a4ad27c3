// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Carrier, as the driver left it: a timer reads net_device.state of each link of our network namespace,
 * because the kernel's own message about it may be a second late (net/core/link_watch.c).
 *
 * The devices are listed by user space running list_links, twice buffered: the timer goes on with the old
 * table while the new one is written. A device may be freed under us at any time: reads are probed, and what
 * differs is believed only if the device is still the one that was listed.
 */
#include "kernel.h"
#include "events.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

struct ticker {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ticker);
} tickers SEC(".maps");

/* Set by user space. */
__u64 interval_ns = 2000000;
__u64 timer_flags; /* BPF_F_TIMER_CPU_PIN where the kernel knows it */
__u32 stopped;	   /* let the timer expire; bpf_timer_cancel() would drop its callback */

/* Read by user space. */
struct carrier_table tables[2];
__u32 active;  /* the table in use */
__u64 busy_ns; /* spent in tick() */
__u64 ticks;
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

struct look {
	__u64 now;
	__u32 table;
};

static long look_at(__u64 i, struct look *look)
{
	struct carrier_link now = {}, *was;
	struct carrier_table *table;
	struct carrier_event *e;
	struct net_device *dev;

	if (i >= CARRIER_LINKS_MAX)
		return 1;
	table = look->table ? &tables[1] : &tables[0];
	was = &table->links[i];
	dev = (void *)was->dev;
	if (!dev)
		return 0;
	read_state(dev, &now);
	/* As many returns as losses, if it is as it was: one count is enough to look at. */
	if (now.carrier == was->carrier && now.running == was->running &&
	    now.carrier_down_count == was->carrier_down_count)
		return 0;
	now.carrier_up_count = BPF_CORE_READ(dev, carrier_up_count.counter);
	/* After the values, not before: a device leaves this state long before its memory is freed. */
	if ((__u32)BPF_CORE_READ(dev, ifindex) != was->ifindex ||
	    (__u64)BPF_CORE_READ(dev, nd_net.net) != table->net || !registered(dev)) {
		was->dev = 0;
		return 0;
	}
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		/* The rest of `was` stays: the next tick tries again, and tells what it is by then. */
		dropped += !was->missed;
		was->missed = 1;
		return 0;
	}
	*e = (struct carrier_event){
	    .t_ns = look->now,
	    .ifindex = was->ifindex,
	    .carrier_up_count = now.carrier_up_count,
	    .carrier_down_count = now.carrier_down_count,
	    .carrier = now.carrier,
	    .running = now.running,
	};
	was->carrier_up_count = now.carrier_up_count;
	was->carrier_down_count = now.carrier_down_count;
	was->carrier = now.carrier;
	was->running = now.running;
	was->missed = 0;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

static int tick(void *map, __u32 *key, struct ticker *t)
{
	__u64 began = bpf_ktime_get_ns();
	struct look look = {.now = began, .table = active & 1};

	bpf_loop(look.table ? tables[1].count : tables[0].count, look_at, &look, 0);
	ticks++;
	busy_ns += bpf_ktime_get_ns() - began;
	if (!stopped)
		bpf_timer_start(&t->timer, interval_ns, timer_flags);
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

/* Starts the timer on the CPU that runs this. 0, or -errno: -EINVAL also when the kernel does not know
 * timer_flags. */
SEC("syscall")
int arm(void *ctx)
{
	__u32 zero = 0;
	struct ticker *t = bpf_map_lookup_elem(&tickers, &zero);
	long error;

	if (!t)
		return -EAGAIN;
	error = bpf_timer_init(&t->timer, &tickers, CLOCK_MONOTONIC);
	if (error && error != -EBUSY) /* EBUSY: a second try, with other flags */
		return error;
	error = bpf_timer_set_callback(&t->timer, tick);
	if (error)
		return error;
	return bpf_timer_start(&t->timer, interval_ns, timer_flags);
}
