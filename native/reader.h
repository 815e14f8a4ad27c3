/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pathwarden-reader: runs what is slow to read or needs root, each in a child of its own with a deadline, and
 * serves what it said on a unix socket (agent/wire/reader.ts). Nothing from outside gets into an argument
 * vector: a client names a row of reader_table.c and a subject that reader_subjects.c has found.
 */
#ifndef PATHWARDEN_READER_H
#define PATHWARDEN_READER_H

#include "connection.h"
#include "frame.h"
#include "json.h"
#include "loop.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define READER_ARGS_MAX 12
#define READER_SUBJECT_MAX 32
#define READER_PATH_MAX 512
/* OUTPUT_MAX of agent/wire/reader.ts. */
#define READER_OUTPUT_MAX (128 * 1024)
/* The longest message: each byte of an output escaped, and the rest of the frame. */
#define READER_MESSAGE_MAX (6 * READER_OUTPUT_MAX + 8192)
#define READER_COMPLAINT_MAX 200
#define READER_REASON_MAX 200
#define READER_JOBS_MAX 512

struct reader_options {
	const char *socket_path;
	const char *root; /* "": below it are the tools and /sys */
	uid_t agent_uid;
};

/* --- reader_options.c --- */
/* As options_parse() of options.h. */
int reader_options_parse(int argc, char **argv, struct reader_options *out);

/* --- reader_table.c: what is run, how often, and with what --- */
enum reader_subjects { READER_DISKS, READER_NVME, READER_BMC, READER_DMI, READER_CHIPS, READER_CONTROLLERS };
enum reader_frame_kind { READER_READING, READER_HWMON, READER_EDAC };

/* Argument that stands for the path of the subject's device. */
#define READER_DEVICE "<device>"

struct reader_tool {
	const char *name;    /* as in reader_hello */
	const char *program; /* NULL: `read` is called in the child */
	const char *args[READER_ARGS_MAX];
	enum reader_subjects on;
	enum reader_frame_kind kind;
	uint64_t caps; /* 1ULL << CAP_x, all that it has */
	uint32_t interval_ms, deadline_ms;
	uint8_t failed_bits; /* of the exit code: any of them is a failure */
	uint8_t asleep_code; /* exit code of a disk that was not woken; 0: none */
	/* Writes to the descriptor. root: as of the options. 0, or an exit code. */
	int (*read)(int out, const char *root, const char *subject);
	/*
	 * In a child before each run: says in a few bytes whether there is news. The same as the last time:
	 * not run, but once in a while. NULL: always run.
	 */
	int (*peek)(int out, const char *root, const char *subject);
};

extern const struct reader_tool reader_tools[];
extern const size_t reader_tool_count;
const struct reader_tool *reader_tool_find(const char *name);
/*
 * The NULL-terminated vector for one of its subjects, in argv; device holds the path of the subject's device.
 * -EINVAL: the name is none of a device.
 */
int reader_argv(const struct reader_tool *tool, const char *program, const char *subject,
		const char *argv[READER_ARGS_MAX + 2], char device[READER_PATH_MAX]);
/* Absolute path of a program in the fixed list of folders. 0, or -ENOENT. */
int reader_find_program(const char *root, const char *program, char path[READER_PATH_MAX]);

/* --- reader_subjects.c --- */
typedef void (*reader_subject_fn)(void *data, const char *subject);
/* Names what there is, by the kernel's own word. */
void reader_each_subject(enum reader_subjects on, const char *root, reader_subject_fn fn, void *data);
/* Why there may be none. */
const char *reader_no_subject(enum reader_subjects on);
/* A name that may stand in a path: letters, digits, - and _, shorter than READER_SUBJECT_MAX. */
bool reader_name_is_plain(const char *name);

/* --- reader_sysfs.c: in children --- */
/* The first line of <folder>/<name>. False: it cannot be read. */
bool reader_sysfs_line(const char *folder, const char *name, char *out, size_t size);
bool reader_sysfs_number(const char *folder, const char *name, int64_t *out);
void reader_sysfs_put(struct json *j, const char *field, const char *folder, const char *name);
/* All of it. False: it could not be written. */
bool reader_write(int fd, const void *bytes, size_t size);
/* reader_hwmon.c, reader_edac.c, reader_dmi.c: see `read` above; the frame's fields in JSON or the output. */
int reader_hwmon(int out, const char *root, const char *subject);
int reader_edac(int out, const char *root, const char *subject);
int reader_dmi(int out, const char *root, const char *subject);
/* reader_sel.c: see `peek`: the count of the event log's entries and its times. */
int reader_sel_peek(int out, const char *root, const char *subject);

/* --- reader_child.c --- */
struct reader_child {
	struct loop *loop;
	pid_t pid; /* 0: none */
	int out, err;
	char *output;
	size_t used, complaint_used;
	char complaint[READER_COMPLAINT_MAX];
	bool truncated, killed, peeks;
	uint64_t started_us, deadline_us;
};

struct reader_run {
	const struct reader_tool *tool;
	const char *program, *root, *subject;
	bool peek; /* not the tool itself */
};

/* Starts it, and reads what it says as the loop runs: do not move *c. 0 or -errno. */
int reader_child_start(struct reader_child *c, const struct reader_run *run, struct loop *loop);
/* It has ended: what is still in its pipes. */
void reader_child_drain(struct reader_child *c);
/* SIGKILL to it and all that it started. */
void reader_child_kill(struct reader_child *c);
/* Closes the pipes and forgets the output. The process must have been reaped, or is left to init. */
void reader_child_close(struct reader_child *c);

