/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One frame of each type with every field set, and one with as little as there can be. With --print it writes
 * all of them as they go over the wire, for test/unit/native/frame.test.ts to check against the schema.
 */
#include <stdlib.h>
#include "check.h"
#include "encoder.h"

static const struct frame_identity who = {.boot_id = "b413452c-bb23-4f74-b2c4-587d2b972cb4", .epoch = 1000};

static struct ip_address v4(uint8_t last)
{
	return (struct ip_address){.family = 4, .bytes = {10, 77, 9, last}};
}

static struct ip_address v6(void)
{
	return (struct ip_address){.family = 6, .bytes = {0xfe, 0x80, [15] = 1}};
}

static struct frame full_link(void)
{
	struct frame f = {.type = FRAME_LINK, .t_us = 2000};

	f.link = (struct frame_link){
	    .ifindex = 7,
	    .iflink = 7,
	    .master_ifindex = 9,
	    .mtu = 9000,
	    .ifname = "\f\"\\\xff\x01lanlan",
	    .kind = "bond",
	    .member_kind = "bond",
	    .parent_dev = "0000:3b:00.0",
	    .parent_bus = "pci",
	    .mac = {2, 0, 0, 0, 0, 7},
	    .has_mac = true,
	    .admin_up = true,
	    .carrier = true,
	    .operstate = 6,
	    .carrier_up_count = 3,
	    .carrier_down_count = UINT32_MAX,
	    .bond = {.present = true,
		     .mode = 4,
		     .active_ifindex = 7,
		     .miimon_ms = 100,
		     .arp_interval_ms = UINT32_MAX,
		     .peer_notify_count = 255,
		     .lacp = {.present = true,
			      .rate_fast = true,
			      .aggregator_id = UINT16_MAX,
			      .partner_mac = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}},
	    .bond_member = {.present = true,
			    .state = 1,
			    .mii_status = 2,
			    .has_perm_mac = true,
			    .lacp = {.present = true, .actor_state = 255, .partner_state = 255}}};
	return f;
}

static struct frame full_route(void)
{
	struct frame f = {.type = FRAME_ROUTE, .t_us = 2000};

	f.route = (struct frame_route){.dst = v6(),
				       .prefix_len = 128,
				       .table = UINT32_MAX,
				       .metric = UINT32_MAX,
				       .protocol = 255,
				       .nhid = UINT32_MAX,
				       .prefsrc = v6(),
				       .hop_count = FRAME_HOPS_MAX};
	for (size_t i = 0; i < FRAME_HOPS_MAX; i++) {
		f.route.hops[i] =
		    (struct frame_hop){.ifindex = INT32_MAX, .gateway = v6(), .weight = 256, .dead = true};
		memset(f.route.hops[i].gateway.bytes, 0xff, 16);
	}
	return f;
}

static struct frame full_nexthop(void)
{
	struct frame f = {.type = FRAME_NEXTHOP, .t_us = 2000};

	f.nexthop = (struct frame_nexthop){.id = 10, .protocol = 3, .member_count = FRAME_HOPS_MAX};
	for (size_t i = 0; i < FRAME_HOPS_MAX; i++) {
		f.nexthop.members[i].id = (uint32_t)i + 1;
		f.nexthop.members[i].weight = UINT16_MAX;
	}
	return f;
}

static struct frame full_team(void)
{
	struct frame f = {.type = FRAME_TEAM, .t_us = 2000};

	f.team = (struct frame_team){
	    .ifindex = 9, .active_ifindex = INT32_MAX, .mode = "activebackup", .port_count = FRAME_PORTS_MAX};
	for (size_t i = 0; i < FRAME_PORTS_MAX; i++) {
		f.team.ports[i].ifindex = INT32_MAX;
		f.team.ports[i].has_enabled = i & 1;
		f.team.ports[i].enabled = i & 2;
		f.team.ports[i].linkup = i & 2;
	}
	return f;
}

