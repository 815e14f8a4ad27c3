/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_team.h>
#include <string.h>
#include "rtnl_attr.h"
#include "team_parse.h"

/* enum nla_type of the kernel's include/net/netlink.h, by which an option says what it holds. */
#define TYPE_FLAG 6

uint32_t team_parse_ifindex(const struct nlmsghdr *m)
{
	uint32_t ifindex = 0;
	struct attr_walk walk;

	if (!attr_header(m, GENL_HDRLEN))
		return 0;
	walk = attr_walk_message(m, GENL_HDRLEN);
	ATTR_EACH(a, &walk)
	{
		if (a.type == TEAM_ATTR_TEAM_IFINDEX && !attr_u32(&a, &ifindex))
			return 0;
	}
	return ifindex <= INT32_MAX ? ifindex : 0;
}

static struct team_port *find_port(struct team_state *team, uint32_t ifindex)
{
	for (size_t i = 0; i < team->port_count; i++)
		if (team->ports[i].ifindex == ifindex)
			return &team->ports[i];
	return NULL;
}

/* In the order of ifindex, so that the same ports make the same frame. NULL: no room, or no port. */
static struct team_port *need_port(struct team_state *team, uint32_t ifindex)
{
	struct team_port *port = find_port(team, ifindex);
	size_t at = 0;

	if (port)
		return port;
	if (!ifindex || ifindex > INT32_MAX)
		return NULL;
	if (team->port_count == FRAME_PORTS_MAX) {
		team->cut = true;
		return NULL;
	}
	while (at < team->port_count && team->ports[at].ifindex < ifindex)
		at++;
	memmove(&team->ports[at + 1], &team->ports[at], (team->port_count - at) * sizeof(team->ports[0]));
	team->port_count++;
	team->ports[at] = (struct team_port){.ifindex = ifindex};
	return &team->ports[at];
}

static void remove_port(struct team_state *team, uint32_t ifindex)
{
	struct team_port *port = find_port(team, ifindex);

	if (!port)
		return;
	team->port_count--;
	memmove(port, port + 1, (size_t)(&team->ports[team->port_count] - port) * sizeof(*port));
}

struct option {
	char name[32];
	uint8_t type;
	uint32_t port_ifindex; /* 0: of the team itself */
	bool has_data, removed;
	struct attr data;
};

/* A flag is true by being there. */
static bool take_option(struct team_state *team, const struct option *o)
{
	bool flag = o->type == TYPE_FLAG && o->has_data;
	struct team_port *port;
	uint32_t active;

	if (o->removed)
		return true;
	if (!strcmp(o->name, "mode") && o->has_data) {
		memset(team->mode, 0, sizeof(team->mode));
		attr_text(&o->data, team->mode, sizeof(team->mode));
		return true;
	}
	if (!strcmp(o->name, "activeport") && o->has_data) {
		if (!attr_u32(&o->data, &active) || active > INT32_MAX)
			return false;
		team->active_ifindex = active;
		return true;
	}
	if (strcmp(o->name, "enabled") && strcmp(o->name, "user_linkup") &&
	    strcmp(o->name, "user_linkup_enabled"))
		return true;
	port = need_port(team, o->port_ifindex);
	if (!port)
		return true;
	if (!strcmp(o->name, "enabled")) {
		port->has_enabled = true;
		port->enabled = flag;
	} else if (!strcmp(o->name, "user_linkup")) {
		port->user_linkup = flag;
	} else {
		port->user_linkup_enabled = flag;
	}
	return true;
}

static bool get_option(struct attr_walk walk, struct team_state *team)
{
	struct option o = {0};
	bool ok = true;

	ATTR_EACH(a, &walk)
	{
		switch (a.type) {
		case TEAM_ATTR_OPTION_NAME:
			memset(o.name, 0, sizeof(o.name));
			attr_text(&a, o.name, sizeof(o.name));
			break;
		case TEAM_ATTR_OPTION_TYPE:
			ok &= attr_u8(&a, &o.type);
			break;
		case TEAM_ATTR_OPTION_DATA:
			o.has_data = true;
			o.data = a;
			break;
		case TEAM_ATTR_OPTION_REMOVED:
			o.removed = true;
			break;
		case TEAM_ATTR_OPTION_PORT_IFINDEX:
			ok &= attr_u32(&a, &o.port_ifindex);
			break;
		}
	}
	return ok && !walk.malformed && take_option(team, &o);
}

static bool get_port(struct attr_walk walk, struct team_state *team)
{
	bool ok = true, linkup = false, removed = false;
	uint32_t ifindex = 0;
	struct team_port *port;

	ATTR_EACH(a, &walk)
	{
		if (a.type == TEAM_ATTR_PORT_IFINDEX)
			ok &= attr_u32(&a, &ifindex);
		else if (a.type == TEAM_ATTR_PORT_LINKUP)
			linkup = true;
		else if (a.type == TEAM_ATTR_PORT_REMOVED)
			removed = true;
	}
	if (!ok || walk.malformed)
		return false;
	if (removed) {
		remove_port(team, ifindex);
		return true;
	}
	port = need_port(team, ifindex);
	if (port) {
		port->listed = true;
		port->linkup = linkup;
	}
	return true;
}

static bool get_list(const struct attr *list, uint16_t item, struct team_state *team,
		     bool (*get)(struct attr_walk walk, struct team_state *team))
{
	struct attr_walk walk = attr_walk(list->value, list->size);
	bool ok = true;

	ATTR_EACH(a, &walk)
	{
		if (a.type == item)
			ok &= get(attr_walk(a.value, a.size), team);
	}
	return ok && !walk.malformed;
}

int team_parse(const struct nlmsghdr *m, struct team_state *team)
{
	const struct genlmsghdr *generic = attr_header(m, GENL_HDRLEN);
	struct attr_walk walk;
	bool ok = true;

	if (!generic)
		return -EINVAL;
	if (generic->cmd != TEAM_CMD_OPTIONS_GET && generic->cmd != TEAM_CMD_PORT_LIST_GET)
		return -ENOMSG;
	walk = attr_walk_message(m, GENL_HDRLEN);
	ATTR_EACH(a, &walk)
	{
		if (a.type == TEAM_ATTR_LIST_OPTION)
			ok &= get_list(&a, TEAM_ATTR_ITEM_OPTION, team, get_option);
		else if (a.type == TEAM_ATTR_LIST_PORT)
			ok &= get_list(&a, TEAM_ATTR_ITEM_PORT, team, get_port);
	}
	return ok && !walk.malformed ? 0 : -EINVAL;
}

void team_frame(const struct team_state *team, struct frame *f)
{
	struct frame_team *out = &f->team;

	memset(f, 0, sizeof(*f));
	f->type = FRAME_TEAM;
	out->ifindex = team->ifindex;
	out->active_ifindex = team->active_ifindex;
	memcpy(out->mode, team->mode, sizeof(out->mode));
	for (size_t i = 0; i < team->port_count; i++) {
		const struct team_port *port = &team->ports[i];

		if (!port->listed)
			continue;
		out->ports[out->port_count].ifindex = port->ifindex;
		out->ports[out->port_count].linkup =
		    port->user_linkup_enabled ? port->user_linkup : port->linkup;
		out->ports[out->port_count].has_enabled = port->has_enabled;
		out->ports[out->port_count].enabled = port->enabled;
		out->port_count++;
	}
}
