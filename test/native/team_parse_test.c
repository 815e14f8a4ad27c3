/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the family "team", as drivers/net/team writes them. */
#include "check.h"
#include "message.h"
#include "../../native/sources/team_parse.c"

static void begin_team(uint8_t command, uint32_t ifindex)
{
	struct genlmsghdr generic = {.cmd = command, .version = TEAM_GENL_VERSION};

	begin(0x1d, &generic, sizeof(generic));
	add_u32(TEAM_ATTR_TEAM_IFINDEX, ifindex);
}

static void add_option(const char *name, uint8_t type, const void *data, size_t size, uint32_t port)
{
	size_t item = open_attr(TEAM_ATTR_ITEM_OPTION);

	add_text(TEAM_ATTR_OPTION_NAME, name);
	if (port)
		add_u32(TEAM_ATTR_OPTION_PORT_IFINDEX, port);
	add_u8(TEAM_ATTR_OPTION_TYPE, type);
	if (data)
		add(TEAM_ATTR_OPTION_DATA, data, size);
	close_attr(item);
}

/* NLA_U32 3, NLA_STRING 5, NLA_FLAG 6: include/net/netlink.h. */
static void add_u32_option(const char *name, uint32_t value)
{
	add_option(name, 3, &value, sizeof(value), 0);
}

static void add_flag_option(const char *name, bool value, uint32_t port)
{
	add_option(name, 6, value ? "" : NULL, 0, port);
}

static void add_port(uint32_t ifindex, bool linkup, bool removed)
{
	size_t item = open_attr(TEAM_ATTR_ITEM_PORT);

	add_u32(TEAM_ATTR_PORT_IFINDEX, ifindex);
	add(TEAM_ATTR_PORT_CHANGED, "", 0);
	if (removed)
		add(TEAM_ATTR_PORT_REMOVED, "", 0);
	if (linkup)
		add(TEAM_ATTR_PORT_LINKUP, "", 0);
	add_u32(TEAM_ATTR_PORT_SPEED, 10000);
	add_u8(TEAM_ATTR_PORT_DUPLEX, 1);
	close_attr(item);
}

static int ports(struct team_state *team, uint32_t ifindex, bool linkup, bool removed)
{
	size_t list;

	begin_team(TEAM_CMD_PORT_LIST_GET, 9);
	list = open_attr(TEAM_ATTR_LIST_PORT);
	add_port(ifindex, linkup, removed);
	close_attr(list);
	return team_parse(message(), team);
}

static int port_option(struct team_state *team, const char *name, bool value, uint32_t port)
{
	size_t list;

	begin_team(TEAM_CMD_OPTIONS_GET, 9);
	list = open_attr(TEAM_ATTR_LIST_OPTION);
	add_flag_option(name, value, port);
	close_attr(list);
	return team_parse(message(), team);
}

static void reads_a_whole_team(void)
{
	struct team_state team = {.ifindex = 9};
	struct frame f;
	size_t list;

	begin_team(TEAM_CMD_OPTIONS_GET, 9);
	CHECK(team_parse_ifindex(message()) == 9);
	list = open_attr(TEAM_ATTR_LIST_OPTION);
	add_option("mode", 5, "activebackup", 13, 0);
	add_u32_option("activeport", 22);
	add_u32_option("notify_peers_count", 1);
	add_flag_option("enabled", false, 21);
	add_flag_option("enabled", true, 22);
	add_flag_option("user_linkup", false, 21);
	add_flag_option("user_linkup_enabled", false, 21);
	close_attr(list);
	CHECK(team_parse(message(), &team) == 0);
	/* Named by its options alone, it is no port yet. */
	team_frame(&team, &f);
	CHECK(f.team.port_count == 0);
	CHECK(ports(&team, 22, true, false) == 0 && ports(&team, 21, false, false) == 0);
	team_frame(&team, &f);
	CHECK(f.type == FRAME_TEAM && f.team.ifindex == 9 && f.team.active_ifindex == 22);
	CHECK_TEXT(f.team.mode, "activebackup");
	CHECK(f.team.port_count == 2 && f.team.ports[0].ifindex == 21 && f.team.ports[1].ifindex == 22);
	CHECK(!f.team.ports[0].linkup && f.team.ports[0].has_enabled && !f.team.ports[0].enabled);
	CHECK(f.team.ports[1].linkup && f.team.ports[1].has_enabled && f.team.ports[1].enabled);
}

static void takes_in_what_changes(void)
{
	struct team_state team = {.ifindex = 9, .mode = "roundrobin", .active_ifindex = 21};
	struct frame f;

	CHECK(ports(&team, 21, true, false) == 0 && ports(&team, 22, true, false) == 0);
	CHECK(ports(&team, 21, false, true) == 0 && team.port_count == 1);
	CHECK(ports(&team, 99, false, true) == 0 && team.port_count == 1);
	team_frame(&team, &f);
	CHECK(f.team.port_count == 1 && f.team.ports[0].ifindex == 22 && !f.team.ports[0].has_enabled);
	CHECK(f.team.active_ifindex == 21);
	/* teamd's word instead of the driver's. */
	CHECK(port_option(&team, "user_linkup_enabled", true, 22) == 0);
	team_frame(&team, &f);
	CHECK(!f.team.ports[0].linkup);
	CHECK(port_option(&team, "user_linkup", true, 22) == 0);
	team_frame(&team, &f);
	CHECK(f.team.ports[0].linkup);
}

static void refuses_malformed_messages(void)
{
	struct team_state team = {.ifindex = 9};
	size_t list, item;

	begin_team(TEAM_CMD_OPTIONS_GET, 9);
	list = open_attr(TEAM_ATTR_LIST_OPTION);
	add_option("activeport", 3, "\1\2", 2, 0);
	close_attr(list);
	CHECK(team_parse(message(), &team) == -EINVAL);
	begin_team(TEAM_CMD_PORT_LIST_GET, 9);
	list = open_attr(TEAM_ATTR_LIST_PORT);
	item = open_attr(TEAM_ATTR_ITEM_PORT);
	add_u8(TEAM_ATTR_PORT_IFINDEX, 1);
	close_attr(item);
	close_attr(list);
	CHECK(team_parse(message(), &team) == -EINVAL && team.port_count == 0);
	begin_team(TEAM_CMD_NOOP, 9);
	CHECK(team_parse(message(), &team) == -ENOMSG);
	begin_team(TEAM_CMD_OPTIONS_GET, UINT32_MAX);
	CHECK(team_parse_ifindex(message()) == 0);
	begin(0x1d, "", 0);
	CHECK(team_parse(message(), &team) == -EINVAL && team_parse_ifindex(message()) == 0);
}

static void counts_no_more_ports_than_a_frame_holds(void)
{
	struct team_state team = {.ifindex = 9};
	struct frame f;

	for (uint32_t i = 40; i > 0; i--)
		CHECK(ports(&team, i, true, false) == 0);
	CHECK(team.port_count == FRAME_PORTS_MAX && team.cut);
	team_frame(&team, &f);
	CHECK(f.team.port_count == FRAME_PORTS_MAX && f.team.ports[0].ifindex == 25);
	CHECK(ports(&team, 0, true, false) == 0 && ports(&team, UINT32_MAX, true, false) == 0);
}

int main(void)
{
	RUN(reads_a_whole_team);
	RUN(takes_in_what_changes);
	RUN(refuses_malformed_messages);
	RUN(counts_no_more_ports_than_a_frame_holds);
	return check_done();
}
