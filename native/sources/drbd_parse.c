/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include "drbd_parse.h"
#include "rtnl_attr.h"

enum { CFG_CONTEXT = 2 };
/* Within it. */
enum { RESOURCE_NAME = 2, MY_ADDR = 3, PEER_ADDR = 4 };

/* A struct sockaddr_in or sockaddr_in6 as it lies in the kernel. Other families are no IP. */
static void take_end(const struct attr *a, struct ip_address *out, uint16_t *port)
{
	struct sockaddr_in6 six = {0};
	struct sockaddr_in four = {0};
	sa_family_t family;

	if (a->size < sizeof(family))
		return;
	memcpy(&family, a->value, sizeof(family));
	if (family == AF_INET && a->size >= sizeof(four)) {
		memcpy(&four, a->value, sizeof(four));
		attr_address((const char *)&four.sin_addr, sizeof(four.sin_addr), family, out);
		*port = ntohs(four.sin_port);
	} else if (family == AF_INET6 && a->size >= sizeof(six)) {
		memcpy(&six, a->value, sizeof(six));
		attr_address((const char *)&six.sin6_addr, sizeof(six.sin6_addr), family, out);
		*port = ntohs(six.sin6_port);
	}
}

int drbd_parse_status(const struct nlmsghdr *m, struct drbd_device *out)
{
	static const size_t before = GENL_HDRLEN + sizeof(struct drbd_header);
	struct attr_walk walk = attr_walk_message(m, before);
	const char *header = attr_header(m, before);
	uint16_t own_port;

	memset(out, 0, sizeof(*out));
	if (!header)
		return -EINVAL;
	memcpy(&out->minor, header + GENL_HDRLEN, sizeof(out->minor));
	ATTR_EACH(a, &walk)
	{
		struct attr_walk context = attr_walk(a.value, a.size);

		if (a.type != CFG_CONTEXT)
			continue;
		ATTR_EACH(one, &context)
		{
			if (one.type == RESOURCE_NAME)
				attr_text(&one, out->resource, sizeof(out->resource));
			else if (one.type == MY_ADDR)
				take_end(&one, &out->local, &own_port);
			else if (one.type == PEER_ADDR)
				take_end(&one, &out->remote, &out->remote_port);
		}
		if (context.malformed)
			return -EINVAL;
	}
	return walk.malformed ? -EINVAL : 0;
}
