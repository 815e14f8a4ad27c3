/* SPDX-License-Identifier: Apache-2.0 */
/* Bonds and teams of which one member is active. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_team.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include "genl.h"
#include "sources/rtnl_attr.h"
#include "sources/rtnl_parse.h"
#include "source.h"
#include "steer_act.h"

/* IFLA_BOND_MODE and IFLA_BOND_PRIMARY_RESELECT; linux/if_bonding.h and net/if.h do not go together. */
enum { ACTIVE_BACKUP = 1 };
enum { RESELECT_ALWAYS = 0 };

/* The type of a value as the kernel itself names it (NLA_U32 of net/netlink.h). */
enum { OPTION_U32 = 3 };

struct bond {
	bool present;
	uint8_t mode, reselect;
	uint32_t ifindex, active_ifindex, primary_ifindex;
};

static bool get_bond(const struct attr *info, struct bond *out)
{
	struct attr_walk walk = attr_walk(info->value, info->size);
	bool ok = true;

	ATTR_EACH(a, &walk)
	{
		struct attr_walk data = attr_walk(a.value, a.size);

		if (a.type != IFLA_INFO_DATA)
			continue;
		ATTR_EACH(b, &data)
		{
			if (b.type == IFLA_BOND_MODE)
				ok &= attr_u8(&b, &out->mode);
			else if (b.type == IFLA_BOND_PRIMARY_RESELECT)
				ok &= attr_u8(&b, &out->reselect);
			else if (b.type == IFLA_BOND_ACTIVE_SLAVE)
				ok &= attr_u32(&b, &out->active_ifindex);
			else if (b.type == IFLA_BOND_PRIMARY)
				ok &= attr_u32(&b, &out->primary_ifindex);
		}
	}
	return ok;
}

static void take_bond(void *data, const struct nlmsghdr *m)
{
	struct bond *out = data;
	struct attr_walk walk;
	struct frame f;
	uint32_t lower;

	if (rtnl_parse_link(m, &f, &lower) || strcmp(f.link.kind, "bond"))
		return;
	out->ifindex = f.link.ifindex;
	out->present = true;
	walk = attr_walk_message(m, sizeof(struct ifinfomsg));
	ATTR_EACH(a, &walk)
	{
		if (a.type == IFLA_LINKINFO)
			out->present &= get_bond(&a, out);
	}
}

static int read_bond(struct steer_netlink *nl, const char *name, struct bond *out)
{
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct steer_message m;

	memset(out, 0, sizeof(*out));
	steer_begin(&m, RTM_GETLINK, 0, &header, sizeof(header));
	steer_put(&m, IFLA_IFNAME, name, strlen(name) + 1);
	return steer_netlink_ask(nl, &m, take_bond, out);
}

static int set_bond(struct steer_netlink *nl, uint32_t ifindex, uint32_t active)
{
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex};
	struct steer_message m;
	size_t info, data;

	steer_begin(&m, RTM_NEWLINK, 0, &header, sizeof(header));
	info = steer_open(&m, IFLA_LINKINFO);
	steer_put(&m, IFLA_INFO_KIND, "bond", 5);
	data = steer_open(&m, IFLA_INFO_DATA);
	steer_put_u32(&m, IFLA_BOND_ACTIVE_SLAVE, active);
	steer_close(&m, data);
	steer_close(&m, info);
	return steer_netlink_ask(nl, &m, NULL, NULL);
}

/* Through a socket of its own: the family's number changes with its module, and it is asked for seldom. */
static int set_team(uint32_t ifindex, uint32_t active)
{
	static struct steer_netlink generic;
	struct genlmsghdr header = {.cmd = TEAM_CMD_OPTIONS_SET, .version = TEAM_GENL_VERSION};
	struct genl_family family;
	struct steer_message m;
	uint8_t type = OPTION_U32;
	size_t list, item;
	int error = genl_find(TEAM_GENL_NAME, NULL, &family);

	if (!error)
		error = steer_netlink_open(&generic, NETLINK_GENERIC);
	if (error)
		return error;
	steer_begin(&m, family.id, 0, &header, sizeof(header));
	steer_put_u32(&m, TEAM_ATTR_TEAM_IFINDEX, ifindex);
	list = steer_open(&m, TEAM_ATTR_LIST_OPTION | NLA_F_NESTED);
	item = steer_open(&m, TEAM_ATTR_ITEM_OPTION | NLA_F_NESTED);
	steer_put(&m, TEAM_ATTR_OPTION_NAME, "activeport", sizeof("activeport"));
	steer_put(&m, TEAM_ATTR_OPTION_TYPE, &type, sizeof(type));
	steer_put_u32(&m, TEAM_ATTR_OPTION_DATA, active);
	steer_close(&m, item);
	steer_close(&m, list);
	error = steer_netlink_ask(&generic, &m, NULL, NULL);
	steer_netlink_close(&generic);
	return error;
}

