/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "helper.h"
#include "prober.h"

#define MESSAGES_AT_ONCE 32

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
static int attach_filter(int fd, uint8_t family, uint16_t id)
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
	struct sock_fprog program = {
	    .len = family == 4 ? sizeof(v4) / sizeof(v4[0]) : sizeof(v6) / sizeof(v6[0]),
	    .filter = family == 4 ? v4 : v6,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno : 0;
}

static int set_up(int fd, const struct probe *p)
{
	int ifindex = (int)p->wish.ifindex, on = 1;
	union address source;
	socklen_t size;
	int r = attach_filter(fd, p->wish.target.family, p->id);

	if (r)
		return r;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, sizeof(ifindex)) ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)))
		return -errno;
	if (!p->wish.source.family)
		return 0;
	size = make_address(&p->wish.source, p->wish.ifindex, &source);
	return bind(fd, &source.any, size) ? -errno : 0;
}

int probe_open(struct probe *p)
{
	bool v4 = p->wish.target.family == 4;
	int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			v4 ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6);
	int r;

	if (fd < 0)
		return -errno;
	r = set_up(fd, p);
	if (r) {
		close(fd);
		return r;
	}
	p->fd = fd;
	return 0;
}

void probe_close(struct probe *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

/* RFC 1071. */
static uint16_t checksum(const void *bytes, size_t size)
{
	uint32_t sum = 0;
	uint16_t word;

	for (size_t i = 0; i + 1 < size; i += 2) {
		memcpy(&word, (const char *)bytes + i, sizeof(word));
		sum += word;
	}
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return (uint16_t)~sum;
}

int probe_send(struct probe *p, uint16_t seq, uint64_t now)
{
	bool v4 = p->wish.target.family == 4;
	struct echo echo = {
	    .type = v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST, .id = htons(p->id), .seq = htons(seq)};
	union address target;
	socklen_t size = make_address(&p->wish.target, p->wish.ifindex, &target);

	echo.cookie = cookie;
	/* The kernel fills in the checksum of ICMPv6, which covers addresses that we do not know yet. */
	if (v4)
		echo.checksum = checksum(&echo, sizeof(echo));
	p->sent_us[seq % PROBE_ECHOES] = now;
	return sendto(p->fd, &echo, sizeof(echo), MSG_DONTWAIT, &target.any, size) < 0 ? -errno : 0;
}

/* The kernel stamps with the wall clock. A stamp that cannot be, because the clock was set meanwhile, is not
 * used. */
static uint64_t received_at(struct msghdr *message, uint64_t sent_us)
{
	uint64_t now = now_us();

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		struct timespec ts;
		int64_t at;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		at = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 - wall_offset_us();
		if (at >= (int64_t)sent_us && at <= (int64_t)now)
			return (uint64_t)at;
	}
	return now;
}

static bool from_target(const struct probe *p, const union address *from)
{
	return p->wish.target.family == 4
		   ? from->any.sa_family == AF_INET && !memcmp(&from->v4.sin_addr, p->wish.target.bytes, 4)
		   : from->any.sa_family == AF_INET6 &&
			 !memcmp(&from->v6.sin6_addr, p->wish.target.bytes, 16);
}

/* The echo in what a raw socket gave, or false. */
static bool find_echo(const struct probe *p, const uint8_t *bytes, size_t size, struct echo *out)
{
	size_t skip = p->wish.target.family == 4 && size ? 4u * (bytes[0] & 0xfu) : 0;

	if (size < skip + sizeof(*out))
		return false;
	memcpy(out, bytes + skip, sizeof(*out));
	return out->cookie == cookie && out->id == htons(p->id) &&
	       out->type == (p->wish.target.family == 4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY);
}

void probe_receive(struct probe *p, probe_answer_fn fn)
{
	for (int i = 0; i < MESSAGES_AT_ONCE && p->fd >= 0; i++) {
		uint8_t bytes[256];
		char control[CMSG_SPACE(sizeof(struct timespec)) + 64] __attribute__((aligned(8)));
		union address from;
		struct iovec iov = {.iov_base = bytes, .iov_len = sizeof(bytes)};
		struct msghdr message = {.msg_name = &from,
					 .msg_namelen = sizeof(from),
					 .msg_iov = &iov,
					 .msg_iovlen = 1,
					 .msg_control = control,
					 .msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(p->fd, &message, MSG_DONTWAIT);
		struct echo echo;
		uint16_t seq;

		/* Other errors are those of the device: telling of them is what sending does. */
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			continue;
		if (n < 0)
			return;
		if (!from_target(p, &from) || !find_echo(p, bytes, (size_t)n, &echo))
			continue;
		seq = ntohs(echo.seq);
		fn(p, seq, received_at(&message, p->sent_us[seq % PROBE_ECHOES]));
	}
}
