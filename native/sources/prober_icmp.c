/* SPDX-License-Identifier: Apache-2.0 */
/* Probes by ICMP and ICMPv6 echo: by the kernel's own routing on that device, from one of its addresses. */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include "prober.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ICMP and ICMPv6 echoes have the same layout (RFC 792, RFC 4443 4.1). */
struct echo {
	uint8_t type, code;
	uint16_t checksum, id, seq; /* network order */
	uint64_t cookie;	    /* of this process: a forged or stray answer does not have it */
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static uint64_t cookie;
static uint16_t last_id;

int probe_sockets_allowed(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	if (fd < 0)
		return -errno;
	close(fd);
	if (getrandom(&cookie, sizeof(cookie), 0) != sizeof(cookie))
		return -EIO;
	last_id = (uint16_t)cookie;
	return 0;
}

uint16_t probe_new_id(void)
{
	return ++last_id;
}

static socklen_t make_address(const struct ip_address *from, uint32_t ifindex, union address *out)
{
	memset(out, 0, sizeof(*out));
	if (from->family == 4) {
		out->v4.sin_family = AF_INET;
		memcpy(&out->v4.sin_addr, from->bytes, sizeof(out->v4.sin_addr));
		return sizeof(out->v4);
	}
	out->v6.sin6_family = AF_INET6;
	memcpy(&out->v6.sin6_addr, from->bytes, sizeof(out->v6.sin6_addr));
	if (IN6_IS_ADDR_LINKLOCAL(&out->v6.sin6_addr))
		out->v6.sin6_scope_id = ifindex;
	return sizeof(out->v6);
}

/* Echo replies with our identifier. Every raw socket gets a copy of every ICMP message: this keeps them
 * asleep. */
static int icmp_prepare(int fd, uint8_t family, uint16_t id)
{
	/* An IPv4 raw socket sees the IP header, whose length goes into X; an IPv6 one begins at ICMPv6. */
	struct sock_filter v4[] = {
	    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	    BPF_STMT(BPF_LD | BPF_B | BPF_IND, offsetof(struct echo, type)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHOREPLY, 0, 3),
	    BPF_STMT(BPF_LD | BPF_H | BPF_IND, offsetof(struct echo, id)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, 256),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter v6[] = {
	    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offsetof(struct echo, type)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_ECHO_REPLY, 0, 3),
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct echo, id)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, 256),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};

	return family == 4 ? probe_prepare(fd, v4, COUNT(v4)) : probe_prepare(fd, v6, COUNT(v6));
}

static int icmp_set_up(int fd, const struct probe *p)
{
	int ifindex = (int)p->wish.ifindex;
	union address source;
	socklen_t size;
	int r = icmp_prepare(fd, p->wish.target.family, p->id);

	if (r)
		return r;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, sizeof(ifindex)))
		return -errno;
	if (!p->wish.source.family)
		return 0;
	size = make_address(&p->wish.source, p->wish.ifindex, &source);
	return bind(fd, &source.any, size) ? -errno : 0;
}

static int icmp_open(struct probe *p)
{
	bool v4 = p->wish.target.family == 4;
	int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			v4 ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6);
	int r;

	if (fd < 0)
		return -errno;
	r = icmp_set_up(fd, p);
	if (r) {
		close(fd);
		return r;
	}
	p->fd = fd;
	return 0;
}

static int icmp_send(struct probe *p, uint16_t seq)
{
	bool v4 = p->wish.target.family == 4;
	struct echo echo = {
	    .type = v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST, .id = htons(p->id), .seq = htons(seq)};
	union address target;
	socklen_t size = make_address(&p->wish.target, p->wish.ifindex, &target);

	echo.cookie = cookie;
	/* The kernel fills in the checksum of ICMPv6, which covers addresses that we do not know yet. */
	if (v4)
		echo.checksum = probe_checksum(probe_sum(0, &echo, sizeof(echo)));
	return sendto(p->fd, &echo, sizeof(echo), MSG_DONTWAIT, &target.any, size) < 0 ? -errno : 0;
}

static bool from_target(const struct probe *p, const struct sockaddr *from)
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	return p->wish.target.family == 4
		   ? from->sa_family == AF_INET && !memcmp(&v4->sin_addr, p->wish.target.bytes, 4)
		   : from->sa_family == AF_INET6 && !memcmp(&v6->sin6_addr, p->wish.target.bytes, 16);
}

static int icmp_match(struct probe *p, const uint8_t *bytes, size_t size, const struct sockaddr *from)
{
	size_t skip = p->wish.target.family == 4 && size ? 4u * (bytes[0] & 0xfu) : 0;
	struct echo echo;

	if (!from_target(p, from) || size < skip + sizeof(echo))
		return PROBE_NO_ANSWER;
	memcpy(&echo, bytes + skip, sizeof(echo));
	if (echo.cookie != cookie || echo.id != htons(p->id) ||
	    echo.type != (p->wish.target.family == 4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
		return PROBE_NO_ANSWER;
	return ntohs(echo.seq);
}

const struct probe_method_ops probe_by_icmp = {.open = icmp_open, .send = icmp_send, .match = icmp_match};
