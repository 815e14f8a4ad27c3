/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "bfd_listener.h"
#include "bfd_micro.h"

#define PACKETS_AT_ONCE 64

struct bfd_listener {
	struct helper *helper;
	bfd_arrived_fn fn;
	uint32_t ifindex;
	struct ip_address local;
	bool micro;
	unsigned int users; /* 0: free */
	int fd;
	int port_fd; /* micro: keeps the port; -1: another listener from this address does */
};

/* As many as sessions. */
static struct bfd_listener all[REQUEST_BFD_MAX];

static bool is_from(const struct bfd_listener *l, const struct ip_address *local, bool micro)
{
	return l->users && l->micro == micro && !memcmp(&l->local, local, sizeof(*local));
}

void bfd_listener_receive(struct bfd_listener *l)
{
	struct bfd_arrival a;

	for (int i = 0; i < PACKETS_AT_ONCE; i++) {
		if (!(l->micro ? bfd_micro_receive(l->fd, &l->local, &a) : bfd_receive(l->fd, &a)))
			return;
		l->fn(l, &a);
	}
}

int bfd_listener_fd(const struct bfd_listener *l)
{
	return l->fd;
}

static void readable(void *data, uint32_t events)
{
	(void)events;
	bfd_listener_receive(data);
}

/* Another that needs the port of the same address, which one of them keeps for all. */
static struct bfd_listener *same_port(const struct bfd_listener *than)
{
	for (struct bfd_listener *l = all; l < all + REQUEST_BFD_MAX; l++)
		if (l != than && is_from(l, &than->local, true))
			return l;
	return NULL;
}

static int open_micro(struct bfd_listener *l)
{
	if (!same_port(l)) {
		l->port_fd = bfd_micro_hold_port(&l->local);
		if (l->port_fd < 0)
			return l->port_fd;
	}
	return bfd_micro_open(l->ifindex, &l->local);
}

static int open_new(struct bfd_listener *l)
{
	int r;

	l->fd = l->micro ? open_micro(l) : bfd_open_port(l->ifindex, &l->local, BFD_PORT);
	r = l->fd < 0 ? l->fd : loop_add_fd(helper_loop(l->helper), l->fd, EPOLLIN, readable, l);
	if (!r)
		return 0;
	if (l->fd >= 0)
		close(l->fd);
	if (l->port_fd >= 0)
		close(l->port_fd);
	return r;
}

int bfd_listen(struct helper *h, const struct request_bfd *wish, bfd_arrived_fn fn, struct bfd_listener **out)
{
	struct bfd_listener *free_one = NULL;
	int r;

	for (struct bfd_listener *l = all; l < all + REQUEST_BFD_MAX; l++) {
		if (is_from(l, &wish->local, wish->micro) && l->ifindex == wish->ifindex) {
			l->users++;
			*out = l;
			return 0;
		}
		if (!l->users)
			free_one = l;
	}
	if (!free_one)
		return -ENOSPC;
	*free_one = (struct bfd_listener){.helper = h,
					  .fn = fn,
					  .ifindex = wish->ifindex,
					  .local = wish->local,
					  .micro = wish->micro,
					  .port_fd = -1};
	r = open_new(free_one);
	if (r)
		return r;
	free_one->users = 1;
	*out = free_one;
	return 0;
}

void bfd_unlisten(struct bfd_listener *l)
{
	struct bfd_listener *heir;

	if (--l->users)
		return;
	loop_remove_fd(helper_loop(l->helper), l->fd);
	close(l->fd);
	heir = l->port_fd >= 0 ? same_port(l) : NULL;
	if (heir)
		heir->port_fd = l->port_fd;
	else if (l->port_fd >= 0)
		close(l->port_fd);
}
