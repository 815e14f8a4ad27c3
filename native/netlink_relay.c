/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "netlink_relay.h"
#include "source.h"

/* A dump message is at most this long (netlink_dump(): 32 KiB, less what the kernel keeps for itself). */
#define PIECE_BYTES 32768
#define REQUEST_BYTES 256
#define STACK_BYTES 65536
#define PIECES_AT_ONCE 16

struct netlink_relay {
	netlink_relay_fn fn;
	void *data;
	int netlink_fd;
	int loop_end, thread_end;
	bool running;
	pthread_t thread;
	char piece[PIECE_BYTES] __attribute__((aligned(8)));	    /* the loop's */
	char thread_piece[PIECE_BYTES] __attribute__((aligned(8))); /* the thread's */
	/* Its own, because it is there, and locked, before the thread is. */
	char stack[STACK_BYTES] __attribute__((aligned(64)));
};

static bool is_last(const char *piece, size_t size)
{
	const struct nlmsghdr *m = (const struct nlmsghdr *)piece;
	unsigned int left = (unsigned int)size;

	for (; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left))
		if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR)
			return true;
	return false;
}

static size_t make_error(char *piece, int error)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr body;
	} m = {.head = {.nlmsg_len = sizeof(m), .nlmsg_type = NLMSG_ERROR}, .body = {.error = -error}};

	memcpy(piece, &m, sizeof(m));
	return sizeof(m);
}

/* One request and all of its answer. False: the loop has closed its end. */
static bool carry(struct netlink_relay *r, const char *request, size_t size)
{
	bool last = false, failed = send(r->netlink_fd, request, size, 0) < 0;

	while (!last) {
		struct iovec iov = {.iov_base = r->thread_piece, .iov_len = sizeof(r->thread_piece)};
		struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
		ssize_t n = failed ? -1 : recvmsg(r->netlink_fd, &message, 0);

		if (n < 0 && !failed && errno == EINTR)
			continue;
		if (n < 0)
			n = (ssize_t)make_error(r->thread_piece, errno);
		else if (message.msg_flags & MSG_TRUNC)
			n = (ssize_t)make_error(r->thread_piece, EMSGSIZE);
		last = is_last(r->thread_piece, (size_t)n);
		if (send(r->thread_end, r->thread_piece, (size_t)n, MSG_NOSIGNAL) < 0)
			return false;
	}
	return true;
}

static void *run(void *arg)
{
	struct netlink_relay *r = arg;
	char request[REQUEST_BYTES];
	ssize_t n;

	do {
		n = recv(r->thread_end, request, sizeof(request), 0);
	} while ((n < 0 && errno == EINTR) || (n > 0 && carry(r, request, (size_t)n)));
	return NULL;
}

static void piece_came(void *data, uint32_t events)
{
	struct netlink_relay *r = data;

	(void)events;
	/* Bounded: other callbacks want their turn during a long dump. */
	for (int i = 0; i < PIECES_AT_ONCE; i++) {
		ssize_t n = recv(r->loop_end, r->piece, sizeof(r->piece), MSG_DONTWAIT);

		if (n <= 0)
			return;
		r->fn(r->data, r->piece, (size_t)n);
	}
}

static int open_netlink(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	int on = 1;

	/* The kernel then filters by the request's header (>= 4.20); without it, the parser does. */
	if (fd >= 0 && protocol == NETLINK_ROUTE)
		setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	return fd;
}

struct netlink_relay *netlink_relay_new(struct loop *l, int protocol, netlink_relay_fn fn, void *data)
{
	struct netlink_relay *r = calloc(1, sizeof(*r));
	int pair[2], error;

	if (!r)
		return NULL;
	r->fn = fn;
	r->data = data;
	r->netlink_fd = open_netlink(protocol);
	if (r->netlink_fd < 0)
		goto no_netlink;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		goto no_pair;
	r->loop_end = pair[0];
	r->thread_end = pair[1];
	error = -loop_add_fd(l, r->loop_end, EPOLLIN, piece_came, r);
	if (!error)
		return r;
	errno = error;
	close(pair[0]);
	close(pair[1]);
no_pair:
	close(r->netlink_fd);
no_netlink:
	free(r);
	return NULL;
}

static int start_thread(struct netlink_relay *r)
{
	pthread_attr_t attr;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, r->stack, sizeof(r->stack));
	error = pthread_create(&r->thread, &attr, run, r);
	pthread_attr_destroy(&attr);
	r->running = !error;
	return -error;
}

int netlink_relay_ask(struct netlink_relay *r, const void *request, size_t size)
{
	int error = r->running ? 0 : start_thread(r);

	if (error)
		return error;
	if (size > REQUEST_BYTES)
		return -EMSGSIZE;
	return send(r->loop_end, request, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

void netlink_relay_free(struct loop *l, struct netlink_relay *r)
{
	if (!r)
		return;
	loop_remove_fd(l, r->loop_end);
	shutdown(r->loop_end, SHUT_RDWR);
	if (r->running) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		/* It may wait for the rtnl lock. Then it keeps what it uses: the process ends anyway. */
		if (pthread_timedjoin_np(r->thread, NULL, &until))
			return;
	}
	close(r->loop_end);
	close(r->thread_end);
	close(r->netlink_fd);
	free(r);
}
