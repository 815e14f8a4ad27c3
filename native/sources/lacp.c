/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports of 802.3ad bonds. The kernel sends no message when LACP moves a port, and churn is told in
 * /proc/net/bonding alone. So while there is such a bond, its file is read four times a second; and the bond
 * and its members are asked for again, as what their links' frames say of LACP is as silent.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h> /* before linux/if.h */
#include <linux/if_bonding.h>
#include "lacp_parse.h"
#include "netlink_relay.h"
#include "rtnl_parse.h"
#include "source.h"
#include "told.h"

#define LOOK_US 250000
#define PORTS_MAX 256
/* A member's section is at most 1.2 KiB; what does not fit is told as incomplete. */
#define FILE_MAX 49152
/* Questions on their way; with more members the rest waits for the next look. */
#define QUESTIONS_MAX 64

static struct {
	struct loop_timer *timer;
	bool armed;
	struct told ports;
	struct netlink_relay *relay;
	unsigned int waiting; /* answers that have not come */
	uint64_t asked_us;
	bool complete; /* each file could be read whole, the last time */
	bool told_unread;
	char file[FILE_MAX];
} lacp;

static void emit(struct helper *h, const struct frame *told, bool gone)
{
	struct frame f = {0};

	memcpy(&f, told, frame_size(told));
	f.t_us = now_us();
	f.lacp_port.gone = gone;
	helper_emit(h, &f);
}

/* --- the file --- */

/* Bytes read, or -errno. */
static ssize_t read_file(const char *ifname, bool *whole)
{
	char path[sizeof("/proc/net/bonding/") + IFNAMSIZ];
	ssize_t n, size = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/net/bonding/%s", ifname);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, lacp.file + size, (size_t)(FILE_MAX - size))) > 0)
		size += n;
	if (n < 0)
		size = -errno;
	close(fd);
	*whole = size < FILE_MAX;
	return size;
}

struct look {
	struct helper *h;
	const struct frame_link *bond;
	const char *ifname; /* to find */
	uint32_t ifindex;   /* found */
};

static void is_named(void *data, const struct frame_link *link)
{
	struct look *look = data;

	if (link->master_ifindex == look->bond->ifindex && !strcmp(link->ifname, look->ifname))
		look->ifindex = link->ifindex;
}

static void take_member(void *data, const struct lacp_member *m)
{
	struct look *look = data;
	struct frame f = {.type = FRAME_LACP_PORT};
	struct told_entry *e;
	enum told_result r;

	look->ifname = m->ifname;
	look->ifindex = 0;
	rtnl_each_link(look->h, is_named, look);
	if (!look->ifindex || !m->in_aggregator)
		return;
	f.lacp_port = m->port;
	f.lacp_port.ifindex = look->ifindex;
	f.lacp_port.bond_ifindex = look->bond->ifindex;
	r = told_put(&lacp.ports, &f, &e);
	if (r == TOLD_NEW || r == TOLD_CHANGED)
		emit(look->h, &f, false);
	else if (r == TOLD_FULL)
		helper_degrade(look->h, "lacp", "degraded", "more than %d ports: not all are told",
			       PORTS_MAX);
}

/* Nothing can be said of its ports: they stay as they were told. */
static void keep_ports(uint32_t bond)
{
	for (size_t i = 0; i < lacp.ports.count; i++)
		if (told_frame(lacp.ports.entries[i])->lacp_port.bond_ifindex == bond)
			lacp.ports.entries[i]->seen = lacp.ports.dump;
}

static void look_at_file(struct helper *h, const struct frame_link *bond)
{
	struct look look = {.h = h, .bond = bond};
	bool whole = false;
	ssize_t size = read_file(bond->ifname, &whole);

	if (size >= 0)
		lacp_parse(lacp.file, (size_t)size, whole, take_member, &look);
	if (size >= 0 && whole)
		return;
	keep_ports(bond->ifindex);
	lacp.complete = false;
	/* A bond that was renamed just now has its file under the new name, and we hear of it next time. */
	if (!lacp.told_unread && size != -ENOENT)
		helper_degrade(h, "lacp", "degraded", "/proc/net/bonding/%s: %s", bond->ifname,
			       size < 0 ? strerror((int)-size) : "too long");
	lacp.told_unread = size != -ENOENT;
}

/* --- the questions --- */

static void answered(void *data, const char *messages, size_t size);

