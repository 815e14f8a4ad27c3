/* SPDX-License-Identifier: Apache-2.0 */
/* Real children that are late, endless, garbage or gone, on the real loop; what of it is told. */
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include "check.h"
#include "tree.h"
#include "encoder.h"
#include "../../native/log.c"
#include "../../native/loop.c"
#include "../../native/reader_harden.c"
#include "../../native/reader_subjects.c"
#include "../../native/reader_sysfs.c"
#include "../../native/reader_tell.c"

/* A child that waits in the kernel cannot be made at will: one that SIGKILL does not reach is as good. */
static pid_t immune;
static int some_kill(pid_t pid, int signal)
{
	return immune && (pid == immune || pid == -immune) ? 0 : kill(pid, signal);
}
#define kill some_kill
#define start start_child
#include "../../native/reader_child.c"
#undef start
#include "../../native/reader_jobs.c"
#include "../../native/reader_look.c"
#undef kill

/* The programs of this test in the place of the table's, and how a vector is made of it. */
#define PROGRAM(n, on_what, deadline)                                                                        \
	{                                                                                                    \
		.name = n, .program = n, .args = {"word", READER_DEVICE}, .on = on_what,                     \
		.interval_ms = 60000, .deadline_ms = deadline, .failed_bits = 3, .asleep_code = 3            \
	}

static int peek_file(int out, const char *root, const char *subject);

const struct reader_tool reader_tools[] = {
    PROGRAM("late", READER_DISKS, 300),
    PROGRAM("endless", READER_BMC, 20000),
    PROGRAM("garbage", READER_BMC, 20000),
    PROGRAM("environment", READER_BMC, 20000),
    PROGRAM("exits", READER_DISKS, 20000),
    PROGRAM("missing", READER_BMC, 20000),
    {.name = "peeked",
     .program = "environment",
     .on = READER_BMC,
     .interval_ms = 1000,
     .deadline_ms = 20000,
     .failed_bits = 0xff,
     .peek = peek_file},
};
const size_t reader_tool_count = sizeof(reader_tools) / sizeof(reader_tools[0]);
#define reader_tools table_tools
#define reader_tool_count table_count
#define reader_tool_find table_find
#include "../../native/reader_table.c"
#undef reader_tools
#undef reader_tool_count
#undef reader_tool_find

const struct reader_tool *reader_tool_find(const char *name)
{
	for (size_t i = 0; i < reader_tool_count; i++)
		if (!strcmp(reader_tools[i].name, name))
			return &reader_tools[i];
	return NULL;
}

static int peek_file(int out, const char *root, const char *subject)
{
	char line[32];

	(void)subject;
	return !reader_sysfs_line(root, "peek", line, sizeof(line)) || !reader_write(out, line, strlen(line));
}
int reader_dmi(int out, const char *root, const char *subject)
{
	return peek_file(out, root, subject);
}
int reader_hwmon(int out, const char *root, const char *subject)
{
	return peek_file(out, root, subject);
}
int reader_edac(int out, const char *root, const char *subject)
{
	return peek_file(out, root, subject);
}
int reader_sel_peek(int out, const char *root, const char *subject)
{
	return peek_file(out, root, subject);
}

/* --- what is told --- */

static json_t *frames;
static unsigned int complete, hellos;

void reader_wire_tell(struct reader *r, const char *text, size_t size)
{
	json_error_t error;
	json_t *frame = json_loadb(text, size - 1, JSON_REJECT_DUPLICATES, &error);

	(void)r;
	CHECK(frame && text[size - 1] == '\f');
	json_array_append_new(frames, frame);
}
void reader_wire_complete(struct reader *r)
{
	(void)r;
	complete++;
}
void reader_wire_hello(struct reader *r)
{
	(void)r;
	hellos++;
}

static struct reader r;

static const char *text_of(const json_t *frame, const char *field)
{
	const char *text = json_string_value(json_object_get(json_object_get(frame, "data"), field));

	return text ? text : "none";
}

static int exit_code_of(const json_t *frame)
{
	const json_t *code = json_object_get(json_object_get(frame, "data"), "exit_code");

	return json_is_integer(code) ? (int)json_integer_value(code) : -1;
}

/* The last of a tool and a subject. */
static const json_t *told(const char *tool, const char *subject)
{
	for (size_t i = json_array_size(frames); i-- > 0;) {
		const json_t *frame = json_array_get(frames, i);

		if (!strcmp(text_of(frame, "tool"), tool) && !strcmp(text_of(frame, "subject"), subject))
			return frame;
	}
	return NULL;
}

static size_t times(const char *tool)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(frames); i++)
		count += !strcmp(text_of(json_array_get(frames, i), "tool"), tool);
	return count;
}

/* --- the loop, until something holds --- */

static bool (*wanted)(void);
static uint64_t give_up_us;

static void look_whether(void *data)
{
	(void)data;
	if (wanted() || now_us() > give_up_us)
		loop_stop(r.loop);
}

static void child_died(void *data, uint32_t events)
{
	char bytes[1024];

	(void)events;
	while (read(*(int *)data, bytes, sizeof(bytes)) > 0)
		;
	reader_jobs_reap(&r);
}

static bool until(bool (*what)(void))
{
	wanted = what;
	give_up_us = now_us() + 20000000;
	r.loop->stopping = what();
	loop_run(r.loop);
	return what();
}

static void script(const char *name, const char *body)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "/usr/sbin/%s", name);
	snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", body);
	tree_file(path, text);
	chmod(tree_path(path), 0755);
}

static int signals;

static void begin(void)
{
	sigset_t set;

	tree_begin();
	frames = json_array();
	complete = 0;
	r = (struct reader){
	    .options = {.root = tree}, .loop = loop_new(), .who = {.boot_id = "b", .epoch = 1}};
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	loop_add_fd(r.loop, signals, EPOLLIN, child_died, &signals);
	loop_after_each(r.loop, look_whether, NULL);
}

static void end(void)
{
	reader_jobs_stop(&r);
	loop_remove_fd(r.loop, signals);
	close(signals);
	loop_free(r.loop);
	json_decref(frames);
	tree_end();
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* --- tests --- */

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

static bool asked_again(void)
{
	return r.jobs->started_us > 0 && !r.jobs->child.pid && r.jobs->due_us > now_us();
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
	CHECK(!reader_jobs_ask(&r, "exits", "sda"));
	CHECK(until(asked_again));
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
	RUN(without_news_the_tool_is_not_run);
	return check_done();
}
