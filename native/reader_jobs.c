/* SPDX-License-Identifier: Apache-2.0 */
/* What is run when: each tool for each of its subjects, a few at a time. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "log.h"
#include "reader.h"

#define RUNNING_MAX 4
/* Killed, and yet there: they wait in the kernel. With more of them the host has other troubles. */
#define STUCK_MAX 16
/* After its deadline a child that was killed has so long until it counts as stuck. */
#define DIES_WITHIN_US 2000000
#define ASKED_SPACING_US 1000000
/* Where a peek says that nothing is new, it is run nevertheless after this. */
#define UNPEEKED_US 600000000
/* After a run a tool rests for so many times as long as it took. */
#define RESTS 3

static struct reader_tool_state *state_of(struct reader *r, const struct reader_job *job)
{
	return &r->tools[job->tool - reader_tools];
}

static bool is_stuck(const struct reader_job *job)
{
	return job->child.pid && job->child.killed;
}

/* Is the first word on everything out? */
static void note_completeness(struct reader *r)
{
	for (struct reader_job *job = r->jobs; job && !r->complete; job = job->next)
		if (job->present && !job->told &&
		    (job->tool->kind == READER_READING || !job->started_us || reader_is_running(job)))
			return;
	if (r->complete)
		return;
	r->complete = true;
	reader_wire_complete(r);
}

static void rest(struct reader_job *job)
{
	uint64_t now = now_us(), interval = job->tool->interval_ms * 1000ULL;
	uint64_t took = now - job->started_us;

	if (job->asked)
		job->due_us = job->started_us + ASKED_SPACING_US;
	else if (interval > took * (1 + RESTS))
		job->due_us = job->started_us + interval + (uint64_t)random() % (interval / 16);
	else
		job->due_us = now + took * RESTS;
	job->asked = false;
}

static void start(struct reader *r, struct reader_job *job, bool peek)
{
	struct reader_run run = {.tool = job->tool,
				 .program = state_of(r, job)->program,
				 .root = r->options.root,
				 .subject = job->subject,
				 .peek = peek};
	int error;

	job->started_us = now_us();
	if (!peek) {
		job->ran_us = job->started_us;
		job->asked = false;
	}
	error = reader_child_start(&job->child, &run, r->loop);
	if (!error)
		return;
	reader_tell(r, job, READER_FAILED, -1, strerror(-error));
	rest(job);
}

/* The tool itself is run when there is news, after a failure, when somebody asks, and once in a while. */
static bool is_news(struct reader_job *job, bool answered)
{
	uint64_t hash = reader_hash(job->child.output, job->child.used);
	bool same = answered && job->well && job->peeked == hash;

	job->peeked = hash;
	return !same || job->asked || now_us() - job->ran_us > UNPEEKED_US;
}

static bool is_well(const struct reader_tool *tool, int code)
{
	return !(code & tool->failed_bits) || (tool->asleep_code && code == tool->asleep_code);
}

static void judge(struct reader *r, struct reader_job *job, int status)
{
	struct reader_child *c = &job->child;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (c->peeks) {
		bool news = is_news(job, code == 0);

		reader_child_close(c);
		if (news)
			start(r, job, false);
		else
			job->told_us = now_us();
		return;
	}
	job->well = !c->truncated && code >= 0 && is_well(job->tool, code);
	if (c->truncated)
		reader_tell(r, job, READER_TRUNCATED, code, NULL);
	else if (code < 0)
		reader_tell(r, job, READER_FAILED, -1, "ended by a signal");
	else
		reader_tell(r, job, job->well ? READER_OK : READER_FAILED, code, NULL);
}

static void ended(struct reader *r, struct reader_job *job, int status)
{
	struct reader_child *c = &job->child;
	bool late = c->killed && !c->truncated;

	if (!late)
		reader_child_drain(c);
	c->pid = 0;
	if (job->stuck_logged)
		log_info("%s of %s has ended at last", job->tool->name, job->subject);
	job->stuck_logged = false;
	if (!late && job->present)
		judge(r, job, status);
	if (c->pid)
		return;
	reader_child_close(c);
	rest(job);
	note_completeness(r);
}

/* Too late: told at once, whenever it dies. */
static void overdue(struct reader *r, struct reader_job *job)
{
	reader_child_kill(&job->child);
	if (job->child.truncated)
		return;
	job->child.used = 0;
	job->well = false;
	reader_tell(r, job, READER_TIMEOUT, -1, job->child.peeks ? "the BMC does not answer" : NULL);
	reader_child_close(&job->child);
	note_completeness(r);
}

