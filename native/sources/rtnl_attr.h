/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink attributes, bounded: what a nested walk can reach lies within its parent, always. */
#ifndef PATHWARDEN_RTNL_ATTR_H
#define PATHWARDEN_RTNL_ATTR_H

#include <linux/netlink.h>
#include <sys/socket.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "frame.h"

struct attr {
	uint16_t type; /* without NLA_F_NESTED and NLA_F_NET_BYTEORDER */
	const char *value;
	size_t size;
};

struct attr_walk {
	const char *at;
	size_t left;
	bool malformed; /* ended before its end */
};

static inline struct attr_walk attr_walk(const void *bytes, size_t size)
{
	return (struct attr_walk){.at = bytes, .left = size};
}

/* The fixed header of `size` bytes, or NULL: the message is too short for it. */
static inline const void *attr_header(const struct nlmsghdr *m, size_t size)
{
	return m->nlmsg_len >= NLMSG_LENGTH(size) ? NLMSG_DATA(m) : NULL;
}

/* What follows the fixed header of a message; the caller has checked that the header is whole. */
static inline struct attr_walk attr_walk_message(const struct nlmsghdr *m, size_t header)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(header);

	return attr_walk((const char *)m + skip, m->nlmsg_len > skip ? m->nlmsg_len - skip : 0);
}

static inline bool attr_next(struct attr_walk *w, struct attr *a)
{
	struct nlattr head;
	size_t step;

	if (w->left == 0)
		return false;
	if (w->left < sizeof(head)) {
		/* Up to three bytes of padding may follow the last one. */
		w->malformed = w->left >= NLA_ALIGNTO;
		w->left = 0;
		return false;
	}
	memcpy(&head, w->at, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > w->left) {
		w->malformed = true;
		w->left = 0;
		return false;
	}
	a->type = head.nla_type & NLA_TYPE_MASK;
	a->value = w->at + sizeof(head);
	a->size = head.nla_len - sizeof(head);
	step = NLA_ALIGN(head.nla_len);
	if (step > w->left)
		step = w->left;
	w->at += step;
	w->left -= step;
	return true;
}

static inline bool attr_u8(const struct attr *a, uint8_t *out)
{
	if (a->size != sizeof(*out))
		return false;
	*out = (uint8_t)a->value[0];
	return true;
}

static inline bool attr_u16(const struct attr *a, uint16_t *out)
{
	if (a->size != sizeof(*out))
		return false;
	memcpy(out, a->value, sizeof(*out));
	return true;
}

static inline bool attr_u32(const struct attr *a, uint32_t *out)
{
	if (a->size != sizeof(*out))
		return false;
	memcpy(out, a->value, sizeof(*out));
	return true;
}

/* A string into a zeroed buffer; a longer one is cut, as a name for people may be. */
static inline void attr_text(const struct attr *a, char *out, size_t size)
{
	size_t n = strnlen(a->value, a->size);

	memcpy(out, a->value, n < size - 1 ? n : size - 1);
}

/* An address of family af, AF_INET or AF_INET6, of exactly its size. */
static inline bool attr_address(const char *value, size_t size, unsigned int af, struct ip_address *out)
{
	if ((af != AF_INET && af != AF_INET6) || size != (af == AF_INET ? 4 : 16))
		return false;
	memset(out, 0, sizeof(*out));
	out->family = af == AF_INET ? 4 : 6;
	memcpy(out->bytes, value, size);
	return true;
}

/* For each attribute of the walk. */
#define ATTR_EACH(attribute, walk) for (struct attr attribute; attr_next(walk, &attribute);)

#endif
