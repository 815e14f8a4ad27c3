/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/bonding as Linux 6.1 wrote it, for those with CAP_NET_ADMIN and for all others. */
#include "check.h"
#include "../../native/sources/lacp_parse.c"

#define HEAD                                                                                                 \
	"Ethernet Channel Bonding Driver: v6.1.0-56-amd64\n\n"                                               \
	"Bonding Mode: IEEE 802.3ad Dynamic link aggregation\n"                                              \
	"Transmit Hash Policy: layer2 (0)\nMII Status: up\nMII Polling Interval (ms): 100\n"                 \
	"Up Delay (ms): 0\nDown Delay (ms): 0\nPeer Notification Delay (ms): 0\n\n"                          \
	"802.3ad info\nLACP active: on\nLACP rate: fast\nMin links: 0\n"                                     \
	"Aggregator selection policy (ad_select): stable\nActive Aggregator Info:\n"                         \
	"\tAggregator ID: 7\n\tNumber of ports: 2\n\tActor Key: 15\n\tPartner Key: 15\n"                     \
	"\tPartner Mac Address: 62:d8:b3:3f:63:91\n"
#define MEMBER(name)                                                                                         \
	"\nSlave Interface: " name "\nMII Status: up\nSpeed: 10000 Mbps\nDuplex: full\n"                     \
	"Link Failure Count: 1\nPermanent HW addr: 4e:e9:44:fc:dd:dd\nSlave queue ID: 0\n"
#define CHURN                                                                                                \
	"Aggregator ID: 1\nActor Churn State: none\nPartner Churn State: churned\n"                          \
	"Actor Churned Count: 0\nPartner Churned Count: 3\n"
#define ACTOR                                                                                                \
	"details actor lacp pdu:\n    system priority: 65535\n    system mac address: 4e:e9:44:fc:dd:dd\n"   \
	"    port key: 9\n    port priority: 255\n    port number: 1\n    port state: 7\n"
#define PARTNER                                                                                              \
	"details partner lacp pdu:\n    system priority: 65535\n    system mac address: 62:d8:b3:3f:63:91\n" \
	"    oper key: 15\n    port priority: 255\n    port number: 2\n    port state: 63\n"

static struct lacp_member members[8];
static size_t count;

static void keep(void *data, const struct lacp_member *m)
{
	(void)data;
	if (count < 8)
		members[count++] = *m;
}

static size_t parse(const char *text, bool whole)
{
	count = 0;
	return lacp_parse(text, strlen(text), whole, keep, NULL);
}

static void reads_all_that_a_privileged_reader_sees(void)
{
	CHECK(parse(HEAD MEMBER("ens1f0") CHURN ACTOR PARTNER MEMBER("ens1f1") CHURN ACTOR PARTNER, true) ==
	      2);
	CHECK_TEXT(members[0].ifname, "ens1f0");
	CHECK_TEXT(members[1].ifname, "ens1f1");
	for (size_t i = 0; i < 2; i++) {
		const struct frame_lacp_port *p = &members[i].port;

		CHECK(members[i].in_aggregator && p->aggregator_id == 1);
		CHECK(p->actor_churn == LACP_CHURN_NONE && p->partner_churn == LACP_CHURNED);
		CHECK(p->actor_churned_count == 0 && p->partner_churned_count == 3);
		/* The partner's, not the actor's. */
		CHECK(p->has_partner && p->partner_system[5] == 0x91 && p->partner_key == 15);
		CHECK(p->partner_port == 2 && p->partner_state == 63);
	}
}

static void reads_what_anybody_sees(void)
{
	CHECK(parse(HEAD MEMBER("ens1f0") CHURN, true) == 1);
	CHECK(members[0].in_aggregator && members[0].port.partner_churn == LACP_CHURNED);
	CHECK(!members[0].port.has_partner && !members[0].port.partner_state);
	/* The bond's own aggregator is no member's. */
	CHECK(parse(HEAD, true) == 0);
}

static void tells_a_port_without_an_aggregator(void)
{
	CHECK(parse(HEAD MEMBER("ens1f0") "Aggregator ID: N/A\n" MEMBER("ens1f1") CHURN, true) == 2);
	CHECK(!members[0].in_aggregator && members[1].in_aggregator);
}

static void leaves_out_what_is_cut(void)
{
	static const char text[] = HEAD MEMBER("ens1f0") CHURN ACTOR PARTNER MEMBER("ens1f1") CHURN;

	CHECK(parse(text, false) == 1);
	for (size_t size = 0; size <= sizeof(text) - 1; size++)
		CHECK(lacp_parse(text, size, false, keep, NULL) <= 1);
	/* A line without its end is not believed. */
	CHECK(parse(HEAD MEMBER("ens1f0") "Aggregator ID: 1\nPartner Churned Count: 12", true) == 1);
	CHECK(members[0].port.partner_churned_count == 0);
}

static void bounds_what_it_reads(void)
{
	CHECK(parse(MEMBER("ens1f0") "Aggregator ID: 99999999999999999999999\nActor Churned Count: -1\n"
				     "Partner Churned Count: 99999999999\nActor Churn State: unknown\n"
				     "details partner lacp pdu:\n    system mac address: 62:d8:b3:3f:63:9\n"
				     "    port state: 300\n",
		    true) == 1);
	CHECK(members[0].port.aggregator_id == UINT16_MAX);
	/* The kernel prints it as signed. */
	CHECK(members[0].port.actor_churned_count == UINT32_MAX);
	CHECK(members[0].port.partner_churned_count == UINT32_MAX);
	CHECK(members[0].port.actor_churn == LACP_CHURN_NONE);
	CHECK(!members[0].port.has_partner && members[0].port.partner_state == 300 % 256);
	CHECK(parse("\nSlave Interface: a-name-longer-than-any\n" CHURN "\nSlave Interface: \n" CHURN,
		    true) == 0);
}

int main(void)
{
	RUN(reads_all_that_a_privileged_reader_sees);
	RUN(reads_what_anybody_sees);
	RUN(tells_a_port_without_an_aggregator);
	RUN(leaves_out_what_is_cut);
	RUN(bounds_what_it_reads);
	return check_done();
}