static struct frame full_multipath(void)
{
	struct frame f = {.type = FRAME_MULTIPATH, .t_us = 2000};

	f.multipath = (struct frame_multipath){.map = "nvme0n1", .nvme = true, .path_count = FRAME_PATHS_MAX};
	memset(f.multipath.name, '\f', sizeof(f.multipath.name) - 1);
	for (size_t i = 0; i < FRAME_PATHS_MAX; i++)
		f.multipath.paths[i] = (struct frame_path){.disk = "nvme4294967295c4294967295n123",
							   .session = "nvme:nvme4294967295",
							   .state = "deleting (no IO",
							   .access = "persistent-loss",
							   .failures = i ? UINT32_MAX : FRAME_NO_COUNT};
	return f;
}

static struct frame full_steering(void)
{
	struct frame f = {.type = FRAME_STEERING, .t_us = 2000};

	f.steering = (struct frame_steering){.group = "ecmp:10.77.9.2/32@4294967295",
					     .outcome = STEERING_REFUSED,
					     .how = STEER_LINK_DOWN,
					     .from_ifindex = INT32_MAX,
					     .to_ifindex = INT32_MAX,
					     .asked_us = 1};
	memset(f.steering.before, '\f', sizeof(f.steering.before) - 1);
	memset(f.steering.after, '"', sizeof(f.steering.after) - 1);
	memset(f.steering.reason, 0xff, sizeof(f.steering.reason) - 1);
	return f;
}

static struct frame full_eeprom(void)
{
	struct frame f = {.type = FRAME_MODULE_EEPROM, .t_us = 2000};

	f.module_eeprom =
	    (struct frame_module_eeprom){.ifindex = INT32_MAX, .page_count = FRAME_EEPROM_PAGES_MAX};
	for (size_t i = 0; i < FRAME_EEPROM_PAGES_MAX; i++) {
		f.module_eeprom.pages[i].i2c_address = 0x51;
		f.module_eeprom.pages[i].bank = UINT8_MAX;
		f.module_eeprom.pages[i].page = UINT8_MAX;
		f.module_eeprom.pages[i].offset = 128;
		f.module_eeprom.pages[i].size = FRAME_EEPROM_PAGE_BYTES;
		memset(f.module_eeprom.pages[i].bytes, 0xa5, FRAME_EEPROM_PAGE_BYTES);
	}
	return f;
}

static struct frame full_nic_errors(void)
{
	uint64_t most =
	    UINT64_C(9007199254740991); /* the greatest whole number that JavaScript keeps exact */
	struct frame f = {.type = FRAME_NIC_ERRORS, .t_us = 2000};

	f.nic_errors = (struct frame_nic_errors){.ifindex = 1,
						 .rx_packets = most,
						 .rx_crc_errors = most,
						 .rx_frame_errors = FRAME_NO_COUNT,
						 .symbol_errors = FRAME_NO_COUNT,
						 .fec_corrected = FRAME_NO_COUNT,
						 .fec_uncorrectable = 3};
	return f;
}

static struct frame full_lacp_port(void)
{
	struct frame f = {.type = FRAME_LACP_PORT, .t_us = 2000};

	f.lacp_port = (struct frame_lacp_port){.ifindex = 3,
					       .bond_ifindex = 9,
					       .aggregator_id = 2,
					       .actor_churn = LACP_CHURN_MONITORING,
					       .partner_churn = LACP_CHURNED,
					       .partner_churned_count = UINT32_MAX,
					       .has_partner = true,
					       .partner_state = 255,
					       .partner_key = UINT16_MAX,
					       .partner_port = UINT16_MAX};
	return f;
}

