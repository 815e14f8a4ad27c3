/* SPDX-License-Identifier: Apache-2.0 */
/* One client: a snapshot is told piece by piece, as it reads. */
#include <string.h>
#include "reader.h"

/* A snapshot goes on when less than this waits. */
#define SNAPSHOT_AHEAD (64 * 1024)

static char message[READER_MESSAGE_MAX];

void reader_client_tell(struct reader_client *c, const char *bytes, size_t size)
{
	char *at;

	if (c->conn.fd < 0)
		return;
	if (connection_waits(&c->conn) + size > READER_PENDING_MAX) {
		connection_close(&c->conn, "it does not read what it is sent");
		return;
	}
	at = connection_room(&c->conn, size);
	if (!at) {
		connection_close(&c->conn, "no memory");
		return;
	}
	memcpy(at, bytes, size);
	c->conn.to += size;
}

static void tell_made(struct reader_client *c, int size)
{
	if (size > 0)
		reader_client_tell(c, message, (size_t)size);
}

void reader_client_hello(struct reader_client *c)
{
	tell_made(c, reader_encode_hello(c->reader, message, sizeof(message)));
}

static void tell_mark(struct reader_client *c, bool end)
{
	struct frame f = {.type = FRAME_SNAPSHOT,
			  .t_us = now_us(),
			  .snapshot = {.source = "reader", .end = end, .complete = c->reader->complete}};

	tell_made(c, frame_encode(&f, &c->reader->who, 0, message, sizeof(message)));
}

void reader_client_snapshot(struct reader_client *c)
{
	tell_mark(c, false);
	c->in_snapshot = true;
	c->snapshot_id = 0;
}

/* Jobs are in the order of their ids, come at the end and go anywhere. */
static void go_on_with_snapshot(void *client)
{
	struct reader_client *c = client;
	const struct reader_job *job = c->reader->jobs;

	if (!c->in_snapshot || connection_waits(&c->conn) >= SNAPSHOT_AHEAD)
		return;
	while (job && connection_waits(&c->conn) < SNAPSHOT_AHEAD && c->conn.fd >= 0) {
		if (job->id > c->snapshot_id && job->told) {
			c->snapshot_id = job->id;
			tell_made(c, reader_encode_told(c->reader, job, 0, message, sizeof(message)));
		}
		job = job->next;
	}
	if (job || c->conn.fd < 0)
		return;
	c->in_snapshot = false;
	tell_mark(c, true);
}

/* NULL, or why it cannot be done. */
static const char *obey(struct reader_client *c, const struct reader_request *wish)
{
	if (wish->type == READER_ATTACH) {
		if (c->attached)
			return "attached already";
		c->attached = true;
		reader_client_hello(c);
		reader_client_snapshot(c);
		return NULL;
	}
	if (!c->attached)
		return "attach must come first";
	return reader_jobs_ask(c->reader, wish->tool, wish->subject)
		   ? "no such tool, or it has no such subject"
		   : NULL;
}

static int request_came(void *data, const char *text, size_t size)
{
	struct reader_client *c = data;
	struct reader_request wish;
	char why[READER_REASON_MAX] = "";
	int r = reader_request_parse(text, size, &wish, why);
	const char *refused = r ? why : obey(c, &wish);

	if (refused)
		tell_made(c, connection_refuse(&c->conn, reader_request_name(wish.type), refused, message));
	return r;
}

int reader_client_open(struct reader_client *c, struct reader *r, int fd, pid_t pid)
{
	*c = (struct reader_client){.reader = r,
				    .conn = {.fd = fd,
					     .pid = pid,
					     .owner = c,
					     .loop = r->loop,
					     .who = &r->who,
					     .size = 16384,
					     .request = request_came,
					     .fill = go_on_with_snapshot}};
	return connection_open(&c->conn);
}
