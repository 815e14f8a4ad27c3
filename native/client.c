/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "client.h"
#include "hello.h"
#include "json.h"
#include "log.h"

void client_close(struct client *c, const char *why)
{
	if (c->fd < 0)
		return;
	if (why)
		log_warning("client pid %d closed: %s", (int)c->pid, why);
	loop_remove_fd(c->helper->loop, c->fd);
	close(c->fd);
	framing_free(&c->in);
	free(c->out);
	c->out = NULL;
	c->fd = -1;
}

static void watch_for(struct client *c)
{
	/* EPOLLHUP and EPOLLERR come always. */
	loop_modify_fd(c->helper->loop, c->fd, (c->half_closed ? 0 : EPOLLIN) | (c->blocked ? EPOLLOUT : 0));
}

/* Room for one more message at the end of out, or NULL: it does not read, and so cannot be told anything. */
static char *room(struct client *c)
{
	if (c->out_from && CLIENT_OUT_BYTES - c->out_to < FRAME_ENCODED_MAX) {
		memmove(c->out, c->out + c->out_from, c->out_to - c->out_from);
		c->out_to -= c->out_from;
		c->out_from = 0;
	}
	return CLIENT_OUT_BYTES - c->out_to < FRAME_ENCODED_MAX ? NULL : c->out + c->out_to;
}

static void put_own(struct client *c, int length)
{
	if (length > 0)
		c->out_to += (size_t)length;
}

/* For this client alone, in the place of the frames that it missed: it has the number of the last one. */
static void tell_lost(struct client *c, uint64_t count, const char *reason)
{
	struct frame f = {.type = FRAME_LOST, .t_us = now_us(), .lost = {.source = "ring", .count = count}};
	char *at = room(c);

	snprintf(f.lost.reason, sizeof(f.lost.reason), "%s", reason);
	if (at)
		put_own(c, frame_encode(&f, &c->helper->who, c->cursor.seq - 1, at, FRAME_ENCODED_MAX));
}

static void tell_refused(struct client *c, const char *request, const char *reason)
{
	char *at = room(c);
	struct json j;

	log_warning("client pid %d: %s refused: %s", (int)c->pid, request, reason);
	if (!at)
		return;
	json_start(&j, JSON_WIRE, at, FRAME_ENCODED_MAX);
	frame_open(&j, "refused", &c->helper->who, 0, now_us());
	json_put_text(&j, "request", request, 32);
	json_put_text(&j, "reason", reason, 250);
	put_own(c, frame_close(&j));
}

static void tell_hello(struct client *c, bool resumed)
{
	char *at = room(c);

	if (at)
		put_own(c, hello_encode(c->helper, resumed, at, FRAME_ENCODED_MAX));
}

static void attach(struct client *c, const struct request_attach *wish)
{
	struct helper *h = c->helper;
	const char *lost = NULL;
	uint64_t count = 0;

	c->attached = true;
	c->cursor = ring_end(&h->ring);
	if (wish->has_cursor) {
		if (wish->epoch != h->who.epoch) {
			lost = "the helper was started anew";
		} else if (wish->seq >= h->ring.next_seq) {
			lost = "cursor ahead of the ring";
		} else if (ring_after(&h->ring, wish->seq, &c->cursor)) {
			lost = "the ring went on without this client";
			count = h->ring.next_seq - wish->seq - 1;
		} else {
			tell_hello(c, true);
			return;
		}
	}
	tell_hello(c, false);
	if (lost)
		tell_lost(c, count, lost);
	helper_snapshot(h);
}

static bool source_absent(const struct helper *h, const char *name)
{
	for (size_t i = 0; h->sources[i]; i++)
		if (!strcmp(h->sources[i]->name, name))
			return !strcmp(h->status[i].state, "absent");
	return true;
}

