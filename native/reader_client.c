/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: requests in, frames out. A snapshot is told piece by piece, as the client reads. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "log.h"
#include "reader.h"

#define BAD_MAX 3
/* A snapshot goes on when less than this waits. */
#define SNAPSHOT_AHEAD (64 * 1024)

static char message[READER_MESSAGE_MAX];

void reader_client_close(struct reader_client *c, const char *why)
{
	if (c->fd < 0)
		return;
	if (why)
		log_warning("client pid %d closed: %s", (int)c->pid, why);
	loop_remove_fd(c->reader->loop, c->fd);
	close(c->fd);
	framing_free(&c->in);
	free(c->out);
	c->out = NULL;
	c->fd = -1;
}

static void watch_for(struct reader_client *c)
{
	loop_modify_fd(c->reader->loop, c->fd, (c->half_closed ? 0 : EPOLLIN) | (c->blocked ? EPOLLOUT : 0));
}

static bool make_room(struct reader_client *c, size_t size)
{
	size_t waits = c->to - c->from, wanted = c->size ? c->size : 16384;
	char *grown;

	if (waits)
		memmove(c->out, c->out + c->from, waits);
	c->from = 0;
	c->to = waits;
	while (wanted < waits + size)
		wanted *= 2;
	if (wanted == c->size)
		return true;
	grown = realloc(c->out, wanted);
	if (!grown)
		return false;
	c->out = grown;
	c->size = wanted;
	return true;
}

void reader_client_tell(struct reader_client *c, const char *bytes, size_t size)
{
	if (c->fd < 0)
		return;
	if (c->to - c->from + size > READER_PENDING_MAX) {
		reader_client_close(c, "it does not read what it is sent");
		return;
	}
	if (c->size - c->to < size && !make_room(c, size)) {
		reader_client_close(c, "no memory");
		return;
	}
	memcpy(c->out + c->to, bytes, size);
	c->to += size;
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

static void tell_refused(struct reader_client *c, const char *request, const char *reason)
{
	struct json j;

	log_warning("client pid %d: %s refused: %s", (int)c->pid, request, reason);
	json_start(&j, JSON_WIRE, message, sizeof(message));
	frame_open(&j, "refused", &c->reader->who, 0, now_us());
	json_put_text(&j, "request", request, 32);
	json_put_text(&j, "reason", reason, READER_REASON_MAX);
	tell_made(c, frame_close(&j));
}

void reader_client_snapshot(struct reader_client *c)
{
	tell_mark(c, false);
	c->in_snapshot = true;
	c->snapshot_id = 0;
}

/* Jobs are in the order of their ids, come at the end and go anywhere. */
static void go_on_with_snapshot(struct reader_client *c)
{
	const struct reader_job *job = c->reader->jobs;

	while (job && c->to - c->from < SNAPSHOT_AHEAD && c->fd >= 0) {
		if (job->id > c->snapshot_id && job->told) {
			c->snapshot_id = job->id;
			tell_made(c, reader_encode_told(c->reader, job, 0, message, sizeof(message)));
		}
		job = job->next;
	}
	if (job || c->fd < 0)
		return;
	c->in_snapshot = false;
	tell_mark(c, true);
}

static void set_blocked(struct reader_client *c, bool blocked)
{
	if (c->blocked == blocked)
		return;
	c->blocked = blocked;
	watch_for(c);
}

void reader_client_flush(struct reader_client *c)
{
	while (c->fd >= 0) {
		ssize_t n;

		if (c->in_snapshot && c->to - c->from < SNAPSHOT_AHEAD)
			go_on_with_snapshot(c);
		if (c->fd < 0)
			return;
		if (c->from == c->to) {
			c->from = c->to = 0;
			set_blocked(c, false);
			return;
		}
		n = send(c->fd, c->out + c->from, c->to - c->from, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			c->from += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			break;
		else if (n < 0 && errno != EINTR)
			reader_client_close(c, NULL);
	}
	if (c->fd >= 0)
		set_blocked(c, true);
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

	if (!refused)
		return 0;
	tell_refused(c, reader_request_name(wish.type), refused);
	c->bad++;
	return r == -EBADMSG || c->bad >= BAD_MAX ? -EPROTO : 0;
}

static void read_requests(struct reader_client *c)
{
	static char bytes[16384];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	int r;

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			reader_client_close(c, strerror(errno));
		return;
	}
	if (n == 0) { /* it may still listen: socat - UNIX-CONNECT:… at the end of its input */
		c->half_closed = true;
		watch_for(c);
		return;
	}
	r = framing_feed(&c->in, bytes, (size_t)n, request_came, c);
	if (r) {
		reader_client_flush(c); /* the refusal */
		reader_client_close(c, r == -EPROTO ? "bad requests" : strerror(-r));
	}
}

static void client_event(void *data, uint32_t events)
{
	struct reader_client *c = data;

	if (events & EPOLLOUT)
		reader_client_flush(c);
	if (c->fd >= 0 && events & EPOLLIN)
		read_requests(c);
	else if (c->fd >= 0 && events & (EPOLLERR | EPOLLHUP))
		reader_client_close(c, NULL);
}

int reader_client_open(struct reader_client *c, struct reader *r, int fd, pid_t pid)
{
	int error;

	*c = (struct reader_client){.reader = r, .fd = fd, .pid = pid, .since_us = now_us()};
	error = loop_add_fd(r->loop, fd, EPOLLIN, client_event, c);
	if (error)
		reader_client_close(c, strerror(-error));
	return error;
}
