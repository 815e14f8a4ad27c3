/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include "log.h"
#include "netlink_relay.h"
#include "rtnl.h"

/*
 * A dump that the kernel marked as inconsistent is taken again: at once so often, then after a pause; and
 * after so many in a row it counts as failed.
 */
#define INTERRUPTED_AT_ONCE 5
#define INTERRUPTED_PAUSE_US 50000
#define INTERRUPTED_MAX 50
/* No answer for so long: somebody sits on the rtnl lock. What is known is then told as incomplete. */
#define STUCK_US 5000000
/*
 * After a dump nothing is dumped for 100 ns per byte of it, about ten times what it took: a host with a full
 * Internet table must not have a CPU burnt on it at each link event. At most two seconds.
 */
#define REST_NS_PER_BYTE 100
#define REST_MAX_US 2000000

static const struct {
	enum rtnl_table table;
	uint8_t family; /* 4, 6 or 0: both */
} kinds[DUMP_KINDS] = {
    [DUMP_LINKS] = {RTNL_LINKS, 0},	  [DUMP_ADDRESSES] = {RTNL_ADDRESSES, 0},
    [DUMP_NEXTHOPS] = {RTNL_NEXTHOPS, 0}, [DUMP_ROUTES4] = {RTNL_ROUTES, 4},
    [DUMP_ROUTES6] = {RTNL_ROUTES, 6},
};

static struct {
	struct netlink_relay *relay;
	struct loop_timer *timer; /* the next dump, or that the running one is stuck */
	unsigned int wanted;	  /* bits */
	int running;		  /* -1: none */
	uint32_t seq;
	bool interrupted, spoiled, failed;
	unsigned int interruptions;
	bool all_well; /* each dump since the last time that nothing was wanted */
	bool told_stuck, told_failed;
	uint64_t bytes;
	uint64_t not_before_us;
} dumps = {.running = -1};

static void begin_next(struct helper *h);

/* Of the running dump. A snapshot that is not complete tells the agent; the log has the reason, once. */
static void failed(const char *why)
{
	if (!dumps.told_failed)
		log_warning("rtnl: dump %d: %s", dumps.running, why);
	dumps.told_failed = true;
	dumps.failed = true;
	dumps.all_well = false;
}

static size_t make_request(enum rtnl_dump kind, uint32_t seq, void *out)
{
	struct {
		struct nlmsghdr head;
		union {
			struct ifinfomsg link;
			struct ifaddrmsg address;
			struct rtmsg route;
			struct nhmsg nexthop;
		};
		struct {
			struct nlattr head;
			uint32_t value;
		} mask;
	} request;
	size_t size;

	memset(&request, 0, sizeof(request));
	request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request.head.nlmsg_seq = seq;
	switch (kind) {
	case DUMP_LINKS:
		request.head.nlmsg_type = RTM_GETLINK;
		request.mask.head.nla_len = sizeof(request.mask);
		request.mask.head.nla_type = IFLA_EXT_MASK;
		request.mask.value = RTEXT_FILTER_SKIP_STATS;
		_Static_assert(offsetof(typeof(request), mask) == NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			       "the attribute follows the header");
		size = sizeof(request);
		break;
	case DUMP_ADDRESSES:
		request.head.nlmsg_type = RTM_GETADDR;
		size = NLMSG_LENGTH(sizeof(request.address));
		break;
	case DUMP_NEXTHOPS:
		request.head.nlmsg_type = RTM_GETNEXTHOP;
		size = NLMSG_LENGTH(sizeof(request.nexthop));
		break;
	default:
		request.head.nlmsg_type = RTM_GETROUTE;
		request.route.rtm_family = kind == DUMP_ROUTES4 ? AF_INET : AF_INET6;
		request.route.rtm_type = RTN_UNICAST;
		size = NLMSG_LENGTH(sizeof(request.route));
	}
	request.head.nlmsg_len = (uint32_t)size;
	memcpy(out, &request, size);
	return size;
}

static bool is_routing(int kind)
{
	return kinds[kind].table == RTNL_NEXTHOPS || kinds[kind].table == RTNL_ROUTES;
}

static void begin(int kind)
{
	char request[128];
	size_t size = make_request((enum rtnl_dump)kind, ++dumps.seq, request);
	int r;

	dumps.running = kind;
	dumps.wanted &= ~DUMP_BIT(kind);
	dumps.interrupted = dumps.spoiled = dumps.failed = false;
	dumps.bytes = 0;
	rtnl_state_dump_begins(kinds[kind].table);
	if (is_routing(kind))
		nexthops_dump_begins(kinds[kind].family);
	loop_arm_timer(dumps.timer, STUCK_US, 0);
	r = netlink_relay_ask(dumps.relay, request, size);
	if (!r)
		return;
	failed(strerror(-r));
	dumps.running = -1;
	dumps.wanted |= DUMP_BIT(kind);
	loop_arm_timer(dumps.timer, 1000000, 0);
}

