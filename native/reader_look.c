/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to be read, looked for again and again: jobs come and go with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "reader.h"

/* A few folders of sysfs. */
#define LOOK_US 2000000
/* First runs are spread over this. */
#define SPREAD_US 1000000

struct reader_job *reader_job_find(struct reader *r, const struct reader_tool *tool, const char *subject)
{
	struct reader_job *job = r->jobs;

	while (job && (job->tool != tool || strcmp(job->subject, subject)))
		job = job->next;
	return job;
}

struct look {
	struct reader *r;
	const struct reader_tool *tool;
	size_t found, left; /* left: for which there is no room */
};

static void add(struct reader *r, const struct reader_tool *tool, const char *subject)
{
	struct reader_job *job = calloc(1, sizeof(*job)), **at = &r->jobs;
	uint64_t spread = tool->interval_ms * 1000ULL < SPREAD_US ? tool->interval_ms * 1000ULL : SPREAD_US;

	if (!job)
		return;
	*job = (struct reader_job){
	    .id = ++r->next_id, .tool = tool, .present = true, .child = {.out = -1, .err = -1}};
	snprintf(job->subject, sizeof(job->subject), "%s", subject);
	job->due_us = now_us() + (uint64_t)random() % spread;
	while (*at)
		at = &(*at)->next;
	*at = job; /* at the end: by rising id */
	r->job_count++;
}

static void found(void *data, const char *subject)
{
	struct look *look = data;
	struct reader_job *job = reader_job_find(look->r, look->tool, subject);

	look->found++;
	if (job)
		job->present = true;
	else if (look->r->job_count < READER_JOBS_MAX)
		add(look->r, look->tool, subject);
	else
		look->left++;
}

/* One whose child does not end stays until it has. */
static void drop_gone(struct reader *r)
{
	for (struct reader_job **at = &r->jobs, *job; (job = *at);) {
		if (job->present) {
			at = &job->next;
			continue;
		}
		if (reader_is_running(job))
			reader_child_kill(&job->child);
		reader_tell_gone(r, job);
		free(job->told);
		job->told = NULL;
		if (job->child.pid) {
			at = &job->next;
			continue;
		}
		*at = job->next;
		free(job);
		r->job_count--;
	}
}

static bool set_reason(char now[READER_REASON_MAX], const char *reason)
{
	if (!strcmp(now, reason))
		return false;
	snprintf(now, READER_REASON_MAX, "%s", reason);
	return true;
}

static bool set_left(struct reader_tool_state *state, size_t left)
{
	char text[READER_REASON_MAX] = "";

	if (left)
		snprintf(text, sizeof(text), "%zu more are not read: there is room for %d in all", left,
			 READER_JOBS_MAX);
	return set_reason(state->left, text);
}

void reader_look(struct reader *r)
{
	bool changed = false;

	r->look_us = now_us() + LOOK_US;
	for (struct reader_job *job = r->jobs; job; job = job->next)
		job->present = false;
	for (size_t i = 0; i < reader_tool_count; i++) {
		struct look one = {.r = r, .tool = &reader_tools[i]};
		struct reader_tool_state *state = &r->tools[i];

		if (!state->usable)
			continue;
		reader_each_subject(reader_tools[i].on, r->options.root, found, &one);
		changed |= set_reason(state->reason, one.found ? "" : reader_no_subject(reader_tools[i].on));
		changed |= set_left(state, one.left);
	}
	drop_gone(r);
	if (changed)
		reader_wire_hello(r);
}
