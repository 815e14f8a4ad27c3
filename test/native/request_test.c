/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "../../native/request.c"
#include "../../native/request_bfd.c"
#include "../../native/request_probes.c"

static struct request request;
static char why[192];

static int parse(const char *text)
{
	why[0] = '\0';
	return request_parse(text, strlen(text), &request, why, sizeof(why));
}

static void takes_what_the_schema_allows(void)
{
	CHECK(parse("{\"type\":\"attach\",\"data\":{\"cursor\":null}}") == 0);
	CHECK(request.type == REQUEST_ATTACH && !request.attach.has_cursor);
	CHECK(parse("{\"type\":\"attach\",\"data\":{\"cursor\":{\"epoch\":12,\"seq\":0}}}") == 0);
	CHECK(request.attach.has_cursor && request.attach.epoch == 12 && request.attach.seq == 0);
	CHECK(parse("{\"type\":\"trace\",\"data\":{\"for_ms\":30000}}") == 0);
	CHECK(request.trace.for_ms == 30000);
	CHECK(parse("{\"type\":\"snapshot\",\"data\":{}}") == 0);
	CHECK(
	    parse("{\"type\":\"configure\",\"data\":{\"ports\":[[3260,3260],[1,65535]],\"unacked_ms\":50,"
		  "\"unanswered_ms\":200,\"io_stalled_ms\":1000,\"probes\":[{\"ifindex\":7,\"source\":null,"
		  "\"target\":\"fe80::1\","
		  "\"method\":\"nd\",\"interval_ms\":100,\"burst_ms\":20,\"lost_after\":3}],\"bfd\":[]}}") ==
	    0);
	CHECK(request.configure.port_count == 2 && request.configure.ports[1].high == 65535);
	CHECK(request.configure.probe_count == 1);
	CHECK(request.configure.probes[0].target.family == 6 &&
	      request.configure.probes[0].source.family == 0);
	CHECK(request.configure.probes[0].method == PROBE_ND &&
	      request.configure.probes[0].interval_ms == 100 && request.configure.probes[0].burst_ms == 20);
}

static void refuses_what_is_no_request(void)
{
	CHECK(parse("") == -EBADMSG);
	CHECK(parse("{") == -EBADMSG);
	CHECK(parse("nonsense") == -EBADMSG);
	CHECK(parse("[[[[[[[[[[1]]]]]]]]]]") == -EBADMSG);
	CHECK(parse("{\"type\":\"attach\",\"type\":\"attach\",\"data\":{}}") == -EBADMSG);
	CHECK(parse("[]") == -EINVAL);
	CHECK(parse("{}") == -EINVAL);
	CHECK(parse("{\"type\":\"reboot\",\"data\":{}}") == -EINVAL);
	CHECK(parse("{\"type\":\"snapshot\"}") == -EINVAL);
	CHECK(request.type == REQUEST_SNAPSHOT);
	/* A NUL inside, and braces inside a string that must not count as depth. */
	CHECK(request_parse("{\"type\":\"snapshot\",\"data\":{}}\0", 30, &request, why, sizeof(why)) ==
	      -EBADMSG);
	CHECK(parse("{\"type\":\"snapshot\",\"data\":{\"x\":\"[[[[[[[[[[[[\\\"[[[\"}}") == 0);
}

static void checks_every_range(void)
{
	CHECK(parse("{\"type\":\"trace\",\"data\":{\"for_ms\":99}}") == -EINVAL);
	CHECK_TEXT(why, "for_ms: expected an integer from 100 to 30000");
	CHECK(parse("{\"type\":\"trace\",\"data\":{\"for_ms\":30001}}") == -EINVAL);
	CHECK(parse("{\"type\":\"trace\",\"data\":{\"for_ms\":100.5}}") == -EINVAL);
	CHECK(parse("{\"type\":\"trace\",\"data\":{\"for_ms\":\"100\"}}") == -EINVAL);
	CHECK(parse("{\"type\":\"attach\",\"data\":{}}") == -EINVAL);
	CHECK(parse("{\"type\":\"attach\",\"data\":{\"cursor\":{\"epoch\":-1,\"seq\":0}}}") == -EINVAL);
	CHECK(parse("{\"type\":\"attach\",\"data\":{\"cursor\":{\"epoch\":1,\"seq\":99999999999999999}}}") ==
	      -EINVAL);
}

