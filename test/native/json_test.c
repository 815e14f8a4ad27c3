/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "../../native/json.c"

static const char *text_of(enum json_style style, const char *value, size_t max)
{
	static char buf[256];
	struct json j;

	json_start(&j, style, buf, sizeof(buf));
	json_put_text(&j, "n", value, max);
	return json_finish(&j) < 0 ? "overflow" : buf;
}

static void escapes_what_a_name_may_contain(void)
{
	CHECK_TEXT(text_of(JSON_WIRE, "eth0", 16), "\"n\":\"eth0\"");
	CHECK_TEXT(text_of(JSON_WIRE, "a\"b\\c", 16), "\"n\":\"a\\\"b\\\\c\"");
	CHECK_TEXT(text_of(JSON_WIRE, "\f\n\x01\x7f", 16), "\"n\":\"\\u000c\\u000a\\u0001\\u007f\"");
	CHECK_TEXT(text_of(JSON_WIRE, "gr\xc3\xbc\xc3\x9f", 16), "\"n\":\"gr\xc3\xbc\xc3\x9f\"");
	CHECK_TEXT(text_of(JSON_WIRE, "\xf0\x9f\x94\x8c", 16), "\"n\":\"\xf0\x9f\x94\x8c\"");
}

static void replaces_what_is_not_utf8(void)
{
#define U "\\ufffd"
	CHECK_TEXT(text_of(JSON_WIRE, "a\xff", 16), "\"n\":\"a" U "\"");
	CHECK_TEXT(text_of(JSON_WIRE, "\xc3", 16), "\"n\":\"" U "\"");			 /* cut off */
	CHECK_TEXT(text_of(JSON_WIRE, "\xc0\x80", 16), "\"n\":\"" U U "\"");		 /* overlong */
	CHECK_TEXT(text_of(JSON_WIRE, "\xed\xa0\x80", 16), "\"n\":\"" U U U "\"");	 /* surrogate */
	CHECK_TEXT(text_of(JSON_WIRE, "\xf4\x90\x80\x80", 16), "\"n\":\"" U U U U "\""); /* beyond U+10FFFF */
	CHECK_TEXT(text_of(JSON_WIRE, "\xe2\x82\xac\xe2\x82", 5), "\"n\":\"\xe2\x82\xac" U U "\"");
	CHECK_TEXT(text_of(JSON_WIRE, "a\xef\xbf\xbd", 16), "\"n\":\"a" U "\""); /* said so by another */
}

static void stops_at_max(void)
{
	CHECK_TEXT(text_of(JSON_WIRE, "abcdef", 3), "\"n\":\"abc\"");
	CHECK_TEXT(text_of(JSON_TEXT, "abc", 3), "n=abc");
	CHECK_TEXT(text_of(JSON_TEXT, "a b", 3), "n=\"a b\"");
	CHECK_TEXT(text_of(JSON_TEXT, "", 3), "n=\"\"");
}

static void never_writes_past_the_end(void)
{
	for (size_t size = 0; size < 64; size++) {
		char buf[64];
		struct json j;
		int r;

		memset(buf, '#', sizeof(buf));
		json_start(&j, JSON_WIRE, buf, size);
		json_open(&j, NULL, '{');
		json_put_uint(&j, "a", UINT64_MAX);
		json_put_text(&j, "b", "\x01\x02", 8);
		json_put_null(&j, "c");
		json_close(&j, '}');
		r = json_finish(&j);
		CHECK(r < 0 ? r == -ENOSPC : (size_t)r < size && buf[r] == '\0');
		for (size_t i = size; i < sizeof(buf); i++)
			CHECK(buf[i] == '#');
	}
}

static void puts_commas_where_they_belong(void)
{
	char buf[128];
	struct json j;

	json_start(&j, JSON_WIRE, buf, sizeof(buf));
	json_open(&j, NULL, '{');
	json_open(&j, "list", '[');
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_put_uint(&j, NULL, 1);
	json_close(&j, ']');
	json_put_bool(&j, "yes", true);
	json_put_int(&j, "minus", -5);
	json_close(&j, '}');
	CHECK(json_finish(&j) > 0);
	CHECK_TEXT(buf, "{\"list\":[{},1],\"yes\":true,\"minus\":-5}");
}

int main(void)
{
	RUN(escapes_what_a_name_may_contain);
	RUN(replaces_what_is_not_utf8);
	RUN(stops_at_max);
	RUN(never_writes_past_the_end);
	RUN(puts_commas_where_they_belong);
	return check_done();
}
