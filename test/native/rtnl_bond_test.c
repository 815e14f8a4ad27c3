/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a bond's frames, and what of an answer about LACP is believed. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include "check.h"
#include "message.h"
#include "encoder.h"
#include "../../native/sources/told.c"
#include "../../native/sources/rtnl_parse.c"
#include "../../native/sources/rtnl_parse_bond.c"
#include "../../native/sources/rtnl_bond.c"

struct told rtnl_told[RTNL_TABLES];
static char said[256];
static struct frame emitted;
static size_t emitted_count;

static void say(const char *what)
{
	strncat(said, what, sizeof(said) - strlen(said) - 1);
}

void bond_drain(struct helper *h)
{
	(void)h;
	say("drain ");
}
void bond_switched(struct helper *h, uint32_t ifindex, uint32_t from, uint32_t to)
{
	char text[48];

	(void)h;
	snprintf(text, sizeof(text), "switched %u %u %u ", ifindex, from, to);
	say(text);
}
void bond_seen(struct helper *h, const struct frame_link *link)
{
	(void)h;
	(void)link;
	say("seen ");
}
void lacp_bond_changed(struct helper *h)
{
	(void)h;
	say("lacp ");
}
void team_link_changed(struct helper *h, uint32_t ifindex, bool gone)
{
	(void)h;
	(void)ifindex;
	say(gone ? "team gone " : "team ");
}
void helper_emit(struct helper *h, const struct frame *f)
{
	(void)h;
	emitted = *f;
	emitted_count++;
}
uint64_t now_us(void)
{
	return 1000;
}

static struct frame_link bond_link(uint32_t active)
{
	return (struct frame_link){
	    .ifindex = 9, .kind = "bond", .bond = {.present = true, .mode = 1, .active_ifindex = active}};
}

static void the_kernels_word_comes_before_the_link(void)
{
	struct frame_link was = bond_link(3), is = bond_link(4), nic = {.ifindex = 3};

	said[0] = '\0';
	rtnl_bond_ahead(NULL, &was, &is, false);
	CHECK_TEXT(said, "drain switched 9 3 4 ");
	said[0] = '\0';
	rtnl_bond_ahead(NULL, &is, &is, false);
	CHECK_TEXT(said, "drain ");
	said[0] = '\0';
	rtnl_bond_ahead(NULL, NULL, &nic, false);
	CHECK_TEXT(said, "");
}

static void no_switch_is_made_of_a_level(void)
{
	struct frame_link was = bond_link(3), is = bond_link(4);

	said[0] = '\0';
	rtnl_bond_ahead(NULL, NULL, &is, false);
	rtnl_bond_ahead(NULL, &was, &is, true);
	CHECK_TEXT(said, "drain drain ");
}

static void those_who_watch_bonds_and_teams_hear_of_them(void)
{
	struct frame_link bond = bond_link(3), team = {.ifindex = 8, .kind = "team"}, nic = {.ifindex = 3};

	said[0] = '\0';
	rtnl_bond_told(NULL, NULL, &bond);
	CHECK_TEXT(said, "seen lacp ");
	said[0] = '\0';
	rtnl_bond_told(NULL, &team, NULL);
	rtnl_bond_told(NULL, NULL, &nic);
	CHECK_TEXT(said, "seen team gone ");
}

/* The answer: a member whose carrier is gone, and whose partner says 63. */
static const struct nlmsghdr *answer(uint8_t actor_state)
{
	struct ifinfomsg info = {.ifi_index = 3, .ifi_flags = IFF_UP};
	size_t nest, data;

	begin(RTM_NEWLINK, &info, sizeof(info));
	add_text(IFLA_IFNAME, "ens1f0");
	add_u8(IFLA_CARRIER, 0);
	nest = open_attr(IFLA_LINKINFO);
	add_text(IFLA_INFO_SLAVE_KIND, "bond");
	data = open_attr(IFLA_INFO_SLAVE_DATA);
	add_u8(IFLA_BOND_SLAVE_MII_STATUS, 2);
	add_u16(IFLA_BOND_SLAVE_AD_AGGREGATOR_ID, 2);
	add_u8(IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE, actor_state);
	add_u16(IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE, 63);
	close_attr(data);
	close_attr(nest);
	return message();
}

static void of_an_answer_only_lacp_is_believed(void)
{
	struct frame f = {.type = FRAME_LINK};
	struct told_entry *e;

	told_init(&rtnl_told[RTNL_LINKS], FRAME_LINK, 8);
	f.link = (struct frame_link){.ifindex = 3,
				     .ifname = "ens1f0",
				     .member_kind = "bond",
				     .carrier = true,
				     .bond_member = {.present = true, .lacp = {.present = true}}};
	rtnl_lacp_answer(NULL, answer(7), 100);
	CHECK(emitted_count == 0); /* of a link that is not known, or no longer */
	told_put(&rtnl_told[RTNL_LINKS], &f, &e);
	rtnl_lacp_answer(NULL, answer(7), 100);
	CHECK(emitted_count == 1 && emitted.t_us == 1000);
	CHECK(emitted.link.carrier && emitted.link.bond_member.mii_status == 0);
	CHECK(emitted.link.bond_member.lacp.aggregator_id == 2);
	CHECK(emitted.link.bond_member.lacp.actor_state == 7 &&
	      emitted.link.bond_member.lacp.partner_state == 63);
	rtnl_lacp_answer(NULL, answer(7), 200);
	CHECK(emitted_count == 1);
	/* A message was read after the question was asked: who knows which is newer. */
	told_find(&rtnl_told[RTNL_LINKS], &f)->heard_us = 300;
	rtnl_lacp_answer(NULL, answer(15), 300);
	CHECK(emitted_count == 1);
	rtnl_lacp_answer(NULL, answer(15), 301);
	CHECK(emitted_count == 2 && emitted.link.bond_member.lacp.actor_state == 15);
	told_free(&rtnl_told[RTNL_LINKS]);
}

int main(void)
{
	RUN(the_kernels_word_comes_before_the_link);
	RUN(no_switch_is_made_of_a_level);
	RUN(those_who_watch_bonds_and_teams_hear_of_them);
	RUN(of_an_answer_only_lacp_is_believed);
	return check_done();
}
