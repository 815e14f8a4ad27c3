/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to DM_TABLE_STATUS, as drivers/md/dm-mpath.c (multipath_status) and its path selectors write them.
 */
#include <errno.h>
#include "check.h"
#include "../../native/sources/dm_parse.c"

static struct dm_status status;

/* Linux 6.1, service-time, one group: of this very test's guest. */
static void one_group(void)
{
	CHECK(!dm_parse_paths("2 0 1 0 1 1 A 0 2 2 8:0 F 1 0 1 8:16 A 0 0 1 ", &status));
	CHECK(status.path_count == 2 && !status.more);
	CHECK(status.paths[0].major == 8 && status.paths[0].minor == 0);
	CHECK(!status.paths[0].active && status.paths[0].failures == 1);
	CHECK(status.paths[1].minor == 16 && status.paths[1].active && status.paths[1].failures == 0);
}

/* round-robin says nothing of a path; the second group is switched off, and of the first each path has
 * failed. */
static void groups(void)
{
	CHECK(!dm_parse_paths(
	    "2 0 0 0 3 2 E 0 1 0 8:16 F 3 D 0 1 0 65:32 A 0 A 0 2 0 259:1 A 4294967295 8:32 A 0", &status));
	CHECK(status.path_count == 4);
	CHECK(status.paths[1].major == 65 && status.paths[1].minor == 32);
	CHECK(status.paths[2].failures == UINT32_MAX);
	/* historical-service-time: four words for each path, and some for the group. */
	CHECK(!dm_parse_paths("2 0 1 0 1 1 A 2 x y 1 4 8:0 A 0 1 22 333 4444", &status));
	CHECK(status.path_count == 1);
}

/* A map without a path: none was ever there, or multipathd took the last one out. */
static void no_paths(void)
{
	CHECK(!dm_parse_paths("2 0 0 0 0 0 ", &status));
	CHECK(status.path_count == 0);
}

static void more_paths_than_we_tell(void)
{
	char text[1024] = "2 0 1 0 1 1 A 0 20 0";

	for (int i = 0; i < 20; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " 8:%d A 0", i * 16);
	CHECK(!dm_parse_paths(text, &status));
	CHECK(status.path_count == DM_PATHS_MAX && status.more);
}

static void not_whole(void)
{
	static const char whole[] = "2 0 1 0 1 1 A 0 2 2 8:0 F 1 0 1 8:16 A 0 0 1";
	static const char *const bad[] = {
	    "-1 0",
	    "99999999999999999999 0",
	    "2 0 1 0 4294967295 1 A 0 0 0",
	    "2 0 1 0 1 1 A 0 1 4294967295 8:0 A 0",
	    "2 0 1 0 1 1 A 0 1 0 8 A 0",
	    "2 0 1 0 1 1 A 0 1 0 8:x A 0",
	    "2 0 1 0 1 1 A 0 1 0 :0 A 0",
	    "2 0 1 0 1 1 A 0 1 0 8:99999999999 A 0",
	    "2 0 1 0 1 1 A 0 1 0 8:0 B 0",
	    "2 0 1 0 1 1 A 0 1 0 8:0 AA 0",
	    "2 0 1 0 1 1 A 0 1 0 8:0 A -1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (dm_parse_paths(bad[i], &status) != -EBADMSG) {
			check_failed++;
			printf("# taken: %s\n", bad[i]);
		}
	for (size_t size = 0; size < sizeof(whole) - 1; size++) {
		char part[sizeof(whole)] = "";

		memcpy(part, whole, size);
		CHECK(dm_parse_paths(part, &status) == -EBADMSG);
	}
}

/* --- the whole answer --- */

static union {
	struct dm_ioctl head;
	char bytes[1024];
} answer;

static void compose(const char *target, const char *text)
{
	struct dm_target_spec spec = {.length = 32768};
	size_t at = sizeof(answer.head) + sizeof(spec);

	memset(&answer, 0x5a, sizeof(answer));
	answer.head = (struct dm_ioctl){.version = {4, 47, 0},
					.data_start = sizeof(answer.head),
					.target_count = 1,
					.flags = DM_ACTIVE_PRESENT_FLAG,
					.name = "mpatha"};
	strncpy(spec.target_type, target, sizeof(spec.target_type));
	memcpy(answer.bytes + sizeof(answer.head), &spec, sizeof(spec));
	strcpy(answer.bytes + at, text);
	answer.head.data_size = (uint32_t)(at + strlen(text) + 1);
}

static int parse(void)
{
	return dm_parse(answer.bytes, sizeof(answer.bytes), &status);
}

static void whole_answer(void)
{
	compose("multipath", "2 0 1 0 1 1 A 0 1 0 8:0 A 0");
	CHECK(parse() == 0);
	CHECK_TEXT(status.name, "mpatha");
	CHECK(status.path_count == 1);
	memset(answer.head.name, 'n', sizeof(answer.head.name));
	CHECK(parse() == 0 && strlen(status.name) == sizeof(status.name) - 1);
}

static void no_answer_of_ours(void)
{
	compose("linear", "");
	CHECK(parse() == -ENOMSG);
	compose("multipath", "2 0 1 0 0 0");
	answer.head.target_count = 0;
	CHECK(parse() == -ENOMSG);
	compose("multipath", "2 0 1 0 0 0");
	answer.head.flags |= DM_BUFFER_FULL_FLAG;
	CHECK(parse() == -ENOSPC);
}

static void sizes_that_lie(void)
{
	compose("multipath", "2 0 1 0 0 0");
	CHECK(dm_parse(answer.bytes, sizeof(answer.head) - 1, &status) == -EBADMSG);
	CHECK(dm_parse(answer.bytes, sizeof(answer.head) + 8, &status) == -EBADMSG);
	answer.head.data_start = UINT32_MAX;
	CHECK(parse() == -EBADMSG);
	answer.head.data_start = sizeof(answer.bytes) - 8;
	CHECK(parse() == -EBADMSG);
	/* No NUL within what it says that there is. */
	compose("multipath", "2 0 1 0 0 0");
	answer.head.data_size--;
	CHECK(parse() == -EBADMSG);
	/* More than it handed over. */
	compose("multipath", "2 0 1 0 0 0");
	answer.head.data_size = UINT32_MAX;
	CHECK(parse() == 0);
}

int main(void)
{
	RUN(one_group);
	RUN(groups);
	RUN(no_paths);
	RUN(more_paths_than_we_tell);
	RUN(not_whole);
	RUN(whole_answer);
	RUN(no_answer_of_ours);
	RUN(sizes_that_lie);
	return check_done();
}
