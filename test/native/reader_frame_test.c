/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each frame of the reader, as full and as empty as it can be. With --print it writes them as they go over
 * the wire, for test/unit/native/frame.test.ts to check against the schema.
 */
#include <fcntl.h>
#include "check.h"
#include "tree.h"
#include "encoder.h"
#include "../../native/reader_dmi.c"
#define by_name edac_by_name
#include "../../native/reader_edac.c"
#undef by_name
#include "../../native/reader_hwmon.c"
#include "../../native/reader_subjects.c"
#include "../../native/reader_sysfs.c"
#include "../../native/reader_table.c"
#include "../../native/reader_tell.c"

uint64_t now_us(void)
{
	return 5000000;
}
void log_line(int level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}
int reader_sel_peek(int out, const char *root, const char *subject)
{
	(void)out, (void)root, (void)subject;
	return 1;
}

static char told[32 * 1024 * 1024];
static size_t told_size, told_count;

void reader_wire_tell(struct reader *r, const char *text, size_t size)
{
	(void)r;
	CHECK(text[size - 1] == '\f' && size <= READER_MESSAGE_MAX && told_size + size <= sizeof(told));
	memcpy(told + told_size, text, size);
	told_size += size;
	told_count++;
}
void reader_wire_hello(struct reader *r)
{
	(void)r;
}

static struct reader_tool_state states[sizeof(reader_tools) / sizeof(reader_tools[0])];
static struct reader r = {.who = {.boot_id = "b413452c-bb23-4f74-b2c4-587d2b972cb4", .epoch = 1000},
			  .tools = states};

static struct reader_job job_of(const char *tool, const char *subject)
{
	struct reader_job job = {.tool = reader_tool_find(tool), .started_us = 4000000};

	snprintf(job.subject, sizeof(job.subject), "%s", subject);
	return job;
}

static void a_reading_as_long_as_it_can_be(void)
{
	struct reader_job job = job_of("smartctl", "nvme0n1_and_as_long_as_it_may_be");
	size_t before;

	job.child.output = malloc(READER_OUTPUT_MAX);
	memset(job.child.output, '\0', READER_OUTPUT_MAX);
	job.child.used = READER_OUTPUT_MAX;
	memset(job.child.complaint, '\x01', sizeof(job.child.complaint) - 1);
	before = told_size;
	reader_tell(&r, &job, READER_TRUNCATED, -1, NULL);
	CHECK(told_size - before > 6 * READER_OUTPUT_MAX);
	before = told_count;
	reader_tell(&r, &job, READER_TRUNCATED, -1, NULL);
	CHECK(told_count == before); /* the same */
	reader_tell(&r, &job, READER_TIMEOUT, -1, NULL);
	reader_tell(&r, &job, READER_FAILED, 255, "no memory");
	CHECK(told_count == before + 2);
	reader_tell_gone(&r, &job);
	free(job.child.output);
	free(job.told);
}

static void each_tool_has_readings(void)
{
	for (size_t i = 0; i < reader_tool_count; i++) {
		struct reader_job job = job_of(reader_tools[i].name, "x");

		if (reader_tools[i].kind != READER_READING)
			continue;
		reader_tell(&r, &job, READER_OK, 0, NULL);
		free(job.told);
	}
}

/* What a child wrote, told as the loop does. */
static void tell_child(const char *tool, const char *subject)
{
	struct reader_job job = job_of(tool, subject);
	int fd = open(tree_path("/out"), O_RDWR | O_CREAT | O_TRUNC, 0600);

	job.child.output = calloc(1, READER_OUTPUT_MAX);
	CHECK(!job.tool->read(fd, tree, subject));
	job.child.used = (size_t)pread(fd, job.child.output, READER_OUTPUT_MAX, 0);
	close(fd);
	reader_tell(&r, &job, READER_OK, 0, NULL);
	CHECK(job.told != NULL);
	reader_tell_gone(&r, &job);
	free(job.child.output);
	free(job.told);
}

static void levels_as_full_and_as_empty_as_they_can_be(void)
{
	for (int i = 0; i < 200; i++) {
		static const char *const files[] = {"label", "input", "min", "max", "crit", "alarm", "fault"};
		char name[128];

		for (size_t k = 0; k < sizeof(files) / sizeof(files[0]); k++) {
			snprintf(name, sizeof(name), "/sys/class/hwmon/hwmon1/temp%d_%s", i, files[k]);
			tree_file(name, k ? "-9223372036\n"
					  : "\x01\x02\xff"
					    "a label as long as they come\n");
		}
		snprintf(name, sizeof(name), "/sys/devices/system/edac/mc/mc1/dimm%d/dimm_label", i);
		tree_file(name, "CPU_SrcID#0_Ha#0_Chan#1_DIMM#0\n");
	}
	mkdir(tree_path("/sys/class/hwmon/hwmon2"), 0755);
	mkdir(tree_path("/sys/devices/system/edac/mc/mc2"), 0755);
	tell_child("hwmon", "hwmon1");
	tell_child("hwmon", "hwmon2");
	tell_child("edac", "mc1");
	tell_child("edac", "mc2");
}

static void hello_with_and_without_reasons(void)
{
	static char buf[READER_MESSAGE_MAX];
	int size;

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < reader_tool_count; i++) {
			memset(states[i].reason, round == 1 ? 'x' : 0, sizeof(states[i].reason) - 1);
			memset(states[i].trouble, round == 2 ? '\xff' : 0, sizeof(states[i].trouble) - 1);
		}
		size = reader_encode_hello(&r, buf, sizeof(buf));
		CHECK(size > 0);
		reader_wire_tell(&r, buf, (size_t)size);
	}
}

int main(int argc, char **argv)
{
	bool print = argc == 2 && !strcmp(argv[1], "--print");

	tree_begin();
	if (print) {
		a_reading_as_long_as_it_can_be();
		each_tool_has_readings();
		levels_as_full_and_as_empty_as_they_can_be();
		hello_with_and_without_reasons();
		fwrite(told, 1, told_size, stdout);
	} else {
		RUN(a_reading_as_long_as_it_can_be);
		RUN(each_tool_has_readings);
		RUN(levels_as_full_and_as_empty_as_they_can_be);
		RUN(hello_with_and_without_reasons);
	}
	tree_end();
	return print ? check_failed != 0 : check_done();
}