/* NULL, or why it cannot be done. */
static const char *obey(struct client *c, const struct request *wish)
{
	if (wish->type == REQUEST_ATTACH) {
		if (c->attached)
			return "attached already";
		attach(c, &wish->attach);
		return NULL;
	}
	if (!c->attached)
		return "attach must come first";
	switch (wish->type) {
	case REQUEST_CONFIGURE:
		helper_configure(c->helper, &wish->configure);
		break;
	case REQUEST_TRACE:
		if (source_absent(c->helper, "tcp"))
			return "source tcp is absent";
		tcp_trace(c->helper, "request", wish->trace.for_ms);
		break;
	case REQUEST_FLOW_STATS:
		tcp_stats(c->helper);
		break;
	case REQUEST_STEER:
		if (source_absent(c->helper, "steering"))
			return "source steering is absent";
		steering_request(c->helper, &wish->steer);
		break;
	default:
		helper_snapshot(c->helper);
	}
	return NULL;
}

static int request_came(void *data, const char *message, size_t size)
{
	struct client *c = data;
	static struct request wish; /* too big for a stack that is to stay small */
	char why[192] = "";
	int r = request_parse(message, size, &wish, why, sizeof(why));
	const char *refused = r ? why : obey(c, &wish);

	if (!refused)
		return 0;
	tell_refused(c, request_name(wish.type), refused);
	c->bad++;
	return r == -EBADMSG || c->bad >= CLIENT_BAD_MAX ? -EPROTO : 0;
}

static void read_requests(struct client *c)
{
	static char bytes[16384];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	int r;

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			client_close(c, strerror(errno));
		return;
	}
	if (n == 0) { /* it may still listen: socat - UNIX-CONNECT:… at the end of its input */
		c->half_closed = true;
		watch_for(c);
		return;
	}
	r = framing_feed(&c->in, bytes, (size_t)n, request_came, c);
	if (r) {
		client_flush(c); /* the refusal */
		client_close(c, r == -EPROTO	 ? "bad requests"
				: r == -EMSGSIZE ? "a request without end"
						 : strerror(-r));
	}
}

static void client_event(void *data, uint32_t events)
{
	struct client *c = data;

	if (events & EPOLLOUT)
		client_flush(c);
	/* What it said before it went still counts. */
	if (c->fd >= 0 && events & EPOLLIN)
		read_requests(c);
	else if (c->fd >= 0 && events & (EPOLLERR | EPOLLHUP))
		client_close(c, NULL);
}

int client_open(struct client *c, struct helper *h, int fd, uid_t uid, pid_t pid)
{
	int r;

	*c = (struct client){.helper = h, .fd = fd, .uid = uid, .pid = pid, .since_us = now_us()};
	c->out = malloc(CLIENT_OUT_BYTES);
	r = c->out ? loop_add_fd(h->loop, fd, EPOLLIN, client_event, c) : -ENOMEM;
	if (r)
		client_close(c, strerror(-r));
	return r;
}

/* Encodes from the ring while there is room. */
static void fill(struct client *c)
{
	struct helper *h = c->helper;
	struct frame f;
	uint64_t seq;
	char *at;
	int r;

	if (!c->attached)
		return;
	while ((at = room(c))) {
		r = ring_read(&h->ring, &c->cursor, &f, &seq);
		if (r == 0)
			return;
		if (r < 0) {
			uint64_t count = h->ring.next_seq - c->cursor.seq;

			h->dropped_ring += count;
			c->cursor = ring_end(&h->ring);
			tell_lost(c, count, "this client reads too slowly");
			helper_snapshot(h);
			continue;
		}
		r = frame_encode(&f, &h->who, seq, at, FRAME_ENCODED_MAX);
		if (r < 0)
			log_error("frame %s does not fit the wire", frame_type_name(f.type));
		put_own(c, r);
	}
}

static void set_blocked(struct client *c, bool blocked)
{
	if (c->blocked == blocked)
		return;
	c->blocked = blocked;
	watch_for(c);
}

void client_flush(struct client *c)
{
	for (;;) {
		ssize_t n;

		/* The overrun check waits for the socket, too: who stays away costs no snapshots. */
		if (c->out_from == c->out_to) {
			c->out_from = c->out_to = 0;
			fill(c);
		}
		if (c->out_from == c->out_to) {
			set_blocked(c, false);
			return;
		}
		n = send(c->fd, c->out + c->out_from, c->out_to - c->out_from, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			set_blocked(c, true);
			return;
		}
		if (n < 0) {
			client_close(c, NULL);
			return;
		}
		c->out_from += (size_t)n;
	}
}