static void note_stuck(struct reader_job *job)
{
	if (!job->stuck_logged)
		log_warning("%s of %s does not end: it waits in the kernel, and is not "
			    "started again until it has",
			    job->tool->name, job->subject);
	job->stuck_logged = true;
}

static bool tool_is_busy(const struct reader *r, const struct reader_tool *tool)
{
	for (const struct reader_job *job = r->jobs; job; job = job->next)
		if (job->tool == tool && reader_is_running(job))
			return true;
	return false;
}

/* The one that has waited longest and may run. */
static struct reader_job *next_due(struct reader *r, uint64_t now)
{
	struct reader_job *best = NULL;
	size_t running = 0, stuck = 0;

	for (struct reader_job *job = r->jobs; job; job = job->next) {
		running += reader_is_running(job);
		stuck += is_stuck(job);
	}
	for (struct reader_job *job = r->jobs; job; job = job->next)
		if (!job->child.pid && job->due_us <= now && (!best || job->due_us < best->due_us) &&
		    !tool_is_busy(r, job->tool))
			best = job;
	return running < RUNNING_MAX && stuck < STUCK_MAX ? best : NULL;
}

static void arm(struct reader *r)
{
	uint64_t now = now_us(), at = r->look_us;

	for (struct reader_job *job = r->jobs; job; job = job->next) {
		uint64_t due = reader_is_running(job) ? job->child.deadline_us : job->due_us;

		/* What is due waits for the end of others. */
		if (due > now && due < at)
			at = due;
	}
	loop_arm_timer(r->timer, at > now ? at - now : 0, 0);
}

static void go_on(void *data)
{
	struct reader *r = data;
	uint64_t now = now_us();
	struct reader_job *job;

	if (now >= r->look_us)
		reader_look(r);
	for (job = r->jobs; job; job = job->next) {
		if (reader_is_running(job) && now >= job->child.deadline_us)
			overdue(r, job);
		else if (is_stuck(job) && now >= job->child.deadline_us + DIES_WITHIN_US)
			note_stuck(job);
	}
	while ((job = next_due(r, now)))
		start(r, job, job->tool->peek != NULL);
	note_completeness(r);
	arm(r);
}

static struct reader_job *job_of(struct reader *r, pid_t pid)
{
	struct reader_job *job = r->jobs;

	while (job && job->child.pid != pid)
		job = job->next;
	return job;
}

void reader_jobs_reap(struct reader *r)
{
	for (;;) {
		siginfo_t dead = {0};
		struct reader_job *job;
		int status;

		if (waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) || !dead.si_pid)
			break;
		job = job_of(r, dead.si_pid);
		/* Whatever it left behind in its group, while the number is still its own. */
		if (job)
			kill(-dead.si_pid, SIGKILL);
		if (waitpid(dead.si_pid, &status, 0) == dead.si_pid && job)
			ended(r, job, status);
	}
	go_on(r);
}

int reader_jobs_ask(struct reader *r, const char *name, const char *subject)
{
	const struct reader_tool *tool = reader_tool_find(name);
	struct reader_job *job =
	    tool && tool->kind == READER_READING ? reader_job_find(r, tool, subject) : NULL;
	uint64_t soonest;

	if (!job)
		return -ENOENT;
	job->asked = true;
	soonest = job->started_us ? job->started_us + ASKED_SPACING_US : 0;
	if (job->due_us > soonest)
		job->due_us = soonest;
	go_on(r);
	return 0;
}

int reader_jobs_start(struct reader *r)
{
	srandom((unsigned int)now_us());
	r->tools = calloc(reader_tool_count, sizeof(*r->tools));
	r->timer = loop_add_timer(r->loop, LOOP_NOT_YET, 0, go_on, r);
	if (!r->tools || !r->timer)
		return -ENOMEM;
	for (size_t i = 0; i < reader_tool_count; i++) {
		const char *program = reader_tools[i].program;
		struct reader_tool_state *state = &r->tools[i];

		state->usable = !program || !reader_find_program(r->options.root, program, state->program);
		if (!state->usable)
			snprintf(state->reason, sizeof(state->reason),
				 "no %s in /usr/sbin, /usr/bin, /sbin or /bin", program);
	}
	reader_look(r);
	arm(r);
	return 0;
}

void reader_jobs_stop(struct reader *r)
{
	while (r->jobs) {
		struct reader_job *job = r->jobs;

		r->jobs = job->next;
		if (job->child.pid)
			reader_child_kill(&job->child);
		reader_child_close(&job->child);
		free(job->told);
		free(job);
	}
	loop_remove_timer(r->loop, r->timer);
	free(r->tools);
}
