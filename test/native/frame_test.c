/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One frame of each type with every field set, and one with as little as there can be. With --print it writes
 * all of them as they go over the wire, for test/unit/native/frame.test.ts to check against the schema.
 */
#include <stdlib.h>
#include "check.h"
#include "encoder.h"
#include "frame_samples_bond.h"
#include "frame_samples_events.h"
#include "frame_samples_flow.h"
#include "frame_samples_hardware.h"
#include "frame_samples_net.h"
#include "frame_samples_ras.h"
#include "frame_samples_storage.h"

static const struct frame_identity who = {.boot_id = "b413452c-bb23-4f74-b2c4-587d2b972cb4", .epoch = 1000};

static size_t samples(struct frame *out)
{
	struct frame *end = net_samples(out);

	end = flow_samples(end);
	end = bond_samples(end);
	end = storage_samples(end);
	end = event_samples(end);
	end = ras_samples(end);
	end = hardware_samples(end);
	return (size_t)(end - out);
}

static struct frame all[192];

static void every_type_fits_the_wire(void)
{
	size_t count = samples(all);
	bool seen[96] = {0};

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
	f = full_md();
	f.md.member_count = 255;
	CHECK(frame_size(&f) <= sizeof(f));
	f = full_eeprom();
	f.module_eeprom.page_count = 255;
	CHECK(frame_size(&f) <= sizeof(f));
	f = (struct frame){.type = FRAME_KMSG, .kmsg.text = "short"};
	CHECK(frame_size(&f) < 160);
	memset(f.kmsg.text, 'x', sizeof(f.kmsg.text));
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
