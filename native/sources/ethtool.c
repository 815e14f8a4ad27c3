/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well the NICs run: speed and duplex, error counters, the pluggable module's memory. Looked at in
 * rounds, once a second, by two threads that ask on our behalf (netlink_relay.h): a driver may hold the rtnl
 * lock while it talks to its firmware or, over I2C, to a module, and nothing that is urgent waits for that. A
 * round that takes longer than a second delays the next one.
 *
 * None of this is told by a message of the kernel's, so nothing here is ever lost; a NIC that is not asked
 * about any more is told as gone.
 */
#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include "ethtool.h"
#include "netlink_relay.h"
#include "rtnl.h"

#define ROUND_US 1000000
/* So many rounds between two looks at what moves slowly or is told by a change of carrier. */
#define SLOW_ROUNDS 10

struct nic {
	uint32_t ifindex;
	bool alive;	  /* listed in this round */
	bool running;	  /* carrier and administratively up, as of the last round */
	bool due;	  /* mode and module are asked for in the next round */
	uint32_t refused; /* bits of enum ethtool_ask: its driver does not have it */
	struct frame_nic_mode mode;
	struct frame_nic_errors link; /* rtnl statistics */
	struct frame_nic_errors ieee; /* ethtool's, where the driver has them */
	bool has_errors;
	struct frame_module_eeprom module;
};

/* A round asks at most three things of a NIC, and a module's next page when the one before has come. */
#define QUESTIONS_MAX (ETHTOOL_NICS_MAX * ASKS)

static struct {
	struct helper *h;
	struct genl_family family;
	struct netlink_relay *generic, *route;
	struct loop_timer *timer;
	struct nic nics[ETHTOOL_NICS_MAX];
	size_t nic_count;
	struct ethtool_question questions[QUESTIONS_MAX]; /* in the order of asking, a ring */
	size_t first, waiting;
	bool stats_wait; /* the dump of link statistics is not over */
	bool too_many, module_refused;
	uint32_t seq;
	unsigned long rounds; /* that are over */
	bool in_round, snapshot_wanted;
} ethtool;

static struct nic *find(uint32_t ifindex)
{
	for (size_t i = 0; i < ethtool.nic_count; i++)
		if (ethtool.nics[i].ifindex == ifindex)
			return &ethtool.nics[i];
	return NULL;
}

static void end_round_if_over(void)
{
	if (!ethtool.in_round || ethtool.waiting || ethtool.stats_wait)
		return;
	ethtool.in_round = false;
	ethtool.rounds++;
	for (size_t i = ethtool.nic_count; i-- > 0;) {
		struct nic *n = &ethtool.nics[i];

		if (!n->alive) {
			ethtool_tell_gone(n->ifindex);
			*n = ethtool.nics[--ethtool.nic_count];
			continue;
		}
		if (n->has_errors)
			ethtool_tell_errors(&n->link, &n->ieee);
	}
	if (ethtool.snapshot_wanted)
		ethtool_tell_snapshot();
	ethtool.snapshot_wanted = false;
}

/* --- questions --- */

static void ask(const struct ethtool_question *q)
{
	struct genl_request r;

	if (ethtool.waiting == QUESTIONS_MAX)
		return;
	if (!ethtool_write_question(q, ethtool.family.id, ++ethtool.seq, &r) ||
	    netlink_relay_ask(ethtool.generic, r.bytes, r.head.nlmsg_len))
		return;
	ethtool.questions[(ethtool.first + ethtool.waiting++) % QUESTIONS_MAX] = *q;
}

static void ask_about(struct nic *n, enum ethtool_ask what)
{
	struct ethtool_question q = {.ask = what, .nic = n->ifindex};

	if (n->refused & 1u << what)
		return;
	if (what == ASK_MODULE) {
		n->module = (struct frame_module_eeprom){.ifindex = n->ifindex};
		ethtool_next_page(&n->module, &q.page);
	}
	ask(&q);
}

