/* SPDX-License-Identifier: Apache-2.0 */
/* Records as kernel/printk/printk.c writes them to /dev/kmsg. */
#include "check.h"
#include "../../native/sources/kmsg_parse.c"
#include "../../native/sources/kmsg_clock.h"
#include "../../native/sources/kmsg_limit.h"

static struct kmsg_record r;

static bool parse(const char *text)
{
	return kmsg_parse(text, strlen(text), &r);
}

static void of_a_device(void)
{
	CHECK(parse("3,1543,98765432,-;blk_update_request: critical medium error, dev sda, sector 4660\n"
		    " SUBSYSTEM=scsi\n DEVICE=+scsi:0:0:0:0\n"));
	CHECK(r.facility == 0 && r.frame.level == 3 && r.frame.sequence == 1543 && r.us == 98765432);
	CHECK_TEXT(r.frame.text, "blk_update_request: critical medium error, dev sda, sector 4660");
	CHECK_TEXT(r.frame.subsystem, "scsi");
	CHECK_TEXT(r.frame.device, "+scsi:0:0:0:0");
}

static void of_none(void)
{
	CHECK(parse("4,7,1,-;x\n"));
	CHECK_TEXT(r.frame.text, "x");
	CHECK(!r.frame.subsystem[0] && !r.frame.device[0]);
	CHECK(parse("4,7,1,c,caller=T17;a;b"));
	CHECK_TEXT(r.frame.text, "a;b");
	CHECK(parse("0,7,1,-;"));
	CHECK(r.frame.level == 0 && !r.frame.text[0]);
}

static void of_user_space(void)
{
	CHECK(parse("12,8,2,-;mce: [Hardware Error]: no\n"));
	CHECK(r.facility == 1 && r.frame.level == 4);
	CHECK(parse("2047,8,2,-;x"));
	CHECK(r.facility == 255);
}

static void escapes_stay(void)
{
	CHECK(parse("4,8,2,-;one\\x0atwo \\x5c \\xc3\\xa4\n SUBSYSTEM=a\\x0ab\n"));
	CHECK_TEXT(r.frame.text, "one\\x0atwo \\x5c \\xc3\\xa4");
	CHECK_TEXT(r.frame.subsystem, "a\\x0ab");
}

/* The last escape begins so many bytes before the cut. */
static void cut(int before, size_t expected)
{
	char text[600];
	int fill = FRAME_TEXT_MAX - 1 - before;

	snprintf(
	    text, sizeof(text), "4,8,2,-;%.*s\\x0atail\n SUBSYSTEM=net\n", fill,
	    "----------------------------------------------------------------------------------------------"
	    "----------------------------------------------------------------------------------------------"
	    "----------------------------------------------------------------------------------------------");
	CHECK(parse(text));
	CHECK(strlen(r.frame.text) == expected);
	CHECK_TEXT(r.frame.subsystem, "net");
}

static void cuts_what_is_long(void)
{
	cut(0, 256);
	cut(1, 255);
	cut(2, 254);
	cut(3, 253);
	cut(4, 256);
	cut(5, 256);
}

static void refuses_what_is_none(void)
{
	static const char *const none[] = {"",
					   ";",
					   "4",
					   "4,8,2",
					   "4,8,2,-",
					   "4,8,2;text",
					   "4,8,-;text",
					   "-4,8,2,-;text",
					   "4, 8,2,-;text",
					   ",8,2,-;text",
					   "4,99999999999999999999,2,-;text"};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CHECK(!parse(none[i]));
}

static void a_slow_reader_does_not_move_the_record(void)
{
	struct kmsg_clock c = {0};

	/* The first has nothing to go by; the second is read at once, so that the third's delay of 40 ms
	 * shows, but for what the clocks may have parted in that time. */
	CHECK(kmsg_clock_time(&c, 1000000, 1000900) == 1000900);
	CHECK(kmsg_clock_time(&c, 2000000, 2000100) == 2000100);
	CHECK(kmsg_clock_time(&c, 2000500, 2040500) == 2000600 + 40);
}

static void follows_a_clock_that_is_slewed(void)
{
	struct kmsg_clock c = {0};
	uint64_t hour = 3600000000ULL;

	CHECK(kmsg_clock_time(&c, 0, 100) == 100);
	/* 500 ppm faster, and slower: never later than it was read, never before it was written. */
	CHECK(kmsg_clock_time(&c, hour, hour + hour / 2000 + 100) == hour + hour / 2000 + 100);
	CHECK(kmsg_clock_time(&c, 2 * hour, 2 * hour + 100) == 2 * hour + 100);
	/* A stamp that is ahead of CLOCK_MONOTONIC, which began later. */
	c = (struct kmsg_clock){0};
	CHECK(kmsg_clock_time(&c, 5000000, 4000000) == 4000000);
	CHECK(kmsg_clock_time(&c, 5000010, 4050000) == 4000060);
}

static unsigned int allowed(struct kmsg_limit *l, bool warning, const char *text, unsigned int times,
			    uint64_t us)
{
	unsigned int count = 0;

	while (times--)
		count += kmsg_limit_allows(l, warning, text, us);
	return count;
}

static void bounds_what_is_told(void)
{
	static struct kmsg_limit l;
	unsigned int count = 0;
	char text[32];

	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%u", i);
		count += allowed(&l, false, text, 1, 1000000);
	}
	CHECK(count == KMSG_BURST);
	count = 0;
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%u", i);
		count += allowed(&l, false, text, 1, 2000000);
	}
	CHECK(count == 1000000 / KMSG_SPACING_US);
	CHECK(allowed(&l, true, "a warning", 1, 2000000) == 1);
}

static void a_storm_leaves_room_for_others(void)
{
	static struct kmsg_limit l;

	CHECK(allowed(&l, false, "mce: [Hardware Error]: CPU 1", 1000, 1000000) == KMSG_ALIKE_BURST);
	CHECK(allowed(&l, false, "mce: [Hardware Error]: CPU 2", 1000, 1000000) == 0);
	CHECK(allowed(&l, false, "EXT4-fs error (device sda1)", 1, 1000000) == 1);
	/* And the same an hour later. */
	CHECK(allowed(&l, false, "mce: [Hardware Error]: CPU 1", 1000, 3600000000) == KMSG_ALIKE_BURST);
}

int main(void)
{
	RUN(of_a_device);
	RUN(of_none);
	RUN(of_user_space);
	RUN(escapes_stay);
	RUN(cuts_what_is_long);
	RUN(refuses_what_is_none);
	RUN(a_slow_reader_does_not_move_the_record);
	RUN(follows_a_clock_that_is_slewed);
	RUN(bounds_what_is_told);
	RUN(a_storm_leaves_room_for_others);
	return check_done();
}
