/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include "multicast.h"

#define READS_AT_ONCE 64

int multicast_open(struct multicast *m, int protocol, int receive_buffer)
{
	struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	int error;

	m->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	m->overrun = false;
	if (m->fd < 0)
		return -errno;
	if (setsockopt(m->fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof(receive_buffer)))
		setsockopt(m->fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
	if (!bind(m->fd, (struct sockaddr *)&any, sizeof(any)))
		return 0;
	error = errno;
	multicast_close(m);
	return -error;
}

int multicast_join(struct multicast *m, unsigned int group)
{
	return setsockopt(m->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) ? -errno : 0;
}

void multicast_close(struct multicast *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

bool multicast_read(struct multicast *m, rtnl_message_fn fn, void *data)
{
	static char buffer[32768] __attribute__((aligned(8)));

	for (int i = 0; i < READS_AT_ONCE; i++) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {.iov_base = buffer, .iov_len = sizeof(buffer)};
		struct msghdr message = {
		    .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
		ssize_t n = recvmsg(m->fd, &message, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != ENOBUFS)
			return true;
		if (n < 0 || message.msg_flags & MSG_TRUNC)
			m->overrun = true;
		else if (from.nl_pid == 0) /* the kernel; anybody else may send to us, too */
			rtnl_each_message(buffer, (size_t)n, fn, data);
	}
	return false;
}

bool multicast_take_overrun(struct multicast *m)
{
	bool overrun = m->overrun;

	m->overrun = false;
	return overrun;
}
