/* SPDX-License-Identifier: Apache-2.0 */
/* What the methods of the prober share: sockets that wake us for answers alone, and when those came. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "helper.h"
#include "prober.h"

#define MESSAGES_AT_ONCE 32

int probe_prepare(int fd, struct sock_filter *code, size_t count)
{
	struct sock_fprog program = {.len = (unsigned short)count, .filter = code};
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ||
		       setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on))
		   ? -errno
		   : 0;
}

void probe_close(struct probe *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

uint32_t probe_sum(uint32_t sum, const void *bytes, size_t size)
{
	uint16_t word;

	for (size_t i = 0; i + 1 < size; i += 2) {
		memcpy(&word, (const char *)bytes + i, sizeof(word));
		sum += word;
	}
	return sum;
}

uint16_t probe_checksum(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return (uint16_t)~sum;
}

/* By the kernel's stamp, which is of the wall clock; 0: there is none. */
static uint64_t stamped_at(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		struct timespec ts;
		int64_t at;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		at = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 - wall_offset_us();
		return at > 0 ? (uint64_t)at : 0;
	}
	return 0;
}

/* The newest echo that was under way at that time, or PROBE_NO_ANSWER. */
static int newest_before(const struct probe *p, uint64_t at)
{
	uint32_t known = p->sent < PROBE_ECHOES ? p->sent : PROBE_ECHOES;

	for (uint32_t back = 1; back <= known; back++) {
		uint16_t seq = (uint16_t)(p->next_seq - back);

		if (p->sent_us[seq % PROBE_ECHOES] <= at)
			return seq;
	}
	return PROBE_NO_ANSWER;
}

static void take(struct probe *p, int seq, uint64_t stamp, probe_answer_fn fn)
{
	uint64_t now = now_us(), sent_us;

	/* A stamp that cannot be, because the clock was set meanwhile, is not used. */
	if (!stamp || stamp > now)
		stamp = now;
	if (seq == PROBE_NEWEST)
		seq = newest_before(p, stamp);
	if (seq < 0)
		return;
	sent_us = p->sent_us[seq % PROBE_ECHOES];
	fn(p, (uint16_t)seq, stamp >= sent_us ? stamp : now);
}

void probe_receive(struct probe *p, probe_answer_fn fn)
{
	for (int i = 0; i < MESSAGES_AT_ONCE && p->fd >= 0; i++) {
		uint8_t bytes[256];
		char control[CMSG_SPACE(sizeof(struct timespec)) + 64] __attribute__((aligned(8)));
		struct sockaddr_storage from;
		struct iovec iov = {.iov_base = bytes, .iov_len = sizeof(bytes)};
		struct msghdr message = {.msg_name = &from,
					 .msg_namelen = sizeof(from),
					 .msg_iov = &iov,
					 .msg_iovlen = 1,
					 .msg_control = control,
					 .msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(p->fd, &message, MSG_DONTWAIT);
		int seq;

		/* Other errors are those of the device: telling of them is what sending does. */
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			continue;
		if (n < 0)
			return;
		seq = p->ops->match(p, bytes, (size_t)n, (const struct sockaddr *)&from);
		if (seq != PROBE_NO_ANSWER)
			take(p, seq, stamped_at(&message), fn);
	}
}
