/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <linux/netlink.h>
#include "multicast.h"
#include "uevent.h"

#define SUBSCRIBERS_MAX 16
/* The kernel's own messages; 2 is udevd's (lib/kobject_uevent.c, libudev). */
#define GROUP_KERNEL 1
/* A storage network that dies takes hundreds of devices with it, each with a few messages of 200 to 500
 * bytes. */
#define RECEIVE_BUFFER (4 << 20)
/* UEVENT_BUFFER_SIZE is 2048, the head comes on top. */
#define MESSAGE_MAX 8192
#define READS_AT_ONCE 64

static struct {
	struct multicast socket;
	const struct uevent_subscriber *subscribers[SUBSCRIBERS_MAX];
	size_t count;
} uevents = {.socket.fd = -1};

/* True: the queue is empty now. */
static bool read_some(struct helper *h)
{
	static char buffer[MESSAGE_MAX + 1];

	for (int i = 0; i < READS_AT_ONCE; i++) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {.iov_base = buffer, .iov_len = MESSAGE_MAX};
		struct msghdr message = {
		    .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
		ssize_t n = recvmsg(uevents.socket.fd, &message, MSG_DONTWAIT);
		struct uevent e;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != ENOBUFS)
			return true;
		if (n < 0 || message.msg_flags & MSG_TRUNC) {
			uevents.socket.overrun = true;
			continue;
		}
		buffer[n] = '\0';
		/* Not the kernel: anybody may send to a socket's own address. */
		if (from.nl_pid != 0 || !uevent_parse(buffer, (size_t)n, &e))
			continue;
		for (size_t s = 0; s < uevents.count; s++)
			uevents.subscribers[s]->event(h, &e);
	}
	return false;
}

static void readable(void *data, uint32_t epoll_events)
{
	struct helper *h = data;

	(void)epoll_events;
	if (!read_some(h) || !multicast_take_overrun(&uevents.socket))
		return;
	for (size_t s = 0; s < uevents.count; s++)
		uevents.subscribers[s]->missed(h);
}

static int open_socket(struct helper *h)
{
	int r = multicast_open(&uevents.socket, NETLINK_KOBJECT_UEVENT, RECEIVE_BUFFER);

	if (!r)
		r = multicast_join(&uevents.socket, GROUP_KERNEL);
	if (!r)
		r = loop_add_fd(helper_loop(h), uevents.socket.fd, EPOLLIN, readable, h);
	if (r)
		multicast_close(&uevents.socket);
	return r;
}

int uevent_subscribe(struct helper *h, const struct uevent_subscriber *s)
{
	int r = uevents.count ? 0 : open_socket(h);

	if (!r && uevents.count == SUBSCRIBERS_MAX)
		r = -ENOSPC;
	if (!r)
		uevents.subscribers[uevents.count++] = s;
	return r;
}

void uevent_unsubscribe(struct helper *h, const struct uevent_subscriber *s)
{
	size_t i = 0;

	while (i < uevents.count && uevents.subscribers[i] != s)
		i++;
	if (i == uevents.count)
		return;
	uevents.subscribers[i] = uevents.subscribers[--uevents.count];
	if (uevents.count)
		return;
	loop_remove_fd(helper_loop(h), uevents.socket.fd);
	multicast_close(&uevents.socket);
}
