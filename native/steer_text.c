/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "source.h"
#include "steer_text.h"

struct text {
	char *out;
	size_t used;
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *t, const char *fmt, ...)
{
	static const char cut[] = "…";
	size_t room = FRAME_STEERING_TEXT_MAX - t->used;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(t->out + t->used, room, fmt, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n < room) {
		t->used += (size_t)n;
		return;
	}
	memcpy(t->out + FRAME_STEERING_TEXT_MAX - sizeof(cut), cut, sizeof(cut));
	t->used = FRAME_STEERING_TEXT_MAX - 1;
}

static void add_device(struct text *t, const struct helper *h, uint32_t ifindex)
{
	const struct frame_link *link = rtnl_link(h, ifindex);

	if (link)
		add(t, "%.*s", IFNAMSIZ, link->ifname);
	else
		add(t, "if%u", ifindex);
}

static void add_hop(struct text *t, const struct helper *h, const struct frame_hop *hop)
{
	char address[FRAME_ADDRESS_TEXT];

	if (hop->gateway.family)
		add(t, " via %s", frame_address_text(&hop->gateway, address));
	add(t, " dev ");
	add_device(t, h, hop->ifindex);
}

static void add_protocol(struct text *t, uint8_t protocol)
{
	static const char *const names[] = {[RTPROT_REDIRECT] = "redirect",
					    [RTPROT_KERNEL] = "kernel",
					    [RTPROT_STATIC] = "static",
					    [RTPROT_RA] = "ra"};

	if (protocol == RTPROT_BOOT)
		return;
	if (protocol < sizeof(names) / sizeof(names[0]) && names[protocol])
		add(t, " proto %s", names[protocol]);
	else
		add(t, " proto %u", protocol);
}

void steer_text_route(const struct helper *h, const struct frame_route *r, unsigned int count,
		      char out[FRAME_STEERING_TEXT_MAX])
{
	struct text t = {.out = out};
	char address[FRAME_ADDRESS_TEXT];
	unsigned int bits = r->dst.family == 4 ? 32 : 128;

	out[0] = '\0';
	if (!r->dst.family)
		return;
	add(&t, "%s", r->prefix_len ? frame_address_text(&r->dst, address) : "default");
	if (r->prefix_len && r->prefix_len < bits)
		add(&t, "/%u", r->prefix_len);
	if (r->nhid)
		add(&t, " nhid %u", r->nhid);
	if (r->hop_count == 1)
		add_hop(&t, h, &r->hops[0]);
	if (r->table != RT_TABLE_MAIN)
		add(&t, " table %u", r->table);
	add_protocol(&t, r->protocol);
	if (r->prefsrc.family)
		add(&t, " src %s", frame_address_text(&r->prefsrc, address));
	if (r->metric)
		add(&t, " metric %u", r->metric);
	for (size_t i = 0; r->hop_count > 1 && i < r->hop_count; i++) {
		add(&t, " nexthop");
		add_hop(&t, h, &r->hops[i]);
		add(&t, " weight %u%s%s", r->hops[i].weight, r->hops[i].dead ? " dead" : "",
		    r->hops[i].linkdown ? " linkdown" : "");
	}
	if (count > 1)
		add(&t, " (and %u more)", count - 1);
}

void steer_text_active(const struct helper *h, const char *name, bool team, uint32_t active_ifindex,
		       char out[FRAME_STEERING_TEXT_MAX])
{
	struct text t = {.out = out};

	out[0] = '\0';
	if (!name[0])
		return;
	add(&t, "%s type %s %s ", name, team ? "team" : "bond", team ? "activeport" : "active_slave");
	if (active_ifindex)
		add_device(&t, h, active_ifindex);
	else
		add(&t, "none");
}

void steer_text_link(const struct helper *h, uint32_t ifindex, bool up, char out[FRAME_STEERING_TEXT_MAX])
{
	struct text t = {.out = out};

	add(&t, "dev ");
	add_device(&t, h, ifindex);
	add(&t, up ? " up" : " down");
}

void steer_text_reason(const char *theirs, const char *ours, char out[FRAME_STEERING_TEXT_MAX])
{
	struct text t = {.out = out};

	out[0] = '\0';
	add(&t, "%s%s%s", theirs, theirs[0] && ours[0] ? "; " : "", ours);
}
