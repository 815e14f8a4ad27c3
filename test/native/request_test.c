/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "../../native/request.c"

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
	CHECK(parse("{\"type\":\"configure\",\"data\":{\"ports\":[[3260,3260],[1,65535]],\"unacked_ms\":50,"
		    "\"unanswered_ms\":200,\"probes\":[{\"ifindex\":7,\"source\":null,\"target\":\"fe80::1\","
		    "\"interval_ms\":20,\"lost_after\":3}]}}") == 0);
	CHECK(request.configure.port_count == 2 && request.configure.ports[1].high == 65535);
	CHECK(request.configure.probe_count == 1);
	CHECK(request.configure.probes[0].target.family == 6 &&
	      request.configure.probes[0].source.family == 0);
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

static const char *configure(const char *ports, const char *probes)
{
	static char text[65536];

	snprintf(text, sizeof(text),
		 "{\"type\":\"configure\",\"data\":{\"ports\":[%s],\"unacked_ms\":50,\"unanswered_ms\":200,"
		 "\"probes\":[%s]}}",
		 ports, probes);
	return text;
}

#define PROBE(ifindex, source, target, interval)                                                             \
	"{\"ifindex\":" ifindex ",\"source\":" source ",\"target\":" target ",\"interval_ms\":" interval     \
	",\"lost_after\":3}"

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

static void bounds_the_rate_of_all_probes(void)
{
	static char probes[65536 / 2];

	probes[0] = '\0';
	for (int i = 0; i < 41; i++) {
		size_t used = strlen(probes);

		if (i == 40)
			CHECK(parse(configure("", probes)) == 0); /* 40 at 20 ms are 2000 a second */
		snprintf(probes + used, sizeof(probes) - used, "%s" PROBE("%d", "null", "\"10.0.0.1\"", "20"),
			 i ? "," : "", i + 1);
	}
	CHECK(parse(configure("", probes)) == -EINVAL);
	CHECK_TEXT(why, "probes: 2050 echoes a second asked for, at most 2000 are sent");
}

int main(void)
{
	RUN(takes_what_the_schema_allows);
	RUN(refuses_what_is_no_request);
	RUN(checks_every_range);
	RUN(checks_ports_and_probes);
	RUN(bounds_the_rate_of_all_probes);
	return check_done();
}