/* Of what bonds, teams and NICs tell. */
static struct frame *more_samples(struct frame *f)
{
	*f++ = (struct frame){.type = FRAME_ACTIVE_MEMBER,
			      .active_member = {.ifindex = 9, .from_ifindex = 3, .by_fentry = true}};
	*f++ = (struct frame){.type = FRAME_ACTIVE_MEMBER, .active_member = {.ifindex = 9, .to_ifindex = 4}};
	*f++ = (struct frame){.type = FRAME_ANNOUNCE, .announce = {.ifindex = 9, .address = v4(1)}};
	*f++ =
	    (struct frame){.type = FRAME_ANNOUNCE, .announce = {.ifindex = 9, .na = true, .address = v6()}};
	*f++ = (struct frame){.type = FRAME_ANNOUNCE, .announce = {.ifindex = 9}};
	*f++ = full_lacp_port();
	*f++ = (struct frame){.type = FRAME_LACP_PORT,
			      .lacp_port = {.ifindex = 3, .bond_ifindex = 9, .gone = true}};
	*f++ = full_team();
	*f++ = (struct frame){.type = FRAME_TEAM, .team = {.ifindex = 9, .gone = true}};
	*f++ = (struct frame){
	    .type = FRAME_NIC_MODE,
	    .nic_mode = {.ifindex = 3, .speed_mbps = 25000, .duplex = 1, .autoneg = 1, .advertised_mbps = 1}};
	*f++ = (struct frame){.type = FRAME_NIC_MODE, .nic_mode = {.ifindex = 3}};
	*f++ = (struct frame){.type = FRAME_NIC_MODE,
			      .nic_mode = {.ifindex = 3, .duplex = 0xff, .autoneg = 0xff, .gone = true}};
	*f++ = full_nic_errors();
	*f++ = (struct frame){.type = FRAME_NIC_ERRORS, .nic_errors = {.ifindex = 3, .gone = true}};
	*f++ = full_steering();
	*f++ = (struct frame){.type = FRAME_STEERING,
			      .steering = {.outcome = STEERING_STANDS, .from_ifindex = 3}};
	*f++ = full_eeprom();
	*f++ = (struct frame){.type = FRAME_MODULE_EEPROM, .module_eeprom = {.ifindex = 3, .gone = true}};
	*f++ = (struct frame){.type = FRAME_TX_TIMEOUT, .tx_timeout = {.ifindex = 3, .queue = 63}};
	*f++ = (struct frame){
	    .type = FRAME_FLOW_MEMBER,
	    .flow_member = {.flow = 5, .master_ifindex = 9, .from_ifindex = 3, .to_ifindex = 4}};
	*f++ = (struct frame){.type = FRAME_FLOW_MEMBER,
			      .flow_member = {.flow = 5, .master_ifindex = 9, .to_ifindex = 4}};
	*f++ = (struct frame){.type = FRAME_FLOW_STATS,
			      .flow_stats = {.flow = 5,
					     .progress_us = 1,
					     .bytes_acked = 2,
					     .bytes_received = 3,
					     .srtt_us = 4,
					     .rttvar_us = 5,
					     .retransmits = 6,
					     .unacked_segments = 7,
					     .backoff = 8,
					     .out_ifindex = 3,
					     .in_ifindex = 3,
					     .member_ifindex = 4}};
	*f++ = (struct frame){.type = FRAME_FLOW_STATS, .flow_stats = {.flow = 5}};
	*f++ = (struct frame){.type = FRAME_BFD,
			      .bfd = {.ifindex = INT32_MAX,
				      .local = v6(),
				      .remote = v6(),
				      .micro = true,
				      .state = BFD_UP,
				      .remote_state = BFD_INIT,
				      .diagnostic = 31,
				      .remote_diagnostic = 31,
				      .since_us = 1,
				      .tx_us = UINT32_MAX,
				      .detect_us = UINT64_C(255) * UINT32_MAX}};
	*f++ = (struct frame){
	    .type = FRAME_BFD,
	    .bfd = {.ifindex = 3, .local = v4(1), .remote = v4(2), .remote_state = BFD_DOWN, .gone = true}};
	*f++ = full_multipath();
	*f++ = (struct frame){.type = FRAME_MULTIPATH, .multipath = {.map = "dm-0", .gone = true}};
	return f;
}

static struct frame full_session(void)
{
	struct frame f = {.type = FRAME_SESSION, .t_us = 2000};