static void reads_what_is_to_be_steered(void)
{
	CHECK(parse("{\"type\":\"steer\",\"data\":{\"group\":\"bond:bond0\",\"action\":\"leave\","
		    "\"ifindex\":3,\"reason\":\"silent\"}}") == 0);
	CHECK(request.type == REQUEST_STEER && !request.steer.undo && request.steer.ifindex == 3);
	CHECK_TEXT(request.steer.group, "bond:bond0");
	CHECK_TEXT(request.steer.reason, "silent");
	CHECK(parse("{\"type\":\"steer\",\"data\":{\"group\":\"x\",\"action\":\"undo\",\"ifindex\":1,"
		    "\"reason\":\"\"}}") == 0);
	CHECK(request.steer.undo);
	CHECK(parse("{\"type\":\"steer\",\"data\":{\"group\":\"x\",\"action\":\"move\",\"ifindex\":1,"
		    "\"reason\":\"\"}}") == -EINVAL);
	CHECK_TEXT(why, "action: expected leave or undo");
	CHECK(parse("{\"type\":\"steer\",\"data\":{\"group\":\"x\",\"action\":\"undo\",\"ifindex\":0,"
		    "\"reason\":\"\"}}") == -EINVAL);
	CHECK(parse("{\"type\":\"steer\",\"data\":{\"group\":3,\"action\":\"undo\",\"ifindex\":1,"
		    "\"reason\":\"\"}}") == -EINVAL);
	CHECK(parse("{\"type\":\"steer\",\"data\":{\"group\":\"x\",\"action\":\"undo\",\"ifindex\":1}}") ==
	      -EINVAL);
}

/* Not in the middle of a character. */
static void cuts_a_long_reason(void)
{
	char text[600] = "{\"type\":\"steer\",\"data\":{\"group\":\"x\",\"action\":\"undo\",\"ifindex\":1,"
			 "\"reason\":\"a";

	for (int i = 0; i < 100; i++)
		strcat(text, "ä");
	strcat(text, "\"}}");
	CHECK(parse(text) == 0);
	CHECK(strlen(request.steer.reason) == REQUEST_REASON_MAX - 2);
}

static const char *configure(const char *ports, const char *probes)
{
	static char text[65536];

	snprintf(text, sizeof(text),
		 "{\"type\":\"configure\",\"data\":{\"ports\":[%s],\"unacked_ms\":50,\"unanswered_ms\":200,"
		 "\"io_stalled_ms\":1000,"
		 "\"probes\":[%s],\"bfd\":[]}}",
		 ports, probes);
	return text;
}

#define PROBE(ifindex, source, target, interval)                                                             \
	"{\"ifindex\":" ifindex ",\"source\":" source ",\"target\":" target ",\"interval_ms\":" interval     \
	",\"method\":\"icmp\",\"burst_ms\":10000,\"lost_after\":3}"
#define BY(method, target, interval, burst)                                                                  \
	"{\"ifindex\":1,\"source\":null,\"target\":" target ",\"interval_ms\":" interval                     \
	",\"method\":" method ",\"burst_ms\":" burst ",\"lost_after\":3}"

#define TAGGED(method, vlan)                                                                                 \
	"{\"ifindex\":1,\"source\":null,\"target\":\"10.0.0.1\",\"interval_ms\":100,\"method\":" method      \
	",\"burst_ms\":20,\"lost_after\":3,\"vlan\":" vlan "}"

static void checks_ports_and_probes(void)
{
	CHECK(parse(configure("", "")) == 0);
	CHECK(parse(configure("[5,4]", "")) == -EINVAL);
	CHECK(parse(configure("[0,4]", "")) == -EINVAL);
	CHECK(parse(configure("[1,65536]", "")) == -EINVAL);
	CHECK(parse(configure("[1]", "")) == -EINVAL);
	CHECK(parse(configure("7", "")) == -EINVAL);
	CHECK(parse(configure("", PROBE("1", "null", "\"10.0.0.1\"", "20"))) == 0);
	CHECK(parse(configure("", PROBE("0", "null", "\"10.0.0.1\"", "20"))) == -EINVAL);
	CHECK(parse(configure("", PROBE("2147483648", "null", "\"10.0.0.1\"", "20"))) == -EINVAL);
	CHECK(parse(configure("", PROBE("1", "null", "null", "20"))) == -EINVAL);
	CHECK(parse(configure("", PROBE("1", "null", "\"10.0.0.1\\u0000\"", "20"))) != 0);
	CHECK(parse(configure("", PROBE("1", "\"fe80::1\"", "\"10.0.0.1\"", "20"))) == -EINVAL);
	CHECK(parse(configure("", PROBE("1", "null", "\"10.0.0.1\"", "19"))) == -EINVAL);
	CHECK_TEXT(why, "probes[0].interval_ms: expected an integer from 20 to 10000");
	CHECK(parse(configure("", PROBE("1", "null", "\"10.0.0.1\"",
					"20") "," PROBE("1", "null", "\"10.0.0.1\"", "50"))) == -EINVAL);
	CHECK_TEXT(why, "probes[1]: the same as probes[0]");
}

