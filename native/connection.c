/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "connection.h"
#include "json.h"
#include "log.h"

void connection_close(struct connection *c, const char *why)
{
	if (c->fd < 0)
		return;
	if (why)
		log_warning("client pid %d closed: %s", (int)c->pid, why);
	loop_remove_fd(c->loop, c->fd);
	close(c->fd);
	framing_free(&c->in);
	free(c->out);
	c->out = NULL;
	c->fd = -1;
}

static void watch_for(struct connection *c)
{
	/* EPOLLHUP and EPOLLERR come always. */
	loop_modify_fd(c->loop, c->fd, (c->half_closed ? 0 : EPOLLIN) | (c->blocked ? EPOLLOUT : 0));
}

static void set_blocked(struct connection *c, bool blocked)
{
	if (c->blocked == blocked)
		return;
	c->blocked = blocked;
	watch_for(c);
}

void connection_flush(struct connection *c)
{
	while (c->fd >= 0) {
		ssize_t n;

		if (c->from == c->to)
			c->from = c->to = 0;
		c->fill(c->owner);
		if (c->fd < 0)
			return;
		if (c->from == c->to) {
			set_blocked(c, false);
			return;
		}
		n = send(c->fd, c->out + c->from, c->to - c->from, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0) {
			c->from += (size_t)n;
		} else if (errno == EAGAIN) {
			set_blocked(c, true);
			return;
		} else if (errno != EINTR) {
			connection_close(c, NULL);
		}
	}
}

char *connection_room(struct connection *c, size_t size)
{
	size_t waits = connection_waits(c), wanted = c->size;
	char *grown;

	if (c->size - c->to >= size)
		return c->out + c->to;
	memmove(c->out, c->out + c->from, waits);
	c->from = 0;
	c->to = waits;
	while (wanted < waits + size)
		wanted *= 2;
	if (wanted != c->size) {
		grown = realloc(c->out, wanted);
		if (!grown)
			return NULL;
		c->out = grown;
		c->size = wanted;
	}
	return c->out + c->to;
}

void connection_put(struct connection *c, int length)
{
	if (length > 0)
		c->to += (size_t)length;
}

int connection_refuse(struct connection *c, const char *request, const char *reason, char *at)
{
	struct json j;

	log_warning("client pid %d: %s refused: %s", (int)c->pid, request, reason);
	c->bad++;
	if (!at)
		return 0;
	json_start(&j, JSON_WIRE, at, FRAME_ENCODED_MAX);
	frame_open(&j, "refused", c->who, 0, now_us());
	json_put_text(&j, "request", request, 32);
	json_put_text(&j, "reason", reason, 250);
	return frame_close(&j);
}

static int take_request(void *data, const char *message, size_t size)
{
	struct connection *c = data;
	int r = c->request(c->owner, message, size);

	return r == -EBADMSG || c->bad >= CONNECTION_BAD_MAX || c->fd < 0 ? -EPROTO : 0;
}

static void read_requests(struct connection *c)
{
	static char bytes[16384];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	int r;

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			connection_close(c, strerror(errno));
		return;
	}
	if (n == 0) { /* it may still listen: socat - UNIX-CONNECT:… at the end of its input */
		c->half_closed = true;
		watch_for(c);
		return;
	}
	r = framing_feed(&c->in, bytes, (size_t)n, take_request, c);
	if (r) {
		connection_flush(c); /* the refusal */
		connection_close(c, r == -EPROTO     ? "bad requests"
				    : r == -EMSGSIZE ? "a request without end"
						     : strerror(-r));
	}
}

static void connection_event(void *data, uint32_t events)
{
	struct connection *c = data;

	if (events & EPOLLOUT)
		connection_flush(c);
	/* What it said before it went still counts. */
	if (c->fd >= 0 && events & EPOLLIN)
		read_requests(c);
	else if (c->fd >= 0 && events & (EPOLLERR | EPOLLHUP))
		connection_close(c, NULL);
}

int connection_open(struct connection *c)
{
	int r;

	c->since_us = now_us();
	c->out = malloc(c->size);
	r = c->out ? loop_add_fd(c->loop, c->fd, EPOLLIN, connection_event, c) : -ENOMEM;
	if (r)
		connection_close(c, strerror(-r));
	return r;
}
