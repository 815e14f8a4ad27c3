/* SPDX-License-Identifier: Apache-2.0 */
/* What the team driver tells by multicast: options and ports that changed. Everybody may listen. */
#include <errno.h>
#include <linux/if_team.h>
#include <sys/epoll.h>
#include "multicast.h"
#include "team.h"

#define RECEIVE_BUFFER (1 << 20)

static struct {
	struct genl_family family;
	struct multicast news;
} events = {.news = {.fd = -1}};

uint16_t team_family(void)
{
	return events.family.id;
}

bool team_events_lost(void)
{
	return events.news.overrun;
}

static void take_event(void *data, const struct nlmsghdr *m)
{
	struct helper *h = data;
	uint32_t ifindex = m->nlmsg_type == events.family.id ? team_parse_ifindex(m) : 0;
	struct team *t = team_find(ifindex);

	/* Of a team that rtnl does not know it is too early or too late. */
	if (!t)
		return;
	team_overtaken(ifindex);
	if (team_parse(m, &t->state) == -EINVAL) {
		helper_degrade(h, "team", "degraded", "malformed message from the kernel");
		team_want(h, t);
	} else if (t->whole || !t->wanted) {
		team_tell(h, t);
	}
}

static void messages_came(void *data, uint32_t epoll_events)
{
	struct helper *h = data;

	(void)epoll_events;
	if (!multicast_read(&events.news, take_event, h) || !multicast_take_overrun(&events.news))
		return;
	helper_lost(h, "team", 0, "netlink receive buffer overrun");
	team_resync(h);
}

void team_events_leave(struct helper *h)
{
	if (events.news.fd >= 0)
		loop_remove_fd(helper_loop(h), events.news.fd);
	multicast_close(&events.news);
}

static int join(struct helper *h, const struct genl_family *family)
{
	int r;

	team_events_leave(h);
	r = multicast_open(&events.news, NETLINK_GENERIC, RECEIVE_BUFFER);
	if (!r)
		r = multicast_join(&events.news, family->group);
	if (!r)
		r = loop_add_fd(helper_loop(h), events.news.fd, EPOLLIN, messages_came, h);
	if (r)
		multicast_close(&events.news);
	else
		events.family = *family;
	return r;
}

int team_events_join(struct helper *h)
{
	struct genl_family family;
	int r = genl_find(TEAM_GENL_NAME, TEAM_GENL_CHANGE_EVENT_MC_GRP_NAME, &family);

	if (r)
		return r;
	if (events.news.fd >= 0 && family.id == events.family.id && family.group == events.family.group)
		return 0;
	return join(h, &family);
}