static void ask_link_stats(void)
{
	struct {
		struct nlmsghdr head;
		struct if_stats_msg stats;
	} q = {
	    .head = {.nlmsg_len = sizeof(q),
		     .nlmsg_type = RTM_GETSTATS,
		     .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	    .stats = {.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64)},
	};

	q.head.nlmsg_seq = ++ethtool.seq;
	ethtool.stats_wait = !netlink_relay_ask(ethtool.route, &q, sizeof(q));
}

/* --- answers --- */

static void module_page_came(struct nic *n, const struct ethtool_question *q, const uint8_t *bytes,
			     size_t size)
{
	struct ethtool_question next = *q;
	struct frame_module_eeprom *read = &n->module;

	if (read->page_count == FRAME_EEPROM_PAGES_MAX)
		return;
	read->pages[read->page_count].i2c_address = q->page.i2c_address;
	read->pages[read->page_count].bank = q->page.bank;
	read->pages[read->page_count].page = q->page.page;
	read->pages[read->page_count].offset = q->page.offset;
	read->pages[read->page_count].size = (uint8_t)size;
	memcpy(read->pages[read->page_count].bytes, bytes, size);
	read->page_count++;
	if (ethtool_next_page(read, &next.page)) {
		ask(&next);
		return;
	}
	ethtool_tell_module(read);
}

static void take_answer(struct nic *n, const struct ethtool_question *q, const struct nlmsghdr *m)
{
	uint8_t bytes[FRAME_EEPROM_PAGE_BYTES];
	size_t size;

	switch (q->ask) {
	case ASK_MODE:
		n->mode.ifindex = n->ifindex;
		if (ethtool_parse_linkmodes(m, &n->mode))
			ethtool_tell_mode(&n->mode);
		break;
	case ASK_STATS:
		ethtool_parse_stats(m, &n->ieee);
		break;
	case ASK_FEC:
		ethtool_parse_fec(m, &n->ieee);
		break;
	default:
		size = ethtool_parse_eeprom(m, bytes);
		if (size)
			module_page_came(n, q, bytes, size);
	}
}

/* What a driver does not have it will not have in a second; a module may be plugged in later. */
static void take_error(struct nic *n, const struct ethtool_question *q, int error)
{
	if (error == -EOPNOTSUPP && q->ask != ASK_MODULE)
		n->refused |= 1u << q->ask;
	if (error == -EOPNOTSUPP && q->ask == ASK_MODULE && !n->module.page_count)
		n->refused |= 1u << ASK_MODULE;
	if (error == -EPERM && q->ask == ASK_MODULE && !ethtool.module_refused) {
		ethtool.module_refused = true;
		helper_degrade(ethtool.h, "ethtool", "degraded",
			       "no view of pluggable modules: without CAP_NET_ADMIN");
	}
	/* The page that did not come ends the module's account, which is told as far as it goes. */
	if (error && q->ask == ASK_MODULE && n->module.page_count)
		ethtool_tell_module(&n->module);
}

static void generic_message(void *data, const struct nlmsghdr *m)
{
	struct ethtool_question q = ethtool.questions[ethtool.first];
	struct nic *n = ethtool.waiting ? find(q.nic) : NULL;

	(void)data;
	if (m->nlmsg_type == ethtool.family.id && n)
		take_answer(n, &q, m);
	if (m->nlmsg_type != NLMSG_ERROR || !ethtool.waiting)
		return;
	ethtool.first = (ethtool.first + 1) % QUESTIONS_MAX;
	ethtool.waiting--;
	if (n && m->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr)))
		take_error(n, &q, ((const struct nlmsgerr *)NLMSG_DATA(m))->error);
}

static void generic_came(void *data, const char *bytes, size_t size)
{
	rtnl_each_message(bytes, size, generic_message, data);
	end_round_if_over();
}

