/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Team devices, by generic netlink. Changes come by multicast, which everybody may hear; the kernel answers
 * questions to CAP_NET_ADMIN only (GENL_ADMIN_PERM of drivers/net/team). So that capability is kept where the
 * team module is loaded at start, and nowhere else. With a module that came later, what changes is told, and
 * what does not is not known: that is degraded, until the helper is started again.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/genetlink.h>
#include <linux/if_team.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bond.h"
#include "genl.h"
#include "netlink_relay.h"
#include "rtnl_parse.h"
#include "team_parse.h"
#include "told.h"

#define TEAMS_MAX 16
#define MESSAGES_AT_ONCE 64
#define RECEIVE_BUFFER (1 << 20)
/* An answer that an event has overtaken is asked for again so much later. */
#define AGAIN_US 20000
#define TRACE_MS 5000

struct team {
	struct team_state state;
	bool wanted; /* its state is to be asked for */
};

static struct {
	struct genl_family family;
	bool found_at_start;
	int fd;
	struct netlink_relay *relay;
	struct loop_timer *again;
	struct team teams[TEAMS_MAX];
	size_t count;
	struct told told;
	/* The question that is on its way; about: 0: none */
	uint32_t about, seq;
	uint8_t command;
	struct team_state fresh;
	bool spoiled, malformed;
	bool refused;	   /* questions are not answered to us */
	bool overrun;	   /* the kernel dropped messages; not told yet */
	bool snapshot_due; /* wanted while something was to be asked for */
} team = {.fd = -1};

static struct team *find(uint32_t ifindex)
{
	for (size_t i = 0; i < team.count; i++)
		if (team.teams[i].state.ifindex == ifindex)
			return &team.teams[i];
	return NULL;
}

/* --- telling --- */

static void emit(struct helper *h, const struct frame *told, bool gone)
{
	struct frame f = {0};

	memcpy(&f, told, frame_size(told));
	f.t_us = now_us();
	f.team.gone = gone;
	helper_emit(h, &f);
}

/* Modes that spread the packets of one flow. */
static bool spreads(const char *mode)
{
	return !strcmp(mode, "roundrobin") || !strcmp(mode, "random") || !strcmp(mode, "broadcast");
}

static void tell(struct helper *h, const struct team *t)
{
	struct frame f, was = {0};
	struct told_entry *e;
	bool known;

	if (!t->state.mode[0] && !t->state.port_count)
		return;
	if (t->state.cut)
		helper_degrade(h, "team", "degraded", "a team has more than %d ports: the rest is not told",
			       FRAME_PORTS_MAX);
	team_frame(&t->state, &f);
	e = told_find(&team.told, &f);
	known = e != NULL;
	if (known)
		memcpy(&was, told_frame(e), frame_size(told_frame(e)));
	if (told_put(&team.told, &f, &e) == TOLD_SAME)
		return;
	if (known && was.team.active_ifindex != f.team.active_ifindex)
		bond_told_by_netlink(h, f.team.ifindex, was.team.active_ifindex, f.team.active_ifindex);
	emit(h, &f, false);
	if (known)
		tcp_trace(h, "link", TRACE_MS);
	tcp_team_spreads(h, f.team.ifindex, spreads(f.team.mode));
}

static void tell_snapshot(struct helper *h)
{
	struct frame f = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "team"}};

	team.snapshot_due = false;
	helper_emit(h, &f);
	for (size_t i = 0; i < team.told.count; i++)
		emit(h, told_frame(team.told.entries[i]), false);
	f.t_us = now_us();
	f.snapshot.end = true;
	f.snapshot.complete = !team.refused || !team.count;
	helper_emit(h, &f);
}

/* --- asking --- */

static void next(struct helper *h);
static void answered(void *data, const char *messages, size_t size);

/* The thread carries it: the kernel takes the rtnl lock, or the team's, to answer. */
static int ask(struct helper *h, uint8_t command)
{
	struct genl_request q;

	if (!team.relay)
		team.relay = netlink_relay_new(helper_loop(h), NETLINK_GENERIC, answered, h);
	if (!team.relay)
		return -errno;
	/* No NLM_F_ACK: the family ends each answer with NLMSG_DONE already. */
	genl_begin(&q, team.family.id, command, TEAM_GENL_VERSION, 0, ++team.seq);
	genl_put_u32(&q, TEAM_ATTR_TEAM_IFINDEX, team.about);
	team.command = command;
	return netlink_relay_ask(team.relay, q.bytes, q.head.nlmsg_len);
}

