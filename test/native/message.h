/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink messages as the kernel would write them. */
#ifndef PATHWARDEN_TEST_MESSAGE_H
#define PATHWARDEN_TEST_MESSAGE_H

#include <linux/rtnetlink.h>
#include <stdint.h>
#include <string.h>

/* A message built from attributes; nested ones are closed by their offset. */
static struct {
	char bytes[2048] __attribute__((aligned(8)));
	size_t size;
} built;

static inline const struct nlmsghdr *message(void)
{
	struct nlmsghdr *m = (struct nlmsghdr *)(void *)built.bytes;

	m->nlmsg_len = (uint32_t)built.size;
	return m;
}

static inline void begin(uint16_t type, const void *header, size_t size)
{
	memset(&built, 0, sizeof(built));
	((struct nlmsghdr *)(void *)built.bytes)->nlmsg_type = type;
	memcpy(built.bytes + NLMSG_HDRLEN, header, size);
	built.size = NLMSG_HDRLEN + NLMSG_ALIGN(size);
}

static inline void begin_link(uint16_t type, uint8_t family, int ifindex, unsigned int flags)
{
	struct ifinfomsg info = {.ifi_family = family, .ifi_index = ifindex, .ifi_flags = flags};

	begin(type, &info, sizeof(info));
}

static inline size_t open_attr(uint16_t type)
{
	struct nlattr head = {.nla_type = type};

	memcpy(built.bytes + built.size, &head, sizeof(head));
	built.size += sizeof(head);
	return built.size - sizeof(head);
}

static inline void close_attr(size_t at)
{
	uint16_t length = (uint16_t)(built.size - at);

	memcpy(built.bytes + at, &length, sizeof(length));
	built.size = NLMSG_ALIGN(built.size);
}

static inline void add(uint16_t type, const void *value, size_t size)
{
	size_t at = open_attr(type);

	memcpy(built.bytes + built.size, value, size);
	built.size += size;
	close_attr(at);
}

static inline void add_u8(uint16_t type, uint8_t value)
{
	add(type, &value, sizeof(value));
}

static inline void add_u32(uint16_t type, uint32_t value)
{
	add(type, &value, sizeof(value));
}

static inline void add_u16(uint16_t type, uint16_t value)
{
	add(type, &value, sizeof(value));
}

static inline void add_text(uint16_t type, const char *text)
{
	add(type, text, strlen(text) + 1);
}

#endif