	f.session = (struct frame_session){.session = "iscsi:session4294967295",
					   .protocol = SESSION_ISCSI,
					   .local = v6(),
					   .remote = v6(),
					   .remote_port = UINT16_MAX,
					   .state = "LOGGED_IN",
					   .usable = true,
					   .disk_count = FRAME_DISKS_MAX};
	memset(f.session.target, '\f', sizeof(f.session.target) - 1);
	for (size_t i = 0; i < FRAME_DISKS_MAX; i++)
		memset(f.session.disks[i], '\x01', FRAME_DISK_MAX - 1);
	return f;
}

/* Of sessions and block devices. */
static struct frame *storage_samples(struct frame *f)
{
	*f++ = full_session();
	*f++ = (struct frame){
	    .type = FRAME_SESSION,
	    .session = {.session = "nbd:nbd0", .protocol = SESSION_NBD, .state = "connected", .gone = true}};
	*f++ = (struct frame){.type = FRAME_SESSION,
			      .session = {.session = "nvme:nvme0",
					  .protocol = SESSION_NVME_TCP,
					  .target = "nqn",
					  .remote = v4(2),
					  .disk_count = 1,
					  .disks = {"nvme0c0n1"}}};
	for (unsigned int kind = DISK_LOCAL; kind <= DISK_NVME_MULTIPATH; kind++)
		*f++ = (struct frame){.type = FRAME_DISK, .disk = {.disk = "sdb", .major = 8, .kind = kind}};
	*f++ = (struct frame){
	    .type = FRAME_DISK,
	    .disk = {.disk = "nvme0c1n1", .kind = DISK_NVME_TCP, .session = "nvme:nvme1", .map = "nvme0n1"}};
	for (unsigned int operation = IO_READ; operation <= IO_OTHER; operation++)
		*f++ = (struct frame){
		    .type = FRAME_IO_STALL,
		    .io = {.disk = "sdb", .since_us = 1, .in_flight = 2, .operation = operation}};
	*f++ = (struct frame){.type = FRAME_IO_RESUME, .io = {.disk = "sdb", .since_us = 1}};
	*f++ = (struct frame){.type = FRAME_IO_ERRORS,
			      .io_errors = {.disk = "sdb", .errors = 3, .last = "ETOOMANYREFS"}};
	return f;
}

static struct frame flow_change(enum frame_type type, uint8_t reason)
{
	struct frame f = {.type = type, .t_us = 2000};

	f.change = (struct frame_flow_change){.flow = 5,
					      .since_us = 1900,
					      .out_ifindex = 31,
					      .in_ifindex = 32,
					      .from_ifindex = 32,
					      .threshold_us = 50000,
					      .reason = reason,
					      .inbound = true};
	return f;
}

