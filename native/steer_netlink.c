/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "steer_netlink.h"

/* An answer that the kernel could not queue must not hold the thread for ever. */
#define ANSWER_WAIT_S 2

int steer_netlink_open(struct steer_netlink *nl, int protocol)
{
	struct timeval wait = {.tv_sec = ANSWER_WAIT_S};
	int on = 1;

	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (nl->fd < 0)
		return -errno;
	/* The kernel then filters a dump by the request's header (>= 4.20); without it, the reader does. */
	if (protocol == NETLINK_ROUTE)
		setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	if (setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait))) {
		int error = errno;

		steer_netlink_close(nl);
		return -error;
	}
	return 0;
}

void steer_netlink_close(struct steer_netlink *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
}

struct answer {
	steer_message_fn fn;
	void *data;
	bool interrupted;
};

/* 1: more is to come; else the result. */
static int take(struct steer_netlink *nl, unsigned int size, struct answer *a)
{
	const struct nlmsghdr *m = &nl->answer.head;

	for (; NLMSG_OK(m, size); m = NLMSG_NEXT(m, size)) {
		int32_t code = 0;

		/* Of a question that was given up. */
		if (m->nlmsg_seq != nl->seq)
			continue;
		a->interrupted |= m->nlmsg_flags & NLM_F_DUMP_INTR;
		if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR) {
			if (m->nlmsg_len >= NLMSG_LENGTH(sizeof(code)))
				memcpy(&code, NLMSG_DATA(m), sizeof(code));
			return code ? code : a->interrupted ? -EINTR : 0;
		}
		if (a->fn)
			a->fn(a->data, m);
	}
	return 1;
}

int steer_netlink_ask(struct steer_netlink *nl, struct steer_message *m, steer_message_fn fn, void *data)
{
	struct answer a = {.fn = fn, .data = data};
	int r = 1;

	if (m->overflow)
		return -EMSGSIZE;
	m->head.nlmsg_seq = ++nl->seq;
	/* Two bits, of which NLM_F_EXCL is one. */
	if ((m->head.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		m->head.nlmsg_flags |= NLM_F_ACK;
	if (send(nl->fd, m->bytes, m->head.nlmsg_len, 0) < 0)
		return -errno;
	while (r == 1) {
		ssize_t n = recv(nl->fd, nl->answer.bytes, sizeof(nl->answer.bytes), MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if ((size_t)n > sizeof(nl->answer.bytes))
			return -EMSGSIZE;
		r = take(nl, (unsigned int)n, &a);
	}
	return r;
}

void steer_begin(struct steer_message *m, uint16_t type, uint16_t flags, const void *header, size_t size)
{
	memset(m, 0, sizeof(*m));
	m->head.nlmsg_type = type;
	m->head.nlmsg_flags = NLM_F_REQUEST | flags;
	m->head.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
	memcpy(NLMSG_DATA(&m->head), header, size);
}

void steer_put(struct steer_message *m, uint16_t type, const void *value, size_t size)
{
	size_t at = NLMSG_ALIGN(m->head.nlmsg_len);
	struct nlattr head = {.nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type};

	if (at + NLA_HDRLEN + NLA_ALIGN(size) > sizeof(m->bytes)) {
		m->overflow = true;
		return;
	}
	memcpy(m->bytes + at, &head, sizeof(head));
	if (size)
		memcpy(m->bytes + at + NLA_HDRLEN, value, size);
	m->head.nlmsg_len = (uint32_t)(at + NLA_HDRLEN + NLA_ALIGN(size));
}

void steer_put_u32(struct steer_message *m, uint16_t type, uint32_t value)
{
	steer_put(m, type, &value, sizeof(value));
}

size_t steer_open(struct steer_message *m, uint16_t type)
{
	size_t at = m->head.nlmsg_len;

	steer_put(m, type, NULL, 0);
	return at;
}

void steer_close(struct steer_message *m, size_t at)
{
	uint16_t size = (uint16_t)(m->head.nlmsg_len - at);

	if (!m->overflow)
		memcpy(m->bytes + at, &size, sizeof(size));
}