/* At the first bond, not at the start: most hosts have no such bond. */
static bool have_relay(struct helper *h)
{
	if (!lacp.relay)
		lacp.relay = netlink_relay_new(helper_loop(h), NETLINK_ROUTE, answered, h);
	return lacp.relay != NULL;
}

static void ask(struct helper *h, uint32_t ifindex)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct nlattr mask_head;
		uint32_t mask;
	} q = {
	    .head = {.nlmsg_len = sizeof(q),
		     .nlmsg_type = RTM_GETLINK,
		     .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
	    .link = {.ifi_index = (int)ifindex},
	    .mask_head = {.nla_len = NLA_HDRLEN + sizeof(uint32_t), .nla_type = IFLA_EXT_MASK},
	    .mask = RTEXT_FILTER_SKIP_STATS,
	};

	if (lacp.waiting < QUESTIONS_MAX && have_relay(h) && !netlink_relay_ask(lacp.relay, &q, sizeof(q)))
		lacp.waiting++;
}

static void take_answer(void *data, const struct nlmsghdr *m)
{
	if (m->nlmsg_type == NLMSG_ERROR && lacp.waiting)
		lacp.waiting--;
	else if (m->nlmsg_type == RTM_NEWLINK)
		rtnl_lacp_answer(data, m, lacp.asked_us);
}

static void answered(void *data, const char *messages, size_t size)
{
	rtnl_each_message(messages, size, take_answer, data);
}

/* --- the look --- */

static bool is_lacp_bond(const struct frame_link *link)
{
	return link->bond.present && link->bond.mode == BOND_MODE_8023AD;
}

static void look_at_link(void *data, const struct frame_link *link)
{
	struct look *look = data;

	if (is_lacp_bond(link)) {
		lacp.armed = true;
		look_at_file(look->h, link);
	}
}

static void ask_for_link(void *data, const struct frame_link *link)
{
	struct look *look = data;
	const struct frame_link *master = rtnl_link(look->h, link->master_ifindex);

	if (is_lacp_bond(link) || (link->bond_member.present && master && is_lacp_bond(master)))
		ask(look->h, link->ifindex);
}

/* Those that the look did not name have left their aggregator, their bond or the host. */
static void forget_unseen(struct helper *h)
{
	for (size_t i = lacp.ports.count; i-- > 0;) {
		struct told_entry *e = lacp.ports.entries[i];

		if (e->seen == lacp.ports.dump)
			continue;
		emit(h, told_frame(e), true);
		told_remove(&lacp.ports, e);
	}
}

static void look(void *data)
{
	struct look look = {.h = data};
	bool was_armed = lacp.armed;

	lacp.ports.dump++;
	lacp.complete = true;
	lacp.armed = false;
	rtnl_each_link(data, look_at_link, &look);
	forget_unseen(data);
	/* Somebody may sit on the rtnl lock: what was asked is still to be answered, and will be true then.
	 */
	if (lacp.armed && !lacp.waiting) {
		lacp.asked_us = now_us();
		rtnl_each_link(data, ask_for_link, &look);
	}
	if (!lacp.armed && was_armed)
		loop_disarm_timer(lacp.timer);
}

void lacp_bond_changed(struct helper *h)
{
	(void)h;
	if (lacp.armed || !lacp.timer)
		return;
	/* It looks whether it is one of ours, and if not does not look again. */
	lacp.armed = true;
	loop_arm_timer(lacp.timer, 0, LOOK_US);
}

static void snapshot(struct helper *h)
{
	struct frame f = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "lacp"}};

	helper_emit(h, &f);
	for (size_t i = 0; i < lacp.ports.count; i++)
		emit(h, told_frame(lacp.ports.entries[i]), false);
	f.t_us = now_us();
	f.snapshot.end = true;
	f.snapshot.complete = lacp.complete;
	helper_emit(h, &f);
}

static int start(struct helper *h)
{
	told_init(&lacp.ports, FRAME_LACP_PORT, PORTS_MAX);
	lacp.complete = true;
	lacp.timer = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, look, h);
	return lacp.timer ? 0 : -ENOMEM;
}

static void stop(struct helper *h)
{
	netlink_relay_free(helper_loop(h), lacp.relay);
	loop_remove_timer(helper_loop(h), lacp.timer);
	told_free(&lacp.ports);
	lacp.relay = NULL;
	lacp.timer = NULL;
}

const struct source source_lacp = {
    .name = "lacp",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