static size_t samples(struct frame *out)
{
	struct frame *f = out;

	*f++ = (struct frame){.type = FRAME_HEARTBEAT, .t_us = 2000, .heartbeat = {-5, 1, 2, 3, 4, 5}};
	*f++ = (struct frame){.type = FRAME_SNAPSHOT, .snapshot = {.source = "rtnl"}};
	*f++ = (struct frame){.type = FRAME_SNAPSHOT,
			      .snapshot = {.source = "rtnl", .end = true, .complete = true}};
	*f++ = (struct frame){.type = FRAME_LOST,
			      .lost = {.source = "tcp", .count = 3, .reason = "ring \"full\""}};
	*f++ = full_link();
	*f++ = (struct frame){.type = FRAME_LINK, .link = {.ifindex = 1, .ifname = "lo", .gone = true}};
	*f++ =
	    (struct frame){.type = FRAME_CARRIER, .carrier = {.ifindex = 1, .carrier = true, .via = "timer"}};
	*f++ = (struct frame){.type = FRAME_ADDRESS,
			      .address = {.ifindex = 1, .address = v4(1), .prefix_len = 32}};
	*f++ = (struct frame){.type = FRAME_ADDRESS,
			      .address = {.ifindex = 1, .address = v6(), .prefix_len = 64}};
	*f++ = full_route();
	*f++ = (struct frame){.type = FRAME_ROUTE, .route = {.dst = {.family = 4}, .gone = true}};
	*f++ = (struct frame){.type = FRAME_ROUTE, .route = {.dst = {.family = 6}}};
	*f++ = full_nexthop();
	*f++ = (struct frame){.type = FRAME_NEXTHOP, .nexthop = {.id = 1, .ifindex = 31, .gateway = v4(2)}};
	*f++ = (struct frame){.type = FRAME_NUDGE, .nudge = {.ifindex = 1, .how = NUDGE_ASK, .error = 1}};
	*f++ = (struct frame){.type = FRAME_NUDGE,
			      .nudge = {.ifindex = 1, .how = NUDGE_OPERSTATE, .honoured = true}};
	*f++ = (struct frame){.type = FRAME_FLOW, .flow = {.flow = 5, .local = v4(1), .remote = v4(2)}};
	*f++ = (struct frame){.type = FRAME_FLOW,
			      .flow = {.flow = 6,
				       .local = v6(),
				       .remote = v6(),
				       .local_port = 3260,
				       .remote_port = 65535,
				       .is_server = true,
				       .closed = true,
				       .out_ifindex = 31,
				       .in_ifindex = 32,
				       .srtt_us = 50}};
	*f++ = flow_change(FRAME_FLOW_STALL, STALL_UNACKED);
	*f++ = flow_change(FRAME_FLOW_STALL, STALL_UNSENT);
	*f++ = flow_change(FRAME_FLOW_RESUME, STALL_UNANSWERED);
	*f++ = flow_change(FRAME_FLOW_SWITCH, 0);
	*f++ = flow_change(FRAME_FLOW_PROGRESS, 0);
	*f++ = flow_change(FRAME_FLOW_PROGRESS, 1);
	*f++ =
	    (struct frame){.type = FRAME_TRACE, .trace = {.trace = 1, .reason = "carrier", .for_ms = 5000}};
	*f++ = (struct frame){.type = FRAME_TRACE_FLOW,
			      .trace_flow = {.trace = 1, .flow = 5, .pause_open = true}};
	*f++ = (struct frame){.type = FRAME_LEG_PROBE,
			      .leg_probe = {.ifindex = 31, .target = v4(2), .since_us = 1}};
	f = more_samples(f);
	f = storage_samples(f);
	return (size_t)(f - out);
}

static struct frame all[128];

static void every_type_fits_the_wire(void)
{
	size_t count = samples(all);
	bool seen[64] = {0};

	for (size_t i = 0; i < count; i++) {
		char text[FRAME_ENCODED_MAX];
		int length = frame_encode(&all[i], &who, UINT32_MAX, text, sizeof(text));

		seen[all[i].type] = true;
		CHECK(length > 0 && text[length - 1] == '\f' &&
		      memchr(text, '\f', (size_t)length - 1) == NULL);
		/* For each size that is too small: refused, and nothing beyond the end (the sanitizer
		 * watches). */
		for (int size = 0; size <= length; size++) {
			char *tight = malloc((size_t)size + 1);

			CHECK(frame_encode(&all[i], &who, UINT32_MAX, tight, (size_t)size) == -ENOSPC);
			free(tight);
		}
		CHECK(frame_print(&all[i], text, sizeof(text)) > 0);
	}
	for (int type = FRAME_HEARTBEAT; strcmp(frame_type_name((enum frame_type)type), "unknown"); type++)
		CHECK(seen[type]);
}