static int make_active(struct steer_netlink *nl, const struct steer_done *out, uint32_t member)
{
	if (out->job.allowed.group.kind == STEER_TEAM)
		return set_team(out->job.master_ifindex, member);
	return set_bond(nl, out->job.master_ifindex, member);
}

/* What the caller knows of a bond came by multicast; what counts is what it is now. */
static void refresh(const struct bond *bond, struct steer_done *out)
{
	struct steer_facts *facts = &out->job.facts;

	out->job.master_ifindex = bond->ifindex;
	out->job.back_ifindex = bond->primary_ifindex;
	facts->exists = bond->present;
	facts->active_ifindex = bond->active_ifindex;
	if (bond->present && bond->mode != ACTIVE_BACKUP)
		snprintf(facts->not_ours, sizeof(facts->not_ours),
			 "its mode is not active-backup: which member carries what is not ours to say");
}

static void leave(struct steer_netlink *nl, struct steer_done *out)
{
	struct steer_facts *facts = &out->job.facts;

	facts->allowed = true;
	steer_mark_proven(facts, &out->job);
	steer_decide(facts, &out->job.past, out->job.from_ifindex, now_us(), &out->decision);
	if (!out->decision.go)
		return;
	out->before_active = facts->active_ifindex;
	out->after_active = out->decision.keep[0];
	out->error = make_active(nl, out, out->after_active);
	out->t_us = now_us();
	/* Where there is a primary the way back is known; else the member that is active now is as good. */
	if (out->error || !out->job.back_ifindex || out->job.back_ifindex == out->after_active)
		return;
	out->stands = out->original = out->lasts = true;
	out->left[out->left_count++] = out->job.from_ifindex;
}

static void undo(struct steer_netlink *nl, struct steer_done *out)
{
	out->before_active = out->job.facts.active_ifindex;
	out->after_active = out->job.back_ifindex;
	if (out->before_active != out->after_active)
		out->error = make_active(nl, out, out->after_active);
	out->t_us = now_us();
	out->stands = out->error != 0;
}

static void take_member(void *data, const struct nlmsghdr *m)
{
	bool *up = data;
	struct frame f;
	uint32_t lower;

	if (!rtnl_parse_link(m, &f, &lower) && f.link.bond_member.present)
		*up = f.link.admin_up && f.link.carrier && !f.link.bond_member.mii_status;
}

static bool is_up(struct steer_netlink *nl, uint32_t ifindex)
{
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex};
	struct steer_message m;
	bool up = false;

	steer_begin(&m, RTM_GETLINK, 0, &header, sizeof(header));
	return !steer_netlink_ask(nl, &m, take_member, &up) && up;
}

/*
 * The kernel puts a primary that is up in use by itself, with primary_reselect always; that another member is
 * active is somebody's doing: ours, as far as we know.
 */
static void look(struct steer_netlink *nl, const struct bond *bond, struct steer_done *out)
{
	out->before_active = bond->primary_ifindex;
	out->after_active = bond->active_ifindex;
	out->original = out->lasts = true;
	if (!bond->present || bond->mode != ACTIVE_BACKUP || !bond->primary_ifindex ||
	    bond->reselect != RESELECT_ALWAYS || bond->active_ifindex == bond->primary_ifindex)
		return;
	out->stands = is_up(nl, bond->primary_ifindex);
	if (out->stands)
		out->left[out->left_count++] = bond->primary_ifindex;
}

void steer_act_master(struct steer_netlink *nl, struct steer_done *out)
{
	struct bond bond = {0};

	out->how = STEER_ACTIVE_MEMBER;
	if (out->job.allowed.group.kind == STEER_BOND) {
		out->error = read_bond(nl, out->job.allowed.group.name, &bond);
		if (out->error == -ENODEV)
			out->error = 0;
		refresh(&bond, out);
	}
	out->t_us = now_us();
	if (out->error)
		return;
	if (out->job.op == STEER_LEAVE)
		leave(nl, out);
	else if (out->job.op == STEER_UNDO)
		undo(nl, out);
	else
		look(nl, &bond, out);
}
