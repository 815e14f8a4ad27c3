/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "bfd_socket.h"
#include "helper.h"

/* RFC 5881 4: source ports, to the last. */
#define SOURCE_PORT_FIRST 49152
#define SOURCE_PORT_TRIES 16
#define HOP_LIMIT 255

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t make_address(const struct ip_address *from, uint32_t ifindex, uint16_t port,
			      union address *out)
{
	memset(out, 0, sizeof(*out));
	if (from->family == 4) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(port);
		memcpy(&out->v4.sin_addr, from->bytes, sizeof(out->v4.sin_addr));
		return sizeof(out->v4);
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(port);
	memcpy(&out->v6.sin6_addr, from->bytes, sizeof(out->v6.sin6_addr));
	if (IN6_IS_ADDR_LINKLOCAL(&out->v6.sin6_addr))
		out->v6.sin6_scope_id = ifindex;
	return sizeof(out->v6);
}

static bool set(int fd, int level, int name, int value)
{
	return !setsockopt(fd, level, name, &value, sizeof(value));
}

/* A socket of the device alone; ifindex 0: of any. */
static int open_on(uint32_t ifindex, const struct ip_address *local)
{
	int fd =
	    socket(local->family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	if ((!ifindex || set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, (int)ifindex)) &&
	    (local->family == 4 || set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)))
		return fd;
	error = errno;
	close(fd);
	return -error;
}

/* RFC 5082: what has crossed a router has a hop limit below 255, and does not get as far as the queue. */
static bool drop_forwarded(int fd, uint8_t family)
{
	unsigned int hop_limit = (unsigned int)SKF_NET_OFF + (family == 4 ? 8 : 7);
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, hop_limit),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HOP_LIMIT, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return !setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static bool prepare_receive(int fd, uint8_t family)
{
	return drop_forwarded(fd, family) && set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

int bfd_open_port(uint32_t ifindex, const struct ip_address *local, uint16_t port)
{
	int fd = open_on(ifindex, local), error;
	union address address;
	socklen_t size = make_address(local, ifindex, port, &address);

	if (fd < 0)
		return fd;
	/*
	 * SO_REUSEADDR only once we have the port: before, it would take the packets of a daemon that has it,
	 * and set it, too. Without it, a daemon that comes later could not start; on our device ours count.
	 */
	if (prepare_receive(fd, local->family) && !bind(fd, &address.any, size) &&
	    set(fd, SOL_SOCKET, SO_REUSEADDR, 1))
		return fd;
	error = errno;
	close(fd);
	return -error;
}

static bool prepare_send(int fd, uint8_t family)
{
	/* Network control (RFC 4594 3.1), so that a full queue does not look like a dead leg. */
	return family == 4
		   ? set(fd, IPPROTO_IP, IP_TTL, HOP_LIMIT) && set(fd, IPPROTO_IP, IP_TOS, IPTOS_CLASS_CS6)
		   : set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, HOP_LIMIT) &&
			 set(fd, IPPROTO_IPV6, IPV6_TCLASS, IPTOS_CLASS_CS6);
}

static int bind_source_port(int fd, uint32_t ifindex, const struct ip_address *local, uint16_t *port)
{
	for (int i = 0; i < SOURCE_PORT_TRIES; i++) {
		union address address;
		socklen_t size;
		uint16_t random;

		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -EIO;
		*port = (uint16_t)(SOURCE_PORT_FIRST + random % (65536 - SOURCE_PORT_FIRST));
		size = make_address(local, ifindex, *port, &address);
		if (!bind(fd, &address.any, size))
			return 0;
		if (errno != EADDRINUSE)
			return -errno;
	}
	return -EADDRINUSE;
}

int bfd_open_send(uint32_t ifindex, const struct ip_address *local, uint16_t *port)
{
	int fd = open_on(ifindex, local), r;

	if (fd < 0)
		return fd;
	r = prepare_send(fd, local->family) ? bind_source_port(fd, ifindex, local, port) : -errno;
	if (!r)
		return fd;
	close(fd);
	return r;
}

int bfd_send(int fd, uint32_t ifindex, const struct ip_address *remote,
	     const uint8_t packet[BFD_PACKET_BYTES])
{
	union address address;
	socklen_t size = make_address(remote, ifindex, BFD_PORT, &address);

	return sendto(fd, packet, BFD_PACKET_BYTES, MSG_DONTWAIT, &address.any, size) < 0 ? -errno : 0;
}

/* The kernel stamps with the wall clock. */
static uint64_t to_monotonic(const struct cmsghdr *c)
{
	struct timespec ts;
	uint64_t now = now_us();
	int64_t at;

	memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	at = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 - wall_offset_us();
	return at > 0 && (uint64_t)at <= now ? (uint64_t)at : now;
}

static void take_sender(const union address *from, struct ip_address *out)
{
	memset(out, 0, sizeof(*out));
	if (from->any.sa_family == AF_INET) {
		out->family = 4;
		memcpy(out->bytes, &from->v4.sin_addr, sizeof(from->v4.sin_addr));
	} else if (from->any.sa_family == AF_INET6) {
		out->family = 6;
		memcpy(out->bytes, &from->v6.sin6_addr, sizeof(from->v6.sin6_addr));
	}
}

ssize_t bfd_receive_message(int fd, struct msghdr *message, uint64_t *at_us)
{
	char control[CMSG_SPACE(sizeof(struct timespec)) + 64] __attribute__((aligned(8)));
	ssize_t n;

	message->msg_control = control;
	message->msg_controllen = sizeof(control);
	n = recvmsg(fd, message, MSG_DONTWAIT);
	*at_us = now_us();
	for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			*at_us = to_monotonic(c);
	message->msg_control = NULL;
	return n;
}

bool bfd_receive(int fd, struct bfd_arrival *out)
{
	union address from = {0};
	struct iovec iov = {.iov_base = out->bytes, .iov_len = sizeof(out->bytes)};
	struct msghdr message = {
	    .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = bfd_receive_message(fd, &message, &out->at_us);

	if (n < 0)
		return false;
	out->size = (size_t)n;
	take_sender(&from, &out->from);
	return true;
}