static void stores_no_more_than_it_needs(void)
{
	struct frame f = full_route();

	f.route.hop_count = 2;
	CHECK(frame_size(&f) < 160);
	f.route.hop_count = 255; /* never trusted */
	CHECK(frame_size(&f) <= sizeof(f));
	f = full_nexthop();
	f.nexthop.member_count = 200;
	CHECK(frame_size(&f) <= sizeof(f));
	f = full_team();
	f.team.port_count = 2;
	CHECK(frame_size(&f) < 80);
	f.team.port_count = 255;
	CHECK(frame_size(&f) <= sizeof(f));
	f = full_multipath();
	f.multipath.path_count = 255;
	CHECK(frame_size(&f) <= sizeof(f));
	f = full_session();
	f.session.disk_count = 255;
	CHECK(frame_size(&f) <= sizeof(f));
	f = full_eeprom();
	f.module_eeprom.page_count = 255;
	CHECK(frame_size(&f) <= sizeof(f));
	f = (struct frame){.type = FRAME_LOST};
	memset(f.lost.reason, 'x', sizeof(f.lost.reason));
	CHECK(frame_size(&f) <= sizeof(f));
}

static void writes_the_wire_format(void)
{
	struct frame f = {.type = FRAME_ADDRESS, .t_us = 12};
	char text[512];

	f.address = (struct frame_address){.ifindex = 3, .address = v4(1), .prefix_len = 32, .gone = true};
	CHECK(frame_encode(&f, &who, 4, text, sizeof(text)) > 0);
	CHECK_TEXT(
	    text,
	    "{\"type\":\"address\",\"data\":{\"boot_id\":\"b413452c-bb23-4f74-b2c4-587d2b972cb4\","
	    "\"epoch\":1000,\"seq\":4,\"t_us\":12,\"ifindex\":3,\"address\":\"10.77.9.1\",\"prefix_len\":32,"
	    "\"gone\":true}}\f");
	CHECK(frame_print(&f, text, sizeof(text)) > 0);
	CHECK_TEXT(text, "0.000012 address       ifindex=3 address=10.77.9.1 prefix_len=32 gone=yes");
}

static void writes_a_module_page_in_hex(void)
{
	struct frame f = {.type = FRAME_MODULE_EEPROM};
	char text[FRAME_ENCODED_MAX];

	f.module_eeprom = (struct frame_module_eeprom){.ifindex = 3, .page_count = 1};
	f.module_eeprom.pages[0].size = 3;
	memcpy(f.module_eeprom.pages[0].bytes, "\x03\xfe\x00", 3);
	CHECK(frame_encode(&f, &who, 4, text, sizeof(text)) > 0);
	CHECK(strstr(text, "\"bytes\":\"03fe00\"") != NULL);
	f.module_eeprom.pages[0].size = 255; /* never trusted */
	CHECK(frame_encode(&f, &who, 4, text, sizeof(text)) > 0);
}

static void writes_addresses_without_dots_in_ipv6(void)
{
	struct ip_address mapped = {.family = 6, .bytes = {[10] = 0xff, 0xff, 10, 0, 0, 1}};
	struct ip_address compatible = {.family = 6, .bytes = {[12] = 10, 0, 0, 1}};
	struct ip_address loopback = {.family = 6, .bytes = {[15] = 1}};
	struct ip_address any = {.family = 6};
	char text[FRAME_ADDRESS_TEXT];

	CHECK_TEXT(frame_address_text(&mapped, text), "::ffff:a00:1");
	CHECK_TEXT(frame_address_text(&compatible, text), "::0:a00:1");
	CHECK_TEXT(frame_address_text(&loopback, text), "::1");
	CHECK_TEXT(frame_address_text(&any, text), "::");
}

static void print(void)
{
	size_t count = samples(all);
	char text[FRAME_ENCODED_MAX];

	for (size_t i = 0; i < count; i++)
		if (frame_encode(&all[i], &who, i + 1, text, sizeof(text)) > 0)
			fputs(text, stdout);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--print")) {
		print();
		return 0;
	}
	RUN(every_type_fits_the_wire);
	RUN(stores_no_more_than_it_needs);
	RUN(writes_the_wire_format);
	RUN(writes_a_module_page_in_hex);
	RUN(writes_addresses_without_dots_in_ipv6);
	return check_done();
}