static void begin_next(struct helper *h)
{
	uint64_t now = now_us();

	if (dumps.running >= 0)
		return;
	if (!dumps.wanted) {
		bool complete = dumps.all_well;

		loop_disarm_timer(dumps.timer);
		dumps.all_well = true;
		rtnl_dumps_done(h, complete);
		return;
	}
	if (now < dumps.not_before_us) {
		loop_arm_timer(dumps.timer, dumps.not_before_us - now, 0);
		return;
	}
	begin(__builtin_ctz(dumps.wanted));
}

static void timer_fired(void *data)
{
	struct helper *h = data;

	if (dumps.running < 0) {
		begin_next(h);
		return;
	}
	/* Still running: the answer is waited for all the same, it will come. */
	if (!dumps.told_stuck)
		log_warning("rtnl: the kernel has not answered a dump for %d s", STUCK_US / 1000000);
	dumps.told_stuck = true;
	if (rtnl_resyncing())
		rtnl_state_snapshot(h, false);
}

static void rest_after(uint64_t bytes)
{
	uint64_t rest = bytes * REST_NS_PER_BYTE / 1000;

	dumps.not_before_us = now_us() + (rest < REST_MAX_US ? rest : REST_MAX_US);
}

static void ended(struct helper *h)
{
	int kind = dumps.running;

	rest_after(dumps.bytes);
	if ((dumps.interrupted || dumps.spoiled) && ++dumps.interruptions < INTERRUPTED_MAX) {
		/* What it named is true enough to be told; what it did not name proves nothing. */
		dumps.wanted |= DUMP_BIT(kind);
		if (dumps.interruptions % INTERRUPTED_AT_ONCE == 0)
			dumps.not_before_us = now_us() + INTERRUPTED_PAUSE_US;
	} else if (dumps.interrupted || dumps.spoiled) {
		failed("inconsistent too many times in a row");
		dumps.interruptions = 0;
	} else if (!dumps.failed) {
		dumps.interruptions = 0;
		dumps.told_failed = dumps.told_stuck = false;
		rtnl_state_dump_ended(h, kinds[kind].table, kinds[kind].family);
		if (is_routing(kind) && nexthops_dump_ended(kinds[kind].family))
			dumps.wanted |= DUMP_BIT(DUMP_NEXTHOPS);
	}
	dumps.running = -1;
	begin_next(h);
}

static void take_error(const struct nlmsghdr *m)
{
	const struct nlmsgerr *error = NLMSG_DATA(m);
	int code = m->nlmsg_len >= NLMSG_LENGTH(sizeof(*error)) ? -error->error : EINVAL;

	/* Before 5.3 there are no next hop objects; without IPv6 no routes of it. Then nothing is missing. */
	if (code == EOPNOTSUPP || code == EAFNOSUPPORT)
		dumps.failed = true;
	else if (code)
		failed(strerror(code));
}

static void dump_message(void *data, const struct nlmsghdr *m)
{
	struct helper *h = data;

	/* Messages of our making have no number; others of an older dump cannot come: they are in order. */
	if (dumps.running < 0 || (m->nlmsg_seq != dumps.seq && m->nlmsg_type != NLMSG_ERROR))
		return;
	if (m->nlmsg_flags & NLM_F_DUMP_INTR)
		dumps.interrupted = true;
	if (m->nlmsg_type == NLMSG_ERROR) {
		take_error(m);
		ended(h);
	} else if (m->nlmsg_type == NLMSG_DONE) {
		int32_t code = 0;

		/* A dump that broke off says so here. */
		if (m->nlmsg_len >= NLMSG_LENGTH(sizeof(code)))
			memcpy(&code, NLMSG_DATA(m), sizeof(code));
		if (code < 0)
			dumps.interrupted = true;
		ended(h);
	} else if (!rtnl_state_message(h, m, true, rtnl_resyncing())) {
		failed("malformed message");
	} else {
		nexthops_dumped(m);
	}
}

static void piece_came(void *data, const char *messages, size_t size)
{
	dumps.bytes += size;
	if (dumps.running >= 0)
		loop_arm_timer(dumps.timer, STUCK_US, 0);
	rtnl_each_message(messages, size, dump_message, data);
}

int rtnl_dump_start(struct helper *h)
{
	dumps.all_well = true;
	dumps.relay = netlink_relay_new(helper_loop(h), NETLINK_ROUTE, piece_came, h);
	if (!dumps.relay)
		return -errno;
	dumps.timer = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, timer_fired, h);
	return dumps.timer ? 0 : -ENOMEM;
}

void rtnl_dump_stop(struct helper *h)
{
	netlink_relay_free(helper_loop(h), dumps.relay);
	loop_remove_timer(helper_loop(h), dumps.timer);
	dumps.relay = NULL;
	dumps.timer = NULL;
	dumps.running = -1;
	dumps.wanted = 0;
}

void rtnl_dump_want(struct helper *h, unsigned int wanted)
{
	dumps.wanted |= wanted;
	begin_next(h);
}

bool rtnl_dump_running(enum rtnl_table table)
{
	return dumps.running >= 0 && kinds[dumps.running].table == table;
}

void rtnl_dump_spoiled(enum rtnl_table table)
{
	if (rtnl_dump_running(table))
		dumps.spoiled = true;
}
