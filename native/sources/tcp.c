/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage connections of our network namespace, as bpf/tcp.bpf.c sees them: opened, closed, by which devices,
 * standing still and going on again. tcp_trace.c has the trace.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <bpf/bpf.h>
#include <linux/capability.h>
#include "bpf.h"
#include "bpf_ring.h"
#include "tcp.h"
#include "tcp.skel.h"

#define SECOND_US 1000000

static struct {
	struct tcp_bpf *bpf;
	struct bpf_link *on_state, *on_destroy, *find;
	const struct flow *slots; /* FLOWS_MAX of them, mapped */
	size_t slots_size;
	struct loop_timer *second;
	uint64_t untracked, missed;
	bool told_untracked, in_snapshot;
} tcp;

static struct bpf_ring ring = {.source = &source_tcp, .take = tcp_take};

struct tcp_bpf *tcp_object(void)
{
	return tcp.bpf;
}

void tcp_drain(struct helper *h)
{
	(void)h;
	bpf_ring_drain(&ring);
}

/* --- snapshot --- */

bool tcp_slot(uint32_t at, enum flow_slot state, struct flow *out)
{
	if (!tcp.bpf || at >= tcp.bpf->bss->slots_used || at >= FLOWS_MAX)
		return false;
	*out = tcp.slots[at];
	/* It may have been given away while it was copied. */
	return out->slot == state && __atomic_load_n(&tcp.slots[at].slot, __ATOMIC_ACQUIRE) == state &&
	       tcp.slots[at].id == out->id;
}

static bool find_existing(void)
{
	char nothing[64];
	int fd = tcp.find ? bpf_iter_create(bpf_link__fd(tcp.find)) : -1;
	ssize_t n;

	if (fd < 0)
		return false;
	do
		n = read(fd, nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && errno == EAGAIN));
	close(fd);
	return n == 0;
}

static void bracket(struct helper *h, bool end, bool complete)
{
	struct frame f = {
	    .type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.end = end, .complete = complete}};

	strcpy(f.snapshot.source, "tcp");
	helper_emit(h, &f);
}

/*
 * A connection found no slot: all are taken, or a lock was held at that moment. Looking again helps against
 * the latter. False: not all are tracked.
 */
static bool look_again(struct helper *h)
{
	const __u64 *untracked = &tcp.bpf->bss->untracked;
	uint64_t before = __atomic_load_n(untracked, __ATOMIC_RELAXED);
	bool found = find_existing();

	tcp.untracked = __atomic_load_n(untracked, __ATOMIC_RELAXED);
	if (tcp.untracked != before && !tcp.told_untracked) {
		tcp.told_untracked = true;
		helper_degrade(h, "tcp", "degraded", "more than %d storage connections: not all are tracked",
			       FLOWS_MAX);
	}
	return found && tcp.untracked == before;
}

static void snapshot(struct helper *h)
{
	bool complete;
	struct flow f;

	if (!tcp.bpf || tcp.in_snapshot)
		return;
	tcp.in_snapshot = true;
	complete = look_again(h);
	/* Before the bracket: what is still on its way is a change, with its own time. */
	tcp_drain(h);
	bracket(h, false, true);
	for (uint32_t at = 0; at < tcp.bpf->bss->slots_used; at++)
		if (tcp_slot(at, SLOT_LIVE, &f))
			tcp_tell_slot(h, &f);
	bracket(h, true, complete);
	tcp.in_snapshot = false;
}

/* Nothing else may ever tell of a connection that was missed at its beginning. */
static void each_second(void *data)
{
	uint64_t count = tcp.on_state ? bpf_missed(tcp.bpf->progs.on_state) : 0;

	if (count != tcp.missed ||
	    __atomic_load_n(&tcp.bpf->bss->untracked, __ATOMIC_RELAXED) != tcp.untracked)
		look_again(data);
	tcp.missed = count;
}

static void configure(struct helper *h, const struct request_configure *wish)
{
	if (!tcp.bpf || tcp_same_wish(wish))
		return;
	tcp_set_wish(wish);
	find_existing();
	tcp_drain(h);
}

/* --- start and stop --- */

static int read_namespace(void)
{
	int error = bpf_netns(&tcp.bpf->bss->netns);
	unsigned int low, high;
	FILE *f;

	if (error)
		return error;
	f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	if (f && fscanf(f, "%u %u", &low, &high) == 2 && low <= high && high <= 65535) {
		tcp.bpf->data->ephemeral_low = (uint16_t)low;
		tcp.bpf->data->ephemeral_high = (uint16_t)high;
	}
	if (f)
		fclose(f);
	return 0;
}

void tcp_scan_now(const struct helper *h)
{
	/* Pinned, it would move to the CPU that we are on: then its next tick, 10 ms away at most, must do.
	 */
	if (helper_options(h)->housekeeping_cpu < 0)
		bpf_run(tcp.bpf->progs.arm, -1);
}

