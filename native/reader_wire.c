/* SPDX-License-Identifier: Apache-2.0 */
/* The socket: root and the agent's uid may connect. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "log.h"
#include "reader.h"
#include "socket_file.h"

#define ATTACH_WITHIN_US 1000000

struct reader_wire {
	int fd;
	struct reader_client clients[READER_CLIENTS_MAX];
};

/* A free place; or that of whoever has not attached, though there was time. */
static struct reader_client *find_place(struct reader_wire *w)
{
	uint64_t now = now_us();

	for (size_t i = 0; i < READER_CLIENTS_MAX; i++)
		if (w->clients[i].conn.fd < 0)
			return &w->clients[i];
	for (size_t i = 0; i < READER_CLIENTS_MAX; i++)
		if (!w->clients[i].attached && now - w->clients[i].conn.since_us >= ATTACH_WITHIN_US) {
			connection_close(&w->clients[i].conn, "never attached, and its place is needed");
			return &w->clients[i];
		}
	return NULL;
}

static void accept_one(void *data, uint32_t events)
{
	struct reader *r = data;
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t size = sizeof(peer);
	int fd = accept4(r->wire->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct reader_client *place = NULL;

	(void)events;
	if (fd < 0)
		return;
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) &&
	    (peer.uid == 0 || peer.uid == r->options.agent_uid))
		place = find_place(r->wire);
	if (place) {
		reader_client_open(place, r, fd, peer.pid);
		return;
	}
	log_warning("connection of uid %u, pid %d refused", (unsigned int)peer.uid, (int)peer.pid);
	close(fd);
}

/* After each callback of the loop: what it has told goes out. */
static void flush(void *data)
{
	struct reader *r = data;

	for (size_t i = 0; i < READER_CLIENTS_MAX; i++)
		if (r->wire->clients[i].conn.fd >= 0 && !r->wire->clients[i].conn.blocked)
			connection_flush(&r->wire->clients[i].conn);
}

int reader_wire_start(struct reader *r)
{
	struct reader_wire *w = calloc(1, sizeof(*w));
	int error;

	if (!w)
		return -ENOMEM;
	for (size_t i = 0; i < READER_CLIENTS_MAX; i++)
		w->clients[i].conn.fd = -1;
	w->fd = socket_file_open(r->options.socket_path, r->options.agent_uid);
	error = w->fd < 0 ? w->fd : loop_add_fd(r->loop, w->fd, EPOLLIN, accept_one, r);
	if (error) {
		log_error("socket %s: %s", r->options.socket_path,
			  error == -EADDRINUSE ? "another reader serves there; stop it, or give --socket"
					       : strerror(-error));
		if (w->fd >= 0)
			close(w->fd);
		free(w);
		return error;
	}
	r->wire = w;
	loop_after_each(r->loop, flush, r);
	return 0;
}

void reader_wire_stop(struct reader *r)
{
	struct reader_wire *w = r->wire;

	for (size_t i = 0; i < READER_CLIENTS_MAX; i++)
		connection_close(&w->clients[i].conn, NULL);
	loop_remove_fd(r->loop, w->fd);
	close(w->fd);
	free(w);
	r->wire = NULL;
}

static void each_attached(struct reader *r, void (*fn)(struct reader_client *c))
{
	for (size_t i = 0; r->wire && i < READER_CLIENTS_MAX; i++)
		if (r->wire->clients[i].conn.fd >= 0 && r->wire->clients[i].attached)
			fn(&r->wire->clients[i]);
}

void reader_wire_tell(struct reader *r, const char *message, size_t size)
{
	for (size_t i = 0; r->wire && i < READER_CLIENTS_MAX; i++)
		if (r->wire->clients[i].attached)
			reader_client_tell(&r->wire->clients[i], message, size);
}

void reader_wire_complete(struct reader *r)
{
	each_attached(r, reader_client_snapshot);
}

void reader_wire_hello(struct reader *r)
{
	each_attached(r, reader_client_hello);
}
