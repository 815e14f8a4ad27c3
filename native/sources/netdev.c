/* SPDX-License-Identifier: Apache-2.0 */
/* What a network device's driver does not tell of itself: the kernel's transmit watchdog. Events only. */
#include <errno.h>
#include "bpf.h"
#include "bpf_ring.h"
#include "events.h"
#include "netdev.skel.h"

static struct netdev_bpf *netdev;

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

static struct bpf_ring ring = {.source = &source_netdev, .take = take};

static void stop(struct helper *h)
{
	(void)h;
	bpf_ring_close(&ring);
	netdev_bpf__destroy(netdev);
	netdev = NULL;
}

static int open_object(struct helper *h, const char **step)
{
	int error;

	bpf_prepare();
	*step = "open";
	netdev = netdev_bpf__open();
	if (!netdev)
		return -ENOMEM;
	if (!bpf_want_tracepoint(netdev->progs.on_xmit_timeout, "net_dev_xmit_timeout")) {
		helper_degrade(h, "netdev", "absent",
			       "no tracepoint net_dev_xmit_timeout in this kernel's BTF");
		return -ENOENT;
	}
	*step = "load";
	error = netdev_bpf__load(netdev);
	if (error)
		return error;
	*step = "network namespace";
	error = bpf_netns(&netdev->bss->netns);
	if (error)
		return error;
	*step = "ring buffer";
	error = bpf_ring_open(&ring, h, netdev->maps.events, &netdev->bss->dropped);
	if (error)
		return error;
	*step = "attach";
	return netdev_bpf__attach(netdev);
}

static int start(struct helper *h)
{
	const char *step = "";
	int error = open_object(h, &step);

	if (!error)
		return 0;
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