static void checks_how_a_leg_is_asked(void)
{
	CHECK(parse(configure("", BY("\"arp\"", "\"10.0.0.1\"", "100", "20"))) == 0);
	CHECK(request.configure.probes[0].method == PROBE_ARP);
	CHECK(parse(configure("", BY("\"arp\"", "\"fe80::1\"", "100", "20"))) == -EINVAL);
	CHECK_TEXT(why, "probes[0].target: expected an IPv4 address, for arp");
	CHECK(parse(configure("", BY("\"nd\"", "\"10.0.0.1\"", "100", "20"))) == -EINVAL);
	CHECK_TEXT(why, "probes[0].target: expected an IPv6 address, for nd");
	CHECK(parse(configure("", BY("\"udp\"", "\"10.0.0.1\"", "100", "20"))) == -EINVAL);
	CHECK_TEXT(why, "probes[0].method: expected icmp, arp or nd");
	CHECK(parse(configure("", BY("0", "\"10.0.0.1\"", "100", "20"))) == -EINVAL);
	CHECK(parse(configure("", BY("\"icmp\"", "\"10.0.0.1\"", "100", "19"))) == -EINVAL);
	CHECK_TEXT(why, "probes[0].burst_ms: expected an integer from 20 to 10000");
	CHECK(parse(configure("", TAGGED("\"arp\"", "4094"))) == 0);
	CHECK(request.configure.probes[0].vlan == 4094);
	CHECK(parse(configure("", TAGGED("\"arp\"", "7") "," TAGGED("\"arp\"", "8"))) == 0);
	CHECK(parse(configure("", TAGGED("\"arp\"", "7") "," TAGGED("\"arp\"", "7"))) == -EINVAL);
	CHECK(parse(configure("", TAGGED("\"arp\"", "4095"))) == -EINVAL);
	CHECK_TEXT(why, "probes[0].vlan: expected an integer from 1 to 4094");
	CHECK(parse(configure("", TAGGED("\"arp\"", "0"))) == -EINVAL);
	CHECK(parse(configure("", TAGGED("\"icmp\"", "7"))) == -EINVAL);
	CHECK_TEXT(why, "probes[0].vlan: not of an icmp probe");
	/* The same leg may be asked in two ways. */
	CHECK(parse(configure("", BY("\"arp\"", "\"10.0.0.1\"", "100",
				     "20") "," BY("\"icmp\"", "\"10.0.0.1\"", "100", "20"))) == 0);
}

static void bounds_the_rate_of_all_probes(void)
{
	static char probes[65536 / 2];

	probes[0] = '\0';
	for (int i = 0; i < 41; i++) {
		size_t used = strlen(probes);

		if (i == 40)
			CHECK(parse(configure("", probes)) == 0); /* 40 at 20 ms are 2000 a second */
		/* The shorter interval counts, whichever it is. */
		snprintf(probes + used, sizeof(probes) - used,
			 "%s" BY("\"icmp\"", "\"10.0.0.%d\"", "%d", "%d"), i ? "," : "", i + 1,
			 i % 2 ? 20 : 1000, i % 2 ? 1000 : 20);
	}
	CHECK(parse(configure("", probes)) == -EINVAL);
	CHECK_TEXT(why, "probes: 2050 echoes a second asked for, at most 2000 are sent");
}

static const char *bfd(const char *sessions)
{
	static char text[65536];

	snprintf(text, sizeof(text),
		 "{\"type\":\"configure\",\"data\":{\"ports\":[],\"unacked_ms\":50,\"unanswered_ms\":200,"
		 "\"io_stalled_ms\":1000,"
		 "\"probes\":[],\"bfd\":[%s]}}",
		 sessions);
	return text;
}

#define BFD(ifindex, local, remote, micro, interval, mult)                                                   \
	"{\"ifindex\":" ifindex ",\"local\":" local ",\"remote\":" remote ",\"micro\":" micro                \
	",\"interval_ms\":" interval ",\"detect_mult\":" mult "}"