static void ended(struct helper *h, int error)
{
	struct team *t = find(team.about);

	team.about = 0;
	if (t && !error && team.spoiled) {
		loop_arm_timer(team.again, AGAIN_US, 0);
		return;
	}
	if (t)
		t->wanted = false;
	if (t && !error) {
		t->state = team.fresh;
		tell(h, t);
	}
	if (error == -EPERM) {
		team.refused = true;
		helper_degrade(
		    h, "team", "degraded",
		    "only changes are seen: needs CAP_NET_ADMIN, kept if the module is loaded at start");
	} else if (error == -EBADMSG) {
		helper_degrade(h, "team", "degraded", "malformed answer from the kernel");
	}
	/* Else it has gone meanwhile, and rtnl says so. */
	next(h);
}

static void part_ended(struct helper *h, int error)
{
	if (!error && team.malformed)
		error = -EBADMSG;
	if (!error && team.command == TEAM_CMD_OPTIONS_GET) {
		error = ask(h, TEAM_CMD_PORT_LIST_GET);
		if (!error)
			return;
	}
	ended(h, error);
}

static void take_answer(void *data, const struct nlmsghdr *m)
{
	/* Messages of the relay's making have no number. */
	if (!team.about || (m->nlmsg_seq != team.seq && m->nlmsg_type != NLMSG_ERROR))
		return;
	if (m->nlmsg_type == NLMSG_DONE) {
		part_ended(data, 0);
	} else if (m->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = NLMSG_DATA(m);

		part_ended(data, m->nlmsg_len >= NLMSG_LENGTH(sizeof(*e)) && e->error ? e->error : -EPROTO);
	} else if (m->nlmsg_type == team.family.id) {
		team.malformed |= team_parse(m, &team.fresh) == -EINVAL;
	}
}

static void answered(void *data, const char *messages, size_t size)
{
	rtnl_each_message(messages, size, take_answer, data);
}

static void begin(struct helper *h, const struct team *t)
{
	int error;

	team.about = t->state.ifindex;
	team.spoiled = team.malformed = false;
	team.fresh = (struct team_state){.ifindex = team.about};
	error = ask(h, TEAM_CMD_OPTIONS_GET);
	if (error)
		ended(h, error);
}

static void next(struct helper *h)
{
	if (team.about)
		return;
	for (size_t i = 0; i < team.count; i++) {
		if (!team.teams[i].wanted)
			continue;
		begin(h, &team.teams[i]);
		return;
	}
	if (team.snapshot_due)
		tell_snapshot(h);
}

static void again(void *data)
{
	next(data);
}

static void want(struct helper *h, struct team *t)
{
	t->wanted = !team.refused;
	if (team.about == t->state.ifindex)
		team.spoiled = true;
	next(h);
}

static void resync(struct helper *h)
{
	team.snapshot_due = true;
	for (size_t i = 0; i < team.count; i++)
		team.teams[i].wanted = !team.refused;
	next(h);
}

/* --- events --- */

static struct team *add(struct helper *h, uint32_t ifindex)
{
	struct team *t;

	if (team.count == TEAMS_MAX) {
		helper_degrade(h, "team", "degraded", "more than %d teams: the rest is not told", TEAMS_MAX);
		return NULL;
	}
	t = &team.teams[team.count++];
	*t = (struct team){.state = {.ifindex = ifindex}};
	return t;
}

static void take_event(void *data, const struct nlmsghdr *m)
{
	struct helper *h = data;
	uint32_t ifindex = m->nlmsg_type == team.family.id ? team_parse_ifindex(m) : 0;
	struct team *t = find(ifindex);

	/* Of a team that rtnl does not know it is too early or too late. */
	if (!t)
		return;
	if (team.about == ifindex)
		team.spoiled = true;
	if (team_parse(m, &t->state) == -EINVAL) {
		helper_degrade(h, "team", "degraded", "malformed message from the kernel");
		want(h, t);
	} else if (!t->wanted) {
		tell(h, t);
	}
}

