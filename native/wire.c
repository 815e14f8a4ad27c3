/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "client.h"
#include "log.h"
#include "socket_file.h"
#include "wire.h"

#define ATTACH_WITHIN_US 1000000
#define REFUSAL_LOG_SPACING_US 1000000

struct wire {
	int fd;
	struct client clients[WIRE_CLIENTS_MAX];
	unsigned long refused; /* since the last line in the log */
	uint64_t refusal_logged_us;
};

static void log_refusal(struct wire *w, uid_t uid, pid_t pid, const char *why)
{
	uint64_t now = now_us();

	w->refused++;
	if (w->refusal_logged_us && now - w->refusal_logged_us < REFUSAL_LOG_SPACING_US)
		return;
	log_warning("connection of uid %u, pid %d refused: %s (%lu since the last such line)",
		    (unsigned int)uid, (int)pid, why, w->refused);
	w->refused = 0;
	w->refusal_logged_us = now;
}

/* A free place; or that of whoever has been connected longest without attaching, though it had the time. */
static struct client *find_place(struct wire *w)
{
	struct client *idle = NULL;
	uint64_t now = now_us();

	for (size_t i = 0; i < WIRE_CLIENTS_MAX; i++) {
		struct client *c = &w->clients[i];

		if (c->conn.fd < 0)
			return c;
		if (!c->attached && now - c->conn.since_us >= ATTACH_WITHIN_US &&
		    (!idle || c->conn.since_us < idle->conn.since_us))
			idle = c;
	}
	if (idle)
		connection_close(&idle->conn, "never attached, and its place is needed");
	return idle;
}

static void accept_one(void *data, uint32_t events)
{
	struct helper *h = data;
	struct wire *w = h->wire;
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t size = sizeof(peer);
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *place;
	const char *why = NULL;

	(void)events;
	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ||
	    (peer.uid != 0 && peer.uid != h->options.agent_uid)) {
		why = "only root and the agent's user may connect";
	} else {
		place = find_place(w);
		if (place)
			client_open(place, h, fd, peer.pid);
		else
			why = "too many clients";
	}
	if (why) {
		log_refusal(w, peer.uid, peer.pid, why);
		close(fd);
	}
}

int wire_start(struct helper *h)
{
	struct wire *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	for (size_t i = 0; i < WIRE_CLIENTS_MAX; i++)
		w->clients[i].conn.fd = -1;
	w->fd = socket_file_open(h->options.socket_path, h->options.agent_uid);
	r = w->fd < 0 ? w->fd : loop_add_fd(h->loop, w->fd, EPOLLIN, accept_one, h);
	if (r) {
		log_error("socket %s: %s", h->options.socket_path,
			  r == -EADDRINUSE ? "another helper serves there; stop it, or give --socket"
					   : strerror(-r));
		if (w->fd >= 0)
			close(w->fd);
		free(w);
		return r;
	}
	h->wire = w;
	return 0;
}

void wire_flush(void *helper)
{
	struct helper *h = helper;

	for (size_t i = 0; h->wire && i < WIRE_CLIENTS_MAX; i++) {
		struct client *c = &h->wire->clients[i];

		if (c->conn.fd >= 0 && !c->conn.blocked)
			connection_flush(&c->conn);
	}
}

void wire_stop(struct helper *h)
{
	struct wire *w = h->wire;

	if (!w)
		return;
	for (size_t i = 0; i < WIRE_CLIENTS_MAX; i++)
		connection_close(&w->clients[i].conn, NULL);
	loop_remove_fd(h->loop, w->fd);
	close(w->fd);
	/* The file stays: its folder is root's. The next start finds that nobody answers there, and replaces
	 * it. */
	free(w);
	h->wire = NULL;
}
