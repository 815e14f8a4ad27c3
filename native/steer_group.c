/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "steer_group.h"

static bool get_number(const char *text, unsigned long low, unsigned long high, uint32_t *out)
{
	char *end;
	unsigned long n;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || n < low || n > high)
		return false;
	*out = (uint32_t)n;
	return true;
}

static void name_route(struct steer_group *g)
{
	char address[FRAME_ADDRESS_TEXT];
	int n =
	    snprintf(g->id, sizeof(g->id), "ecmp:%s/%u", frame_address_text(&g->dst, address), g->prefix_len);

	if (g->table != RT_TABLE_MAIN)
		snprintf(g->id + n, sizeof(g->id) - (size_t)n, "@%u", g->table);
}

/* ADDRESS/LENGTH[@TABLE]; bits of the address behind the length are 0, as the kernel has them. */
static bool parse_route(const char *text, struct steer_group *out)
{
	char copy[FRAME_GROUP_MAX];
	char *slash, *at;
	uint32_t length, bits;

	snprintf(copy, sizeof(copy), "%s", text);
	out->table = RT_TABLE_MAIN;
	at = strchr(copy, '@');
	if (at) {
		*at = '\0';
		if (!get_number(at + 1, 1, UINT32_MAX, &out->table))
			return false;
	}
	slash = strchr(copy, '/');
	if (!slash)
		return false;
	*slash = '\0';
	if (inet_pton(AF_INET, copy, out->dst.bytes) == 1)
		out->dst.family = 4;
	else if (inet_pton(AF_INET6, copy, out->dst.bytes) == 1)
		out->dst.family = 6;
	bits = out->dst.family == 4 ? 32 : 128;
	if (!out->dst.family || !get_number(slash + 1, 0, bits, &length))
		return false;
	for (uint32_t bit = length; bit < bits; bit++)
		if (out->dst.bytes[bit / 8] & 0x80 >> bit % 8)
			return false;
	out->prefix_len = (uint8_t)length;
	name_route(out);
	return true;
}

static bool parse_name(const char *text, struct steer_group *out)
{
	size_t n = strlen(text);

	if (!n || n >= sizeof(out->name) || strchr(text, '/') || strchr(text, ' '))
		return false;
	memcpy(out->name, text, n + 1);
	return true;
}

int steer_group_parse(const char *text, struct steer_group *out)
{
	static const struct {
		const char *prefix;
		enum steer_kind kind;
	} kinds[] = {{"ecmp:", STEER_ECMP},
		     {"nhg:", STEER_NEXTHOP_GROUP},
		     {"bond:", STEER_BOND},
		     {"team:", STEER_TEAM}};
	const char *rest = NULL;
	bool ok = false;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !rest; i++) {
		size_t n = strlen(kinds[i].prefix);

		if (strncmp(text, kinds[i].prefix, n))
			continue;
		out->kind = kinds[i].kind;
		rest = text + n;
	}
	if (!rest || strlen(text) >= sizeof(out->id))
		return -EINVAL;
	snprintf(out->id, sizeof(out->id), "%s", text);
	switch (out->kind) {
	case STEER_ECMP:
		ok = parse_route(rest, out);
		break;
	case STEER_NEXTHOP_GROUP:
		ok = get_number(rest, 1, UINT32_MAX, &out->nhid);
		snprintf(out->id, sizeof(out->id), "nhg:%u", out->nhid);
		break;
	case STEER_BOND:
	case STEER_TEAM:
		ok = parse_name(rest, out);
		break;
	}
	return ok ? 0 : -EINVAL;
}

void steer_group_of_route(const struct frame_route *route, struct steer_group *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = STEER_ECMP;
	out->dst = route->dst;
	out->prefix_len = route->prefix_len;
	out->table = route->table;
	name_route(out);
}
