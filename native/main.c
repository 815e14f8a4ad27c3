/* SPDX-License-Identifier: Apache-2.0 */
/* pathwarden-helper: options, socket, sources, give up privilege, serve until a signal; in this order. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "bpf.h"
#include "helper.h"
#include "log.h"
#include "options.h"
#include "privilege.h"
#include "watch.h"
#include "wire.h"

static const struct source *const sources[] = {
    &source_rtnl,	&source_carrier, &source_tcp,	   &source_netdev, &source_prober,
    &source_ethtool,	&source_bond,	 &source_lacp,	   &source_team,   &source_multipath,
    &source_bfd,	&source_disk,	 &source_session,  &source_block,  &source_steering,
    &source_nexthops,	&source_kmsg,	 &source_hwevents, &source_ras,	   &source_pci,
    &source_processors, &source_md,	 &source_mount,	   &source_supply, NULL,
};

static void signalled(void *data, uint32_t epoll_events)
{
	(void)epoll_events;
	loop_stop(data);
}

/* SIGTERM and SIGINT end the loop; SIGPIPE and SIGHUP are nothing to us. */
static int take_signals(struct loop *l)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	return loop_add_fd(l, fd, EPOLLIN, signalled, l);
}

static int serve(struct helper *h)
{
	int r;

	/* The socket before the sources: a second helper must not load anything. Who connects is served by
	 * the loop. */
	if (!h->options.watch) {
		r = wire_start(h);
		if (r == -EADDRINUSE)
			return EXIT_ALREADY_RUNNING;
		if (r)
			return EXIT_SOCKET;
		loop_after_each(h->loop, wire_flush, h);
	}
	helper_start_sources(h);
	bpf_forget_kernel();
	if (privilege_drop(&h->options, helper_keep_caps(h)))
		return EXIT_PRIVILEGE;
	r = helper_start_heartbeat(h);
	if (r)
		return EXIT_FAILURE;
	if (h->options.watch)
		watch_hello(h);
	helper_snapshot(h);
	r = loop_run(h->loop);
	if (r)
		log_error("event loop: %s", strerror(-r));
	return r ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct helper h;
	int r, status = options_parse(argc, argv, &h.options);

	if (status != OPTIONS_RUN)
		return status;
	r = helper_init(&h, sources);
	if (!r)
		r = take_signals(h.loop);
	if (r) {
		log_error("start: %s", strerror(-r));
		return EXIT_FAILURE;
	}
	request_prepare();
	status = serve(&h);
	helper_stop_sources(&h);
	wire_stop(&h);
	helper_free(&h);
	return status;
}
