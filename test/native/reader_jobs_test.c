/* SPDX-License-Identifier: Apache-2.0 */
/* Real children that are late, endless, garbage or gone, on the real loop; what of it is told. */
#include "reader_stage.h"

static bool is_complete(void)
{
	return complete > 0;
}

static void a_late_child_is_killed_with_all_that_it_started(void)
{
	struct pollfd pipe_end = {.events = POLLIN};
	char command[256];

	begin();
	tree_file("/sys/block/sda/device/type", "0\n");
	mkfifo(tree_path("/alive"), 0600);
	pipe_end.fd = open(tree_path("/alive"), O_RDONLY | O_NONBLOCK);
	/* Only root has process namespaces, in which a group of one's own is no way out. */
	snprintf(command, sizeof(command), "trap '' TERM; (%s sleep 1000 >%s) & sleep 1000",
		 geteuid() == 0 ? "setsid" : "", tree_path("/alive"));
	script("late", command);
	CHECK(!reader_jobs_start(&r));
	CHECK(until(is_complete));
	CHECK_TEXT(text_of(told("late", "sda"), "outcome"), "timeout");
	CHECK(exit_code_of(told("late", "sda")) == -1);
	/* No writer is left: the end of the file. */
	CHECK(poll(&pipe_end, 1, 10000) == 1 && pipe_end.revents & POLLHUP);
	close(pipe_end.fd);
	end();
}

static bool both_late(void)
{
	return told("late", "sda") && told("late", "sdb") && !r.jobs->next->child.pid;
}

static bool logged_stuck(void)
{
	return r.jobs->stuck_logged;
}

static bool told_again(void)
{
	const json_t *frame = told("late", r.jobs->subject);

	return frame && !strcmp(text_of(frame, "outcome"), "ok");
}

static bool first_started(void)
{
	return r.jobs->child.pid != 0;
}

static void one_that_does_not_end_keeps_nobody_from_running(void)
{
	pid_t stuck;

	begin();
	tree_file("/sys/block/sda/device/type", "0\n");
	tree_file("/sys/block/sdb/device/type", "0\n");
	script("late", "sleep 1000");
	CHECK(!reader_jobs_start(&r));
	r.jobs->due_us = 0;
	CHECK(until(first_started));
	immune = stuck = r.jobs->child.pid;
	CHECK(until(both_late));
	script("late", "echo well");
	r.jobs->due_us = r.jobs->next->due_us = 0;
	CHECK(!reader_jobs_ask(&r, "late", r.jobs->subject));
	CHECK(until(logged_stuck));
	/* The other has had its second run, it has not. */
	CHECK_TEXT(text_of(told("late", r.jobs->next->subject), "output"), "well\n");
	CHECK_TEXT(text_of(told("late", r.jobs->subject), "outcome"), "timeout");
	CHECK(r.jobs->child.pid == stuck);
	immune = 0;
	kill(stuck, SIGKILL);
	CHECK(until(told_again));
	CHECK(!r.jobs->stuck_logged);
	end();
}

static void of_an_endless_output_a_bounded_part_is_told(void)
{
	const json_t *frame;

	begin();
	tree_file("/dev/ipmi0", "");
	script("endless", "while :; do echo 0123456789012345678901234567890123456789; done");
	CHECK(!reader_jobs_start(&r));
	CHECK(until(is_complete));
	frame = told("endless", "bmc");
	CHECK_TEXT(text_of(frame, "outcome"), "truncated");
	CHECK(strlen(text_of(frame, "output")) == READER_OUTPUT_MAX);
	CHECK(exit_code_of(frame) == -1);
	end();
}

/* That it is JSON has been checked when it was told. */
static void garbage_is_told_as_text(void)
{
	const char *output;

	begin();
	tree_file("/dev/ipmi0", "");
	script("garbage", "printf 'a\\000\\377\\014\\033\"\\\\\\303'; printf 'b\\200\\r\\nc' >&2; exit 1");
	CHECK(!reader_jobs_start(&r));
	CHECK(until(is_complete));
	output = text_of(told("garbage", "bmc"), "output");
	CHECK_TEXT(output, "a\xef\xbf\xbd\xef\xbf\xbd\f\x1b\"\\\xef\xbf\xbd");
	CHECK_TEXT(text_of(told("garbage", "bmc"), "complaint"), "b\xef\xbf\xbd");
	CHECK_TEXT(text_of(told("garbage", "bmc"), "outcome"), "failed");
	end();
}

