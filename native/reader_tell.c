/* SPDX-License-Identifier: Apache-2.0 */
/* What came of a run, as the fields of its frame; told when it differs from what was told last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "log.h"
#include "reader.h"

static char message[READER_MESSAGE_MAX], fields[READER_MESSAGE_MAX];

static const char *const outcomes[] = {
    [READER_OK] = "ok",		  [READER_FAILED] = "failed",
    [READER_TIMEOUT] = "timeout", [READER_TRUNCATED] = "truncated",
    [READER_GONE] = "gone",
};

static const char *const frame_names[] = {
    [READER_READING] = "reading", [READER_HWMON] = "hwmon", [READER_EDAC] = "edac"};

/* FNV-1a */
static uint64_t add_hash(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	while (size--)
		hash = (hash ^ *at++) * 0x100000001b3ULL;
	return hash;
}

uint64_t reader_hash(const void *bytes, size_t size)
{
	return add_hash(0xcbf29ce484222325ULL, bytes, size);
}

static int message_of(const struct reader *r, const char *type, uint64_t seq, uint64_t t_us, const char *body,
		      char *buf, size_t size)
{
	struct json j;

	json_start(&j, JSON_WIRE, buf, size);
	frame_open(&j, type, &r->who, seq, t_us);
	json_put_raw(&j, ",");
	json_put_raw(&j, body);
	return frame_close(&j);
}

int reader_encode_told(const struct reader *r, const struct reader_job *job, uint64_t seq, char *buf,
		       size_t size)
{
	return message_of(r, frame_names[job->tool->kind], seq, job->told_us, job->told, buf, size);
}

static void send_live(struct reader *r, const char *type, uint64_t t_us, const char *body)
{
	int size = message_of(r, type, r->seq + 1, t_us, body, message, sizeof(message));

	if (size < 0) {
		log_error("a %s frame does not fit", type);
		return;
	}
	r->seq++;
	reader_wire_tell(r, message, (size_t)size);
}

/* Keeps it, and tells it unless it is what was told before. */
static void tell_fields(struct reader *r, struct reader_job *job, uint64_t hash)
{
	char *copy;

	job->told_us = now_us();
	if (job->told && job->hash == hash)
		return;
	copy = strdup(fields);
	if (!copy) {
		log_error("no memory for what %s says of %s", job->tool->name, job->subject);
		return;
	}
	free(job->told);
	job->told = copy;
	job->hash = hash;
	send_live(r, frame_names[job->tool->kind], job->told_us, fields);
}

/* A NUL would end the text: it is none either. */
static void without_nul(char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!bytes[i])
			bytes[i] = '\xff';
}

static int put_reading(const struct reader_job *job, enum reader_outcome outcome, int exit_code,
		       const char *complaint, uint64_t took_us)
{
	const struct reader_child *c = &job->child;
	struct json j;

	json_start(&j, JSON_WIRE, fields, sizeof(fields));
	json_put_text(&j, "tool", job->tool->name, READER_SUBJECT_MAX);
	json_put_text(&j, "subject", job->subject, READER_SUBJECT_MAX);
	json_put_text(&j, "outcome", outcomes[outcome], 16);
	if (exit_code >= 0)
		json_put_int(&j, "exit_code", exit_code);
	else
		json_put_null(&j, "exit_code");
	json_put_text(&j, "output", c->output ? c->output : "", c->used);
	json_put_text(&j, "complaint", complaint, READER_COMPLAINT_MAX);
	json_put_uint(&j, "took_us", took_us);
	json_put_uint(&j, "interval_ms", job->tool->interval_ms);
	return json_finish(&j);
}

static void tell_reading(struct reader *r, struct reader_job *job, enum reader_outcome outcome, int exit_code,
			 const char *complaint)
{
	struct reader_child *c = &job->child;
	uint64_t hash;

	if (c->output)
		without_nul(c->output, c->used);
	if (put_reading(job, outcome, exit_code, complaint, now_us() - job->started_us) < 0) {
		log_error("what %s says of %s does not fit", job->tool->name, job->subject);
		return;
	}
	hash = add_hash(reader_hash(c->output, c->output ? c->used : 0), &outcome, sizeof(outcome));
	hash = add_hash(hash, &exit_code, sizeof(exit_code));
	tell_fields(r, job, add_hash(hash, complaint, strlen(complaint)));
}