/* As rtnl.c has it: the queue is read to its end before its loss is told and made good. */
static void queue_empty(struct helper *h)
{
	if (!team.overrun)
		return;
	team.overrun = false;
	helper_lost(h, "team", 0, "netlink receive buffer overrun");
	resync(h);
}

static void messages_came(void *data, uint32_t events)
{
	static char buffer[16384] __attribute__((aligned(8)));
	struct helper *h = data;

	(void)events;
	for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {.iov_base = buffer, .iov_len = sizeof(buffer)};
		struct msghdr message = {
		    .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
		ssize_t n = recvmsg(team.fd, &message, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != ENOBUFS) {
			queue_empty(h);
			return;
		}
		if (n < 0 || message.msg_flags & MSG_TRUNC)
			team.overrun = true;
		else if (from.nl_pid == 0)
			rtnl_each_message(buffer, (size_t)n, take_event, h);
	}
}

/* --- the family, which comes with its module --- */

static void leave(struct helper *h)
{
	if (team.fd < 0)
		return;
	loop_remove_fd(helper_loop(h), team.fd);
	close(team.fd);
	team.fd = -1;
}

static int join(struct helper *h, const struct genl_family *family)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	int size = RECEIVE_BUFFER, r = 0;

	leave(h);
	team.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	if (team.fd < 0)
		return -errno;
	if (setsockopt(team.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(team.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(team.fd, (struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(team.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &family->group, sizeof(family->group)))
		r = -errno;
	if (!r)
		r = loop_add_fd(helper_loop(h), team.fd, EPOLLIN, messages_came, h);
	if (r) {
		close(team.fd);
		team.fd = -1;
		return r;
	}
	team.family = *family;
	return 0;
}

/* Anew with each first team: the module may have been loaded again, under another number. */
static int find_family(struct helper *h)
{
	struct genl_family family;
	int r = genl_find(TEAM_GENL_NAME, TEAM_GENL_CHANGE_EVENT_MC_GRP_NAME, &family);

	if (r)
		return r;
	if (team.fd >= 0 && family.id == team.family.id && family.group == team.family.group)
		return 0;
	return join(h, &family);
}

static void gone(struct helper *h, struct team *t)
{
	struct frame key = {.type = FRAME_TEAM, .team.ifindex = t->state.ifindex};
	struct told_entry *e = told_find(&team.told, &key);

	if (e) {
		emit(h, told_frame(e), true);
		told_remove(&team.told, e);
		tcp_team_spreads(h, t->state.ifindex, false);
	}
	*t = team.teams[--team.count];
}

void team_link_changed(struct helper *h, uint32_t ifindex, bool is_gone)
{
	struct team *t = find(ifindex);
	int r;

	if (is_gone && t)
		gone(h, t);
	/* The source is absent, or nothing is new. */
	if (is_gone || t || !team.again)
		return;
	if (!team.count) {
		r = find_family(h);
		if (r) {
			helper_degrade(h, "team", "degraded", "there is a team, but: %s", strerror(-r));
			return;
		}
	}
	t = add(h, ifindex);
	if (t)
		want(h, t);
}

static void snapshot(struct helper *h)
{
	if (team.overrun)
		return;
	team.snapshot_due = true;
	next(h);
}

static uint64_t keep(const struct helper *h)
{
	(void)h;
	return team.found_at_start ? 1ULL << CAP_NET_ADMIN : 0;
}

static int start(struct helper *h)
{
	told_init(&team.told, FRAME_TEAM, TEAMS_MAX);
	team.again = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, again, h);
	if (!team.again)
		return -ENOMEM;
	team.found_at_start = !find_family(h);
	return 0;
}

static void stop(struct helper *h)
{
	leave(h);
	netlink_relay_free(helper_loop(h), team.relay);
	loop_remove_timer(helper_loop(h), team.again);
	told_free(&team.told);
	team.relay = NULL;
	team.again = NULL;
}

const struct source source_team = {
    .name = "team",
    .keep_caps_found = keep,
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