static int attach(struct bpf_link **link, struct bpf_program *program)
{
	if (!bpf_program__autoload(program))
		return 0;
	*link = bpf_program__attach(program);
	return *link ? 0 : -errno;
}

static void choose_programs(struct helper *h)
{
	struct tcp_bpf *b = tcp.bpf;

	if (!bpf_want_tracepoint(b->progs.on_state, "inet_sock_set_state"))
		helper_degrade(h, "tcp", "degraded",
			       "no tracepoint inet_sock_set_state: connections are found by looking");
	bpf_want_tracepoint(b->progs.on_destroy, "tcp_destroy_sock");
	if (!bpf_want_tracepoint(b->progs.trace_transmit, "net_dev_start_xmit"))
		helper_degrade(h, "tcp", "degraded",
			       "no tracepoint net_dev_start_xmit: switches are seen every 2 ms");
	if (!bpf_want_tracepoint(b->progs.trace_receive, "tcp_probe"))
		helper_degrade(h, "tcp", "degraded", "no tracepoint tcp_probe: pauses are seen every 2 ms");
}

static int map_slots(void)
{
	void *at;

	tcp.slots_size = sizeof(struct flow) * FLOWS_MAX;
	at = mmap(NULL, tcp.slots_size, PROT_READ, MAP_SHARED, bpf_map__fd(tcp.bpf->maps.flows), 0);
	if (at == MAP_FAILED)
		return -errno;
	tcp.slots = at;
	return 0;
}

static void stop(struct helper *h)
{
	if (tcp.bpf)
		tcp_trace_stop(h);
	bpf_ring_close(&ring);
	if (tcp.second)
		loop_remove_timer(helper_loop(h), tcp.second);
	bpf_link__destroy(tcp.on_state);
	bpf_link__destroy(tcp.on_destroy);
	bpf_link__destroy(tcp.find);
	if (tcp.slots)
		munmap((void *)tcp.slots, tcp.slots_size);
	if (tcp.bpf && tcp.bpf->bss)
		tcp.bpf->bss->stopped = 1;
	tcp_bpf__destroy(tcp.bpf);
	memset(&tcp, 0, sizeof(tcp));
}

static int open_object(struct helper *h, const char **step)
{
	int error;

	bpf_prepare();
	*step = "open";
	tcp.bpf = tcp_bpf__open();
	if (!tcp.bpf)
		return -ENOMEM;
	choose_programs(h);
	*step = "load";
	error = tcp_bpf__load(tcp.bpf);
	if (error)
		return error;
	*step = "network namespace";
	error = read_namespace();
	if (error)
		return error;
	tcp_set_default_wish();
	*step = "map";
	error = map_slots();
	if (error)
		return error;
	*step = "ring buffer";
	error = bpf_ring_open(&ring, h, tcp.bpf->maps.events, &tcp.bpf->bss->dropped);
	if (error)
		return error;
	*step = "attach";
	error = attach(&tcp.on_state, tcp.bpf->progs.on_state);
	return error ? error : attach(&tcp.on_destroy, tcp.bpf->progs.on_destroy);
}

static int start_timers(struct helper *h)
{
	int error;

	tcp.second = loop_add_timer(helper_loop(h), SECOND_US, SECOND_US, each_second, h);
	if (!tcp.second)
		return -ENOMEM;
	error = bpf_start_timer(tcp.bpf->progs.arm, &tcp.bpf->bss->timer_flags,
				helper_options(h)->housekeeping_cpu);
	return error ? error : tcp_trace_start(h);
}

static int start(struct helper *h)
{
	const char *step = "";
	int error = open_object(h, &step);

	if (!error) {
		tcp.find = bpf_program__attach_iter(tcp.bpf->progs.find, NULL);
		if (!tcp.find || !find_existing())
			helper_degrade(h, "tcp", "degraded",
				       "no TCP iterator: connections of before the start are not seen");
		step = "timer";
		error = start_timers(h);
	}
	if (!error)
		return 0;
	helper_degrade(h, "tcp", "absent", "%s: %s", step, bpf_why(error));
	stop(h);
	return error;
}

static uint64_t bpf_ns(struct helper *h)
{
	(void)h;
	return tcp.bpf ? __atomic_load_n(&tcp.bpf->bss->busy_ns, __ATOMIC_RELAXED) : 0;
}

const struct source source_tcp = {
    .name = "tcp",
    .keep_caps = 1ULL << CAP_BPF | 1ULL << CAP_PERFMON, /* to attach the trace's programs, loaded at start */
    .start = start,
    .snapshot = snapshot,
    .configure = configure,
    .stop = stop,
    .bpf_ns = bpf_ns,
};
