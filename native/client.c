/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "client.h"
#include "hello.h"
#include "log.h"

#define OUT_BYTES (4 * FRAME_ENCODED_MAX)

/* Room for one more message at the end of out, or NULL: it does not read, and so cannot be told anything. */
static char *room(struct client *c)
{
	if (connection_waits(&c->conn) > OUT_BYTES - FRAME_ENCODED_MAX)
		return NULL;
	return connection_room(&c->conn, FRAME_ENCODED_MAX);
}

/* For this client alone, in the place of the frames that it missed: it has the number of the last one. */
static void tell_lost(struct client *c, uint64_t count, const char *reason)
{
	struct frame f = {.type = FRAME_LOST, .t_us = now_us(), .lost = {.source = "ring", .count = count}};
	char *at = room(c);

	snprintf(f.lost.reason, sizeof(f.lost.reason), "%s", reason);
	if (at)
		connection_put(&c->conn,
			       frame_encode(&f, &c->helper->who, c->cursor.seq - 1, at, FRAME_ENCODED_MAX));
}

static void tell_hello(struct client *c, bool resumed)
{
	char *at = room(c);

	if (at)
		connection_put(&c->conn, hello_encode(c->helper, resumed, at, FRAME_ENCODED_MAX));
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

	if (refused)
		connection_put(&c->conn,
			       connection_refuse(&c->conn, request_name(wish.type), refused, room(c)));
	return r;
}

/*
 * Encodes from the ring while there is room; once all has been sent, so that the overrun check waits for the
 * socket, too: who stays away costs no snapshots.
 */
static void fill(void *client)
{
	struct client *c = client;
	struct helper *h = c->helper;
	struct frame f;
	uint64_t seq;
	char *at;
	int r;

	if (!c->attached || connection_waits(&c->conn))
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
		connection_put(&c->conn, r);
	}
}

int client_open(struct client *c, struct helper *h, int fd, pid_t pid)
{
	*c = (struct client){.helper = h,
			     .conn = {.fd = fd,
				      .pid = pid,
				      .owner = c,
				      .loop = h->loop,
				      .who = &h->who,
				      .size = OUT_BYTES,
				      .request = request_came,
				      .fill = fill}};
	return connection_open(&c->conn);
}