/* --- what is run when --- */
struct reader_job {
	struct reader_job *next;
	uint64_t id; /* rises */
	const struct reader_tool *tool;
	char subject[READER_SUBJECT_MAX];
	uint64_t due_us, started_us;
	bool asked;		 /* by a client, during the run */
	bool present;		 /* named by the last look */
	bool stuck_logged, well; /* well: its last run was ok */
	struct reader_child child;
	uint64_t peeked, ran_us; /* hash of the last peek; when the tool itself ran */
	/* What was told last: fields of the frame, without the head. NULL: nothing yet. */
	char *told;
	size_t told_size;
	uint64_t hash, told_us;
};

struct reader_tool_state {
	bool usable;
	char program[READER_PATH_MAX];
	char reason[READER_REASON_MAX];	 /* why it is absent; "": it is not */
	char trouble[READER_REASON_MAX]; /* of hwmon and edac: what did not answer */
	char left[READER_REASON_MAX];	 /* how many subjects there is no room for */
};

struct reader_wire;

struct reader {
	struct reader_options options;
	struct loop *loop;
	struct frame_identity who;
	uint64_t seq, next_id;
	struct reader_job *jobs;
	size_t job_count;
	struct reader_tool_state *tools; /* one for each of reader_tools */
	bool complete;			 /* everything that was found at the start has been told */
	struct loop_timer *timer;
	uint64_t look_us; /* when subjects are looked for again */
	struct reader_wire *wire;
};

static inline bool reader_is_running(const struct reader_job *job)
{
	return job->child.pid && !job->child.killed;
}

/* --- reader_look.c --- */
struct reader_job *reader_job_find(struct reader *r, const struct reader_tool *tool, const char *subject);
/* Looks for subjects: new ones get jobs, of those that are gone it is told. */
void reader_look(struct reader *r);

/* --- reader_jobs.c --- */
/* Looks for tools and subjects, and begins. 0 or -errno. */
int reader_jobs_start(struct reader *r);
void reader_jobs_stop(struct reader *r);
/* Children have ended. */
void reader_jobs_reap(struct reader *r);
/* Now, or a second after its last start. -ENOENT: there is no such job. */
int reader_jobs_ask(struct reader *r, const char *tool, const char *subject);

/* --- reader_tell.c: what came of a run --- */
enum reader_outcome { READER_OK, READER_FAILED, READER_TIMEOUT, READER_TRUNCATED, READER_GONE };
/* exit_code -1: it did not end by itself. complaint: instead of the child's; NULL: the child's. */
void reader_tell(struct reader *r, struct reader_job *job, enum reader_outcome outcome, int exit_code,
		 const char *complaint);
/* Before the job is forgotten: that its subject is gone. */
void reader_tell_gone(struct reader *r, struct reader_job *job);
uint64_t reader_hash(const void *bytes, size_t size);
/* One whole message of what a job told last. Length, or -ENOSPC. */
int reader_encode_told(const struct reader *r, const struct reader_job *job, uint64_t seq, char *buf,
		       size_t size);
int reader_encode_hello(const struct reader *r, char *buf, size_t size);

/* --- reader_wire.c --- */
/* Binds and listens; frames are served once the loop runs. 0, -EADDRINUSE or -errno (logged). */
int reader_wire_start(struct reader *r);
void reader_wire_stop(struct reader *r);
/* To everybody who has attached. */
void reader_wire_tell(struct reader *r, const char *message, size_t size);
/* Everything has been told for the first time: a snapshot for all, which now is complete. */
void reader_wire_complete(struct reader *r);
/* A tool's state has changed. */
void reader_wire_hello(struct reader *r);

/* --- reader_client.c --- */
#define READER_CLIENTS_MAX 4
/* Bytes that wait for a client at which it is dropped. */
#define READER_PENDING_MAX (4 * 1024 * 1024)

struct reader_client {
	struct connection conn;
	struct reader *reader;
	bool attached, in_snapshot;
	uint64_t snapshot_id; /* of the last job that it was told of */
};

/* Takes over fd, not blocking. 0 or -errno; on an error fd is closed. */
int reader_client_open(struct reader_client *c, struct reader *r, int fd, pid_t pid);
/* Appends, and drops the client if it does not read. */
void reader_client_tell(struct reader_client *c, const char *message, size_t size);
void reader_client_hello(struct reader_client *c);
/* Begins to tell all that is known. */
void reader_client_snapshot(struct reader_client *c);

/* --- reader_request.c --- */
enum reader_request_type { READER_ATTACH = 1, READER_READ };
struct reader_request {
	enum reader_request_type type; /* 0: unknown */
	char tool[READER_SUBJECT_MAX], subject[READER_SUBJECT_MAX];
};
/* 0; -EINVAL with a reason; -EBADMSG: no JSON at all. */
int reader_request_parse(const char *text, size_t size, struct reader_request *out,
			 char why[READER_REASON_MAX]);
const char *reader_request_name(enum reader_request_type type);

/* --- reader_harden.c --- */
/*
 * Once the socket is there: no capability but those of the table, no_new_privs, the list of refused system
 * calls, and no writing to files but devices (Landlock, where the kernel has it). All of it is inherited by
 * children. 0 or -errno (logged).
 */
int reader_harden(void);
/* In a child: these capabilities at most, and its limits. 0 or -errno. */
int reader_harden_child(uint64_t caps);

#endif
