/* SPDX-License-Identifier: Apache-2.0 */
/* What a network device's driver does not tell of itself: the kernel's transmit watchdog. Events only. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <bpf/btf.h>
#include "bpf.h"
#include "events.h"
#include "netdev.skel.h"
#include "source.h"

static struct {
	struct netdev_bpf *bpf;
	struct ring_buffer *ring;
	uint64_t dropped;
} netdev;

/* There is no state to tell; what it ends is the blindness after a loss. */
static void snapshot(struct helper *h)
{
	struct frame f = {
	    .type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "netdev", .complete = true}};

	helper_emit(h, &f);
	f.snapshot.end = true;
	helper_emit(h, &f);
}

static int take(void *ctx, void *data, size_t size)
{
	const struct tx_timeout_event *e = data;
	struct frame f = {.type = FRAME_TX_TIMEOUT};

	if (size < sizeof(*e))
		return 0;
	f.t_us = e->t_ns / 1000;
	f.tx_timeout.ifindex = e->ifindex;
	f.tx_timeout.queue = e->queue;
	helper_emit(ctx, &f);
	return 0;
}

static void readable(void *data, uint32_t epoll_events)
{
	struct helper *h = data;
	uint64_t dropped = __atomic_load_n(&netdev.bpf->bss->dropped, __ATOMIC_RELAXED);

	(void)epoll_events;
	ring_buffer__consume(netdev.ring);
	if (dropped == netdev.dropped)
		return;
	helper_lost(h, "netdev", dropped - netdev.dropped, "the BPF ring buffer was full");
	netdev.dropped = dropped;
	snapshot(h);
}

static void stop(struct helper *h)
{
	if (netdev.ring)
		loop_remove_fd(helper_loop(h), ring_buffer__epoll_fd(netdev.ring));
	ring_buffer__free(netdev.ring);
	netdev_bpf__destroy(netdev.bpf);
	memset(&netdev, 0, sizeof(netdev));
}

static int start(struct helper *h)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	const char *step = "open";
	int error = -ENOMEM;
	bool there;

	bpf_prepare();
	netdev.bpf = netdev_bpf__open();
	there = netdev.bpf &&
		bpf_want_tracepoint(netdev.bpf->progs.on_xmit_timeout, kernel, "net_dev_xmit_timeout");
	btf__free(kernel);
	if (!netdev.bpf)
		goto failed;
	if (!there) {
		helper_degrade(h, "netdev", "absent",
			       "no tracepoint net_dev_xmit_timeout in this kernel's BTF");
		stop(h);
		return -ENOENT;
	}
	step = "load";
	error = netdev_bpf__load(netdev.bpf);
	if (error)
		goto failed;
	step = "network namespace";
	error = bpf_netns(&netdev.bpf->bss->netns);
	if (error)
		goto failed;
	step = "ring buffer";
	netdev.ring = ring_buffer__new(bpf_map__fd(netdev.bpf->maps.events), take, h, NULL);
	error = netdev.ring
		    ? loop_add_fd(helper_loop(h), ring_buffer__epoll_fd(netdev.ring), EPOLLIN, readable, h)
		    : -errno;
	if (error)
		goto failed;
	step = "attach";
	error = netdev_bpf__attach(netdev.bpf);
	if (error)
		goto failed;
	return 0;
failed:
	helper_degrade(h, "netdev", "absent", "%s: %s", step, bpf_why(error));
	stop(h);
	return error;
}

const struct source source_netdev = {
    .name = "netdev",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
