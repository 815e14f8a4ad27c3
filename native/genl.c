/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include "genl.h"
#include "sources/rtnl_attr.h"
#include "sources/rtnl_parse.h"

#define ANSWER_MAX 8192

void genl_begin(struct genl_request *r, uint16_t family, uint8_t command, uint8_t version, uint16_t flags,
		uint32_t seq)
{
	struct genlmsghdr generic = {.cmd = command, .version = version};

	memset(r, 0, sizeof(*r));
	r->head = (struct nlmsghdr){
	    .nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
	    .nlmsg_type = family,
	    .nlmsg_flags = NLM_F_REQUEST | flags,
	    .nlmsg_seq = seq,
	};
	memcpy(r->bytes + NLMSG_HDRLEN, &generic, sizeof(generic));
}

void genl_put(struct genl_request *r, uint16_t type, const void *value, size_t size)
{
	struct nlattr head = {.nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type};
	size_t at = r->head.nlmsg_len;

	if (size > sizeof(r->bytes) || at + NLA_HDRLEN + NLA_ALIGN(size) > sizeof(r->bytes)) {
		r->overflow = true;
		return;
	}
	memcpy(r->bytes + at, &head, sizeof(head));
	if (size)
		memcpy(r->bytes + at + NLA_HDRLEN, value, size);
	r->head.nlmsg_len += (uint32_t)(NLA_HDRLEN + NLA_ALIGN(size));
}

void genl_put_u8(struct genl_request *r, uint16_t type, uint8_t value)
{
	genl_put(r, type, &value, sizeof(value));
}

void genl_put_u32(struct genl_request *r, uint16_t type, uint32_t value)
{
	genl_put(r, type, &value, sizeof(value));
}

size_t genl_open(struct genl_request *r, uint16_t type)
{
	size_t nest = r->head.nlmsg_len;

	genl_put(r, type | NLA_F_NESTED, NULL, 0);
	return nest;
}

void genl_close(struct genl_request *r, size_t nest)
{
	uint16_t size = (uint16_t)(r->head.nlmsg_len - nest);

	if (!r->overflow)
		memcpy(r->bytes + nest, &size, sizeof(size));
}

static void take_group(struct attr_walk walk, const char *wanted, struct genl_family *out)
{
	uint32_t id = 0;
	char name[GENL_NAMSIZ] = "";

	ATTR_EACH(a, &walk)
	{
		if (a.type == CTRL_ATTR_MCAST_GRP_ID)
			attr_u32(&a, &id);
		else if (a.type == CTRL_ATTR_MCAST_GRP_NAME)
			attr_text(&a, name, sizeof(name));
	}
	if (!strcmp(name, wanted))
		out->group = id;
}

static void take_family(const struct nlmsghdr *m, const char *group, struct genl_family *out)
{
	struct attr_walk walk = attr_walk_message(m, GENL_HDRLEN);

	ATTR_EACH(a, &walk)
	{
		struct attr_walk groups = attr_walk(a.value, a.size);

		if (a.type == CTRL_ATTR_FAMILY_ID && a.size == sizeof(out->id))
			memcpy(&out->id, a.value, sizeof(out->id));
		if (a.type != CTRL_ATTR_MCAST_GROUPS || !group)
			continue;
		ATTR_EACH(one, &groups)
		{
			take_group(attr_walk(one.value, one.size), group, out);
		}
	}
}

struct answer {
	const char *group;
	struct genl_family *family;
	int result; /* 1: it has not ended yet */
};

static void take_message(void *data, const struct nlmsghdr *m)
{
	struct answer *a = data;

	if (m->nlmsg_type == GENL_ID_CTRL)
		take_family(m, a->group, a->family);
	else if (m->nlmsg_type == NLMSG_ERROR && m->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr)))
		a->result = ((const struct nlmsgerr *)NLMSG_DATA(m))->error;
}

int genl_find(const char *name, const char *group, struct genl_family *out)
{
	char answer[ANSWER_MAX] __attribute__((aligned(8)));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct answer a = {.group = group, .family = out, .result = 1};
	struct genl_request q;

	if (fd < 0)
		return -errno;
	memset(out, 0, sizeof(*out));
	genl_begin(&q, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK, 1);
	genl_put(&q, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	if (send(fd, q.bytes, q.head.nlmsg_len, 0) < 0)
		a.result = -errno;
	while (a.result == 1) {
		ssize_t n = recv(fd, answer, sizeof(answer), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			a.result = -errno;
		else
			rtnl_each_message(answer, (size_t)n, take_message, &a);
	}
	close(fd);
	return a.result || out->id ? a.result : -ENOENT;
}