static void a_child_has_a_small_world(void)
{
	const char *output;

	begin();
	tree_file("/dev/ipmi0", "");
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	setenv("LANG", "de_DE.UTF-8", 1);
	setenv("LD_PRELOAD", "", 1);
	dup2(STDERR_FILENO, 50); /* left open by who started us */
	script("environment",
	       "/usr/bin/env; echo \"$*\"; readlink /proc/self/fd/0; ulimit -c; ls /proc/self/fd");
	CHECK(!reader_jobs_start(&r));
	CHECK(until(is_complete));
	output = text_of(told("environment", "bmc"), "output");
	CHECK(strstr(output, "LC_ALL=C\n") && strstr(output, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"));
	CHECK(!strstr(output, "LANG=") && !strstr(output, "LD_PRELOAD"));
	CHECK(strstr(output, "word /dev/bmc\n/dev/null\n"));
	/* The folder itself, and in some shells the script (10). */
	CHECK(strstr(output, "\n0\n1\n") && strstr(output, "\n2\n3\n") && !strstr(output, "\n4\n") &&
	      !strstr(output, "\n50\n"));
	close(50);
	end();
}

static void exit_codes_are_bits(void)
{
	begin();
	tree_file("/sys/block/sda/device/type", "0\n");
	tree_file("/sys/block/sdb/device/type", "0\n");
	tree_file("/sys/block/sdc/device/type", "0\n");
	script("exits", "case $2 in */sda) exit 72;; */sdb) exit 2;; *) exit 3;; esac");
	CHECK(!reader_jobs_start(&r));
	CHECK(until(is_complete));
	CHECK_TEXT(text_of(told("exits", "sda"), "outcome"), "ok");
	CHECK(exit_code_of(told("exits", "sda")) == 72);
	CHECK_TEXT(text_of(told("exits", "sdb"), "outcome"), "failed");
	/* It sleeps. */
	CHECK_TEXT(text_of(told("exits", "sdc"), "outcome"), "ok");
	end();
}

static uint64_t first_us;

static bool has_run_again(void)
{
	return r.jobs->started_us != first_us && !r.jobs->child.pid;
}

static bool second_told(void)
{
	return times("exits") == 2;
}

static bool is_gone(void)
{
	return r.jobs == NULL;
}

static void what_was_told_is_told_again_only_if_it_differs(void)
{
	const json_t *frame;

	begin();
	tree_file("/sys/block/sda/device/type", "0\n");
	script("exits", "echo same");
	CHECK(!reader_jobs_start(&r));
	CHECK(until(is_complete));
	first_us = r.jobs->started_us;
	CHECK(!reader_jobs_ask(&r, "exits", "sda"));
	CHECK(until(has_run_again));
	CHECK(times("exits") == 1);
	script("exits", "echo different");
	CHECK(!reader_jobs_ask(&r, "exits", "sda"));
	CHECK(until(second_told));
	CHECK_TEXT(text_of(told("exits", "sda"), "output"), "different\n");
	CHECK(reader_jobs_ask(&r, "exits", "sdz") == -ENOENT && reader_jobs_ask(&r, "sh", "sda") == -ENOENT);
	tree_remove("/sys/block/sda");
	CHECK(until(is_gone));
	frame = told("exits", "sda");
	CHECK_TEXT(text_of(frame, "outcome"), "gone");
	CHECK_TEXT(text_of(frame, "output"), "");
	end();
}

static bool is_absent(void)
{
	return r.tools[5].reason[0] != '\0';
}

static void what_is_missing_is_named(void)
{
	static char buf[READER_MESSAGE_MAX];

	begin();
	script("exits", "");
	CHECK(!reader_jobs_start(&r));
	CHECK(until(is_complete));
	CHECK(is_absent() && !r.jobs);
	CHECK(reader_encode_hello(&r, buf, sizeof(buf)) > 0);
	CHECK(strstr(buf, "{\"tool\":\"missing\",\"state\":\"absent\",\"reason\":\"no missing in /usr/sbin, "
			  "/usr/bin, /sbin or /bin\",\"interval_ms\":60000}"));
	CHECK(
	    strstr(buf, "{\"tool\":\"exits\",\"state\":\"absent\",\"reason\":\"no SCSI, SATA or NVMe disk"));
	end();
}

static void of_too_many_subjects_the_rest_is_named(void)
{
	begin();
	script("exits", "");
	for (int i = 0; i < READER_JOBS_MAX + 3; i++) {
		char name[64];

		snprintf(name, sizeof(name), "/sys/block/sd%d/device/type", i);
		tree_file(name, "0\n");
	}
	CHECK(!reader_jobs_start(&r));
	CHECK(r.job_count == READER_JOBS_MAX);
	CHECK_TEXT(r.tools[4].left, "3 more are not read: there is room for 512 in all");
	end();
}

static unsigned int peeks;
static uint64_t last_start_us;

static bool peeked_thrice(void)
{
	if (r.jobs->started_us != last_start_us && !r.jobs->child.pid)
		peeks++;
	if (!r.jobs->child.pid)
		last_start_us = r.jobs->started_us;
	return peeks >= 3;
}

static bool peeked_told(void)
{
	return times("peeked") > 0;
}

static bool peeked_twice_told(void)
{
	return times("peeked") > 1;
}

static void without_news_the_tool_is_not_run(void)
{
	begin();
	tree_file("/dev/ipmi0", "");
	tree_file("/peek", "1\n");
	script("environment", "date +%N");
	CHECK(!reader_jobs_start(&r));
	/* Of two tools with that program only the one that peeks. */
	while (strcmp(r.jobs->tool->name, "peeked")) {
		struct reader_job *other = r.jobs;

		r.jobs = other->next;
		free(other);
		r.job_count--;
	}
	CHECK(until(peeked_told));
	peeks = 0;
	CHECK(until(peeked_thrice));
	CHECK(times("peeked") == 1);
	tree_file("/peek", "2\n");
	CHECK(until(peeked_twice_told));
	end();
}

int main(void)
{
	RUN(a_late_child_is_killed_with_all_that_it_started);
	RUN(one_that_does_not_end_keeps_nobody_from_running);
	RUN(of_an_endless_output_a_bounded_part_is_told);
	RUN(garbage_is_told_as_text);
	RUN(a_child_has_a_small_world);
	RUN(exit_codes_are_bits);
	RUN(what_was_told_is_told_again_only_if_it_differs);
	RUN(what_is_missing_is_named);
	RUN(of_too_many_subjects_the_rest_is_named);
	RUN(without_news_the_tool_is_not_run);
	return check_done();
}
