/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For reader_jobs_test.c: the reader on a real loop with real children, its programs shell scripts in a
 * folder; what it tells is kept.
 */
#ifndef PATHWARDEN_READER_STAGE_H
#define PATHWARDEN_READER_STAGE_H

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
#include "../../native/caps.c"
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

/* The programs of the test in the place of the table's, and how a vector is made of it. */
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

#endif