#define A1 "\"10.0.0.1\""
#define A2 "\"10.0.0.2\""

static void checks_bfd_sessions(void)
{
	CHECK(parse(bfd(BFD("7", A1, A2, "true", "10", "50"))) == 0);
	CHECK(request.configure.bfd_count == 1 && request.configure.bfd[0].micro);
	CHECK(request.configure.bfd[0].interval_ms == 10 && request.configure.bfd[0].detect_mult == 50);
	CHECK(request.configure.bfd[0].remote.bytes[3] == 2);
	CHECK(parse(bfd(BFD("7", "\"fe80::1\"", "\"fe80::2\"", "false", "10000", "1"))) == 0);
	CHECK(parse(bfd("7")) == -EINVAL);
	CHECK(parse(bfd(BFD("0", A1, A2, "false", "50", "3"))) == -EINVAL);
	CHECK(parse(bfd(BFD("7", A1, A2, "1", "50", "3"))) == -EINVAL);
	CHECK_TEXT(why, "bfd[0].micro: expected true or false");
	CHECK(parse(bfd(BFD("7", A1, A2, "false", "9", "3"))) == -EINVAL);
	CHECK(parse(bfd(BFD("7", A1, A2, "false", "10001", "3"))) == -EINVAL);
	CHECK(parse(bfd(BFD("7", A1, A2, "false", "50", "0"))) == -EINVAL);
	CHECK(parse(bfd(BFD("7", A1, A2, "false", "50", "51"))) == -EINVAL);
	CHECK_TEXT(why, "bfd[0].detect_mult: expected an integer from 1 to 50");
	CHECK(parse(bfd(BFD("7", A1, A1, "false", "50", "3"))) == -EINVAL);
	CHECK(parse(bfd(BFD("7", A1, "\"fe80::2\"", "false", "50", "3"))) == -EINVAL);
	CHECK_TEXT(why, "bfd[0].local: expected another address of remote's family");
	CHECK(parse(bfd(BFD("7", "null", A2, "false", "50", "3"))) == -EINVAL);
	CHECK(parse(bfd(BFD("7", "\"0.0.0.0\"", A2, "false", "50", "3"))) == -EINVAL);
	CHECK(parse(bfd(BFD("7", A1, "\"224.0.0.1\"", "false", "50", "3"))) == -EINVAL);
	CHECK(parse(bfd(BFD("7", A1, "\"255.255.255.255\"", "false", "50", "3"))) == -EINVAL);
	CHECK(parse(bfd(BFD("7", "\"::\"", "\"fe80::2\"", "false", "50", "3"))) == -EINVAL);
	CHECK(parse(bfd(BFD("7", "\"fe80::1\"", "\"ff02::1\"", "false", "50", "3"))) == -EINVAL);
	CHECK_TEXT(why, "bfd[0].remote: expected a unicast address");
	CHECK(parse(bfd(BFD("7", A1, A2, "false", "50", "3") "," BFD("7", "\"10.0.0.3\"", A2, "true", "20",
								     "3"))) == -EINVAL);
	CHECK_TEXT(why, "bfd[1]: the same leg and remote as bfd[0]");
	CHECK(parse(bfd(BFD("7", A1, A2, "false", "50", "3") "," BFD("8", A1, A2, "false", "50", "3"))) == 0);
}

static void bounds_the_number_of_bfd_sessions(void)
{
	static char sessions[65536 / 2];

	sessions[0] = '\0';
	for (int i = 0; i < REQUEST_BFD_MAX + 1; i++) {
		size_t used = strlen(sessions);

		if (i == REQUEST_BFD_MAX)
			CHECK(parse(bfd(sessions)) == 0);
		snprintf(sessions + used, sizeof(sessions) - used, "%s" BFD("%d", A1, A2, "false", "50", "3"),
			 i ? "," : "", i + 1);
	}
	CHECK(parse(bfd(sessions)) == -EINVAL);
	CHECK_TEXT(why, "bfd: expected an array of at most 32");
}

int main(void)
{
	RUN(takes_what_the_schema_allows);
	RUN(refuses_what_is_no_request);
	RUN(checks_every_range);
	RUN(checks_ports_and_probes);
	RUN(reads_what_is_to_be_steered);
	RUN(cuts_a_long_reason);
	RUN(checks_how_a_leg_is_asked);
	RUN(bounds_the_rate_of_all_probes);
	RUN(checks_bfd_sessions);
	RUN(bounds_the_number_of_bfd_sessions);
	return check_done();
}
