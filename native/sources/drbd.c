/* SPDX-License-Identifier: Apache-2.0 */
/* By a thread: whoever configures DRBD holds the lock of generic netlink meanwhile, for seconds. */
#include <stdio.h>
#include <string.h>
#include <linux/genetlink.h>
#include "disk.h"
#include "drbd.h"
#include "drbd_parse.h"
#include "genl.h"
#include "netlink_relay.h"
#include "rtnl_attr.h"
#include "rtnl_parse.h"

#define DEVICES_MAX 128

struct devices {
	size_t count;
	struct drbd_device devices[DEVICES_MAX];
};

static struct {
	struct netlink_relay *relay;
	enum { NOTHING, FAMILY, STATUS } asked;
	uint16_t family;
	uint32_t seq;
	struct devices known, fresh;
} drbd;

static void send_off(const struct genl_request *q)
{
	if (netlink_relay_ask(drbd.relay, q->bytes, q->head.nlmsg_len))
		drbd.asked = NOTHING;
}

static void ask_family(void)
{
	struct genl_request q;

	drbd.asked = FAMILY;
	drbd.family = 0;
	genl_begin(&q, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK, ++drbd.seq);
	genl_put(&q, CTRL_ATTR_FAMILY_NAME, DRBD_FAMILY, sizeof(DRBD_FAMILY));
	send_off(&q);
}

static void ask_status(void)
{
	static const struct drbd_header all = {.minor = UINT32_MAX};
	struct genl_request q;

	drbd.asked = STATUS;
	drbd.fresh.count = 0;
	genl_begin(&q, drbd.family, DRBD_GET_STATUS, DRBD_VERSION, NLM_F_DUMP, ++drbd.seq);
	memcpy(q.bytes + q.head.nlmsg_len, &all, sizeof(all));
	q.head.nlmsg_len += sizeof(all);
	send_off(&q);
}

static void take_family(const struct nlmsghdr *m)
{
	struct attr_walk walk = attr_walk_message(m, GENL_HDRLEN);

	ATTR_EACH(a, &walk)
	{
		if (a.type == CTRL_ATTR_FAMILY_ID)
			attr_u16(&a, &drbd.family);
	}
}

static bool is_news(void)
{
	return drbd.fresh.count != drbd.known.count ||
	       memcmp(drbd.fresh.devices, drbd.known.devices,
		      drbd.fresh.count * sizeof(drbd.fresh.devices[0]));
}

/* An answer that could not be had leaves what is known: the next look asks again. */
static void ended(struct helper *h, bool well)
{
	bool status = drbd.asked == STATUS;

	drbd.asked = NOTHING;
	if (!status && well && drbd.family) {
		ask_status();
	} else if (status && well && is_news()) {
		drbd.known = drbd.fresh;
		session_disks_changed(h);
	}
}

static void take_answer(void *data, const struct nlmsghdr *m)
{
	/* Messages of the relay's making have no number. */
	if (drbd.asked == NOTHING || (m->nlmsg_seq != drbd.seq && m->nlmsg_type != NLMSG_ERROR))
		return;
	if (m->nlmsg_type == NLMSG_DONE) {
		ended(data, true);
	} else if (m->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = NLMSG_DATA(m);

		ended(data, m->nlmsg_len >= NLMSG_LENGTH(sizeof(*e)) && !e->error);
	} else if (drbd.asked == FAMILY && m->nlmsg_type == GENL_ID_CTRL) {
		take_family(m);
	} else if (drbd.asked == STATUS && m->nlmsg_type == drbd.family && drbd.fresh.count < DEVICES_MAX) {
		drbd.fresh.count += !drbd_parse_status(m, &drbd.fresh.devices[drbd.fresh.count]);
	}
}

static void answered(void *data, const char *messages, size_t size)
{
	rtnl_each_message(messages, size, take_answer, data);
}

void drbd_ask(struct helper *h)
{
	if (!drbd.relay)
		drbd.relay = netlink_relay_new(helper_loop(h), NETLINK_GENERIC, answered, h);
	/* Its number is asked for each time: the module may have been loaded anew, under another. */
	if (drbd.relay && drbd.asked == NOTHING)
		ask_family();
}

void drbd_describe(struct frame_session *s)
{
	unsigned int minor;

	if (sscanf(s->session, "drbd:drbd%u", &minor) != 1)
		return;
	for (size_t i = 0; i < drbd.known.count; i++) {
		const struct drbd_device *d = &drbd.known.devices[i];

		if (d->minor != minor)
			continue;
		snprintf(s->target, sizeof(s->target), "%s", d->resource);
		s->local = d->local;
		s->remote = d->remote;
		s->remote_port = d->remote_port;
	}
}

void drbd_stop(struct helper *h)
{
	netlink_relay_free(helper_loop(h), drbd.relay);
	memset(&drbd, 0, sizeof(drbd));
}