static void route_message(void *data, const struct nlmsghdr *m)
{
	struct frame_nic_errors stats = {0};
	struct nic *n;

	(void)data;
	if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR)
		ethtool.stats_wait = false;
	if (!ethtool_parse_link_stats(m, &stats))
		return;
	n = find(stats.ifindex);
	if (!n)
		return;
	n->link = stats;
	n->has_errors = true;
}

static void route_came(void *data, const char *bytes, size_t size)
{
	rtnl_each_message(bytes, size, route_message, data);
	end_round_if_over();
}

/* --- rounds --- */

static void list_nics(void)
{
	const struct told *links = &rtnl_told[RTNL_LINKS];

	for (size_t i = 0; i < ethtool.nic_count; i++)
		ethtool.nics[i].alive = false;
	for (size_t i = 0; i < links->count; i++) {
		const struct frame_link *l = &told_frame(links->entries[i])->link;
		struct nic *n = find(l->ifindex);

		/* Without a kind it is a device of hardware, or what a guest has for one. */
		if (l->kind[0] || l->loopback)
			continue;
		if (!n && ethtool.nic_count < ETHTOOL_NICS_MAX) {
			n = &ethtool.nics[ethtool.nic_count++];
			*n = (struct nic){.ifindex = l->ifindex, .due = true};
			n->ieee.rx_crc_errors = n->ieee.symbol_errors = FRAME_NO_COUNT;
			n->ieee.fec_corrected = n->ieee.fec_uncorrectable = FRAME_NO_COUNT;
		}
		if (!n) {
			if (!ethtool.too_many)
				helper_degrade(ethtool.h, "ethtool", "degraded",
					       "more than %d NICs: the rest is not looked at",
					       ETHTOOL_NICS_MAX);
			ethtool.too_many = true;
			continue;
		}
		n->alive = true;
		if (n->running != (l->carrier && l->admin_up))
			n->due = true;
		n->running = l->carrier && l->admin_up;
	}
}

static void begin_round(void *data)
{
	(void)data;
	if (ethtool.in_round)
		return;
	ethtool.in_round = true;
	list_nics();
	ask_link_stats();
	for (size_t i = 0; i < ethtool.nic_count; i++) {
		struct nic *n = &ethtool.nics[i];

		if (!n->alive)
			continue;
		ask_about(n, ASK_STATS);
		ask_about(n, ASK_FEC);
		if (!n->due && (ethtool.rounds + i) % SLOW_ROUNDS)
			continue;
		n->due = false;
		ask_about(n, ASK_MODE);
		ask_about(n, ASK_MODULE);
	}
	end_round_if_over();
}

static void snapshot(struct helper *h)
{
	(void)h;
	/* Before the first round nothing is known; its end tells. */
	if (ethtool.rounds)
		ethtool_tell_snapshot();
	else
		ethtool.snapshot_wanted = true;
}

static void stop(struct helper *h)
{
	loop_remove_timer(helper_loop(h), ethtool.timer);
	netlink_relay_free(helper_loop(h), ethtool.generic);
	netlink_relay_free(helper_loop(h), ethtool.route);
	ethtool_told_stop();
	memset(&ethtool, 0, sizeof(ethtool));
}

static int start(struct helper *h)
{
	struct loop *l = helper_loop(h);
	int error = genl_find(ETHTOOL_GENL_NAME, NULL, &ethtool.family);

	if (error) {
		helper_degrade(h, "ethtool", "absent", "no ethtool netlink: %s", strerror(-error));
		return error;
	}
	ethtool.h = h;
	ethtool_told_start(h);
	ethtool.generic = netlink_relay_new(l, NETLINK_GENERIC, generic_came, h);
	ethtool.route = netlink_relay_new(l, NETLINK_ROUTE, route_came, h);
	ethtool.timer = loop_add_timer(l, ROUND_US / 10, ROUND_US, begin_round, h);
	if (ethtool.generic && ethtool.route && ethtool.timer)
		return 0;
	stop(h);
	return -ENOMEM;
}

const struct source source_ethtool = {
    .name = "ethtool",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