static void set_trouble(struct reader *r, const struct reader_job *job, const char *what)
{
	struct reader_tool_state *state = &r->tools[job->tool - reader_tools];
	char text[READER_REASON_MAX];

	snprintf(text, sizeof(text), "%s: %s", job->subject, what ? what : "");
	if (!what && strncmp(state->trouble, text, strlen(text)))
		return; /* the trouble is another one's, or there is none */
	if (!what)
		text[0] = '\0';
	if (!strcmp(text, state->trouble))
		return;
	snprintf(state->trouble, sizeof(state->trouble), "%s", text);
	if (what)
		log_warning("%s: %s", job->tool->name, text);
	reader_wire_hello(r);
}

/* Written by our own code as fields of its frame. */
static void tell_own(struct reader *r, struct reader_job *job, enum reader_outcome outcome)
{
	struct reader_child *c = &job->child;

	if (outcome != READER_OK) {
		set_trouble(r, job,
			    outcome == READER_TIMEOUT ? "did not answer in time" : "could not be read");
		return;
	}
	set_trouble(r, job, NULL);
	memcpy(fields, c->output, c->used);
	fields[c->used] = '\0';
	tell_fields(r, job, reader_hash(fields, c->used));
}

void reader_tell(struct reader *r, struct reader_job *job, enum reader_outcome outcome, int exit_code,
		 const char *complaint)
{
	if (job->tool->kind == READER_READING) {
		job->child.complaint[strcspn(job->child.complaint, "\r\n")] = '\0';
		tell_reading(r, job, outcome, exit_code, complaint ? complaint : job->child.complaint);
	} else {
		tell_own(r, job, outcome);
	}
}

void reader_tell_gone(struct reader *r, struct reader_job *job)
{
	struct json j;

	if (!job->told)
		return;
	json_start(&j, JSON_WIRE, fields, sizeof(fields));
	switch (job->tool->kind) {
	case READER_READING:
		job->child.used = 0;
		put_reading(job, READER_GONE, -1, "", 0);
		break;
	case READER_HWMON:
		json_put_text(&j, "chip", job->subject, READER_SUBJECT_MAX);
		json_put_text(&j, "name", "", 1);
		json_put_null(&j, "device");
		json_open(&j, "sensors", '[');
		json_close(&j, ']');
		json_put_bool(&j, "gone", true);
		json_finish(&j);
		break;
	case READER_EDAC:
		json_put_text(&j, "controller", job->subject, READER_SUBJECT_MAX);
		json_put_null(&j, "name");
		json_put_uint(&j, "corrected", 0);
		json_put_uint(&j, "uncorrected", 0);
		json_put_uint(&j, "corrected_noinfo", 0);
		json_open(&j, "dimms", '[');
		json_close(&j, ']');
		json_put_bool(&j, "gone", true);
		json_finish(&j);
		break;
	}
	set_trouble(r, job, NULL);
	send_live(r, frame_names[job->tool->kind], now_us(), fields);
}

int reader_encode_hello(const struct reader *r, char *buf, size_t size)
{
	struct json j;

	json_start(&j, JSON_WIRE, buf, size);
	frame_open(&j, "reader_hello", &r->who, 0, now_us());
	json_put_text(&j, "version", PATHWARDEN_VERSION, 64);
	json_put_int(&j, "pid", getpid());
	json_open(&j, "tools", '[');
	for (size_t i = 0; i < reader_tool_count; i++) {
		const struct reader_tool_state *state = &r->tools[i];
		const char *reason = state->reason[0] ? state->reason
				     : state->left[0] ? state->left
						      : state->trouble;

		json_open(&j, NULL, '{');
		json_put_text(&j, "tool", reader_tools[i].name, READER_SUBJECT_MAX);
		json_put_text(&j, "state", state->reason[0] ? "absent" : "ok", 8);
		if (reason[0])
			json_put_text(&j, "reason", reason, READER_REASON_MAX);
		else
			json_put_null(&j, "reason");
		json_put_uint(&j, "interval_ms", reader_tools[i].interval_ms);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	return frame_close(&j);
}
