/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel for the whole state of a team: its options, then its ports. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_team.h>
#include "netlink_relay.h"
#include "rtnl_parse.h"
#include "team.h"

/* An answer that an event has overtaken is asked for again so much later. */
#define AGAIN_US 20000

static struct {
	struct netlink_relay *relay;
	struct loop_timer *again;
	uint32_t about; /* the team of the question that is on its way; 0: none */
	uint32_t seq;
	uint8_t command;
	struct team_state fresh;
	bool spoiled, malformed, refused;
} asking;

static void answered(void *data, const char *messages, size_t size);

/* The thread carries it: the kernel takes the rtnl lock, or the team's, to answer. */
static int ask(struct helper *h, uint8_t command)
{
	struct genl_request q;

	if (!asking.relay)
		asking.relay = netlink_relay_new(helper_loop(h), NETLINK_GENERIC, answered, h);
	if (!asking.relay)
		return -errno;
	/* No NLM_F_ACK: the family ends each answer with NLMSG_DONE already. */
	genl_begin(&q, team_family(), command, TEAM_GENL_VERSION, 0, ++asking.seq);
	genl_put_u32(&q, TEAM_ATTR_TEAM_IFINDEX, asking.about);
	asking.command = command;
	return netlink_relay_ask(asking.relay, q.bytes, q.head.nlmsg_len);
}

static void ended(struct helper *h, int error)
{
	struct team *t = team_find(asking.about);

	asking.about = 0;
	if (t && !error && asking.spoiled) {
		loop_arm_timer(asking.again, AGAIN_US, 0);
		return;
	}
	if (t)
		t->wanted = false;
	if (t && !error) {
		t->state = asking.fresh;
		t->whole = true;
		team_tell(h, t);
	}
	if (error == -EPERM) {
		asking.refused = true;
		helper_degrade(
		    h, "team", "degraded",
		    "only changes are seen: needs CAP_NET_ADMIN, kept if the module is loaded at start");
	} else if (error == -EBADMSG) {
		helper_degrade(h, "team", "degraded", "malformed answer from the kernel");
	}
	/* Else it has gone meanwhile, and rtnl says so. */
	team_ask_next(h);
}

static void part_ended(struct helper *h, int error)
{
	if (!error && asking.malformed)
		error = -EBADMSG;
	if (!error && asking.command == TEAM_CMD_OPTIONS_GET) {
		error = ask(h, TEAM_CMD_PORT_LIST_GET);
		if (!error)
			return;
	}
	ended(h, error);
}

static void take_answer(void *data, const struct nlmsghdr *m)
{
	/* Messages of the relay's making have no number. */
	if (!asking.about || (m->nlmsg_seq != asking.seq && m->nlmsg_type != NLMSG_ERROR))
		return;
	if (m->nlmsg_type == NLMSG_DONE) {
		part_ended(data, 0);
	} else if (m->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = NLMSG_DATA(m);

		part_ended(data, m->nlmsg_len >= NLMSG_LENGTH(sizeof(*e)) && e->error ? e->error : -EPROTO);
	} else if (m->nlmsg_type == team_family()) {
		asking.malformed |= team_parse(m, &asking.fresh) == -EINVAL;
	}
}

static void answered(void *data, const char *messages, size_t size)
{
	rtnl_each_message(messages, size, take_answer, data);
}

static void begin(struct helper *h, const struct team *t)
{
	int error;

	asking.about = t->state.ifindex;
	asking.spoiled = asking.malformed = false;
	asking.fresh = (struct team_state){.ifindex = asking.about};
	error = ask(h, TEAM_CMD_OPTIONS_GET);
	if (error)
		ended(h, error);
}

void team_ask_next(struct helper *h)
{
	const struct team *t;

	if (asking.about)
		return;
	t = team_wanted();
	if (t)
		begin(h, t);
	else
		team_settled(h);
}

static void again(void *data)
{
	team_ask_next(data);
}

void team_want(struct helper *h, struct team *t)
{
	t->wanted = !asking.refused;
	team_overtaken(t->state.ifindex);
	team_ask_next(h);
}

void team_overtaken(uint32_t ifindex)
{
	if (asking.about == ifindex)
		asking.spoiled = true;
}

bool team_refused(void)
{
	return asking.refused;
}

int team_ask_start(struct helper *h)
{
	asking.again = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, again, h);
	return asking.again ? 0 : -ENOMEM;
}

void team_ask_stop(struct helper *h)
{
	netlink_relay_free(helper_loop(h), asking.relay);
	loop_remove_timer(helper_loop(h), asking.again);
	asking.relay = NULL;
	asking.again = NULL;
}
