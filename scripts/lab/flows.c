/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage-like connections of four kinds, and an account of how long each of them really paused:
 *
 *   flows serve ADDRESS PORT
 *   flows use ADDRESS PORT SATURATING ASKING IDLE PACED      how many of each
 *
 * saturating: as much as the connection takes. asking: a request each 5 ms, whatever becomes of the answers.
 * idle: a request each 20 s. paced: 1 KiB each 20 ms, without an answer. All of it at the ordinary priority;
 * a thread under SCHED_FIFO for each kind reads its sockets' TCP_INFO every 2 ms. A pause is a time in which
 * something waits to be sent or acknowledged and nothing is acknowledged; not one in which the other end's
 * program does not read, so that its window is shut. It is known to lie between two bounds: a sender that
 * loses its processor inside of send() keeps the socket locked, and the one who looks waits for it.
 *
 * Standard output: `ready` when all connections are made (use) or it listens (serve); for each pause that may
 * have been 40 ms or more `pause KIND LOCAL_PORT REMOTE_PORT FROM STILL TO`, µs CLOCK_MONOTONIC: it began at
 * FROM, was seen to go on at STILL, and to have ended at TO; at SIGTERM for each kind `total KIND CONNECTIONS
 * BYTES_ACKNOWLEDGED AT_LEAST_US AT_MOST_US`, the bounds each of its longest pause.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64
#define REQUEST_BYTES 512
#define ANSWER_BYTES 1024
#define PACED_BYTES 1024
#define CHUNK_BYTES 65536
#define LOOK_NS 2000000
#define TOLD_US 40000
#define PRIORITY 30
#define JOIN_TRIES 100
#define JOIN_EACH_US 50000

enum kind { SATURATING, ASKING, IDLE, PACED, KINDS };

static const char *const names[KINDS] = {"saturating", "asking", "idle", "paced"};
/* 0: no clock, it sends when it can. */
static const uint64_t periods_us[KINDS] = {0, 5000, 20000000, 20000};

struct connection {
	int fd;
	enum kind kind;
	uint16_t local_port, remote_port;
	uint64_t next_us; /* to be sent */
	size_t asked;	  /* bytes of requests that are not answered yet */
	/* Of the thread that looks. */
	uint64_t acked, since_us, still_us, least_us, most_us;
	int waits;
};

static struct connection connections[CONNECTIONS_MAX];
/* How many of them the looking thread may read. */
static atomic_int count;
static atomic_bool ended;
static char bytes[CHUNK_BYTES];

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int fail(const char *what)
{
	fprintf(stderr, "flows: %s: %s\n", what, strerror(errno));
	return 1;
}

static void end_pause(struct connection *c, uint64_t now)
{
	uint64_t least = c->still_us - c->since_us, most = now - c->since_us;

	if (least > c->least_us)
		c->least_us = least;
	if (most > c->most_us)
		c->most_us = most;
	if (most >= TOLD_US)
		printf("pause %s %u %u %ju %ju %ju\n", names[c->kind], c->local_port, c->remote_port,
		       (uintmax_t)c->since_us, (uintmax_t)c->still_us, (uintmax_t)now);
}

static void look(struct connection *c)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);
	uint64_t now;
	int waits, moved;

	if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &size))
		return;
	now = now_us();
	waits =
	    info.tcpi_unacked > 0 || (info.tcpi_notsent_bytes > 0 && info.tcpi_snd_wnd >= info.tcpi_snd_mss);
	moved = info.tcpi_bytes_acked != c->acked;
	if (c->waits && (moved || !waits))
		end_pause(c, now);
	if (moved || !c->waits)
		c->since_us = now;
	c->still_us = now;
	c->waits = waits;
	c->acked = info.tcpi_bytes_acked;
}

static void *look_on(void *kind)
{
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!ended) {
		for (int i = 0; i < count; i++)
			if (connections[i].kind == (enum kind)(uintptr_t)kind)
				look(&connections[i]);
		next.tv_nsec += LOOK_NS;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return NULL;
}

static int start_looking(pthread_t threads[KINDS])
{
	struct sched_param param = {.sched_priority = PRIORITY};

	for (uintptr_t kind = 0; kind < KINDS; kind++) {
		if (pthread_create(&threads[kind], NULL, look_on, (void *)kind))
			return fail("thread");
		if (pthread_setschedparam(threads[kind], SCHED_FIFO, &param))
			return fail("SCHED_FIFO");
	}
	return 0;
}

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static int tell_totals(void)
{
	for (int kind = 0; kind < KINDS; kind++) {
		uint64_t acked = 0, least = 0, most = 0;
		int n = 0;

		for (int i = 0; i < count; i++) {
			const struct connection *c = &connections[i];

			if (c->kind != (enum kind)kind)
				continue;
			n++;
			acked += c->acked;
			least = c->least_us > least ? c->least_us : least;
			most = c->most_us > most ? c->most_us : most;
		}
		printf("total %s %d %ju %ju %ju\n", names[kind], n, (uintmax_t)acked, (uintmax_t)least,
		       (uintmax_t)most);
	}
	return 0;
}

static int add(int fd, enum kind kind, int epoll, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u32 = (uint32_t)count};
	struct sockaddr_in local, remote;
	socklen_t local_size = sizeof(local), remote_size = sizeof(remote);
	int one = 1;

	if (count == CONNECTIONS_MAX)
		return fail("too many connections");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	getsockname(fd, (struct sockaddr *)&local, &local_size);
	getpeername(fd, (struct sockaddr *)&remote, &remote_size);
	connections[count] = (struct connection){
	    .fd = fd,
	    .kind = kind,
	    .local_port = ntohs(local.sin_port),
	    .remote_port = ntohs(remote.sin_port),
	    .next_us = now_us(),
	};
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		return fail("epoll");
	count++;
	return 0;
}

/* A connection says with its first byte of which kind it is. */
static int take(int listener, int epoll)
{
	int fd = accept(listener, NULL, NULL);
	char kind;

	if (fd < 0 || recv(fd, &kind, 1, 0) != 1 || kind < 0 || kind >= KINDS)
		return fail("accept");
	return add(fd, (enum kind)kind, epoll, EPOLLIN);
}

static int answer(struct connection *c)
{
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		return -1;
	if (n < 0 || c->kind == SATURATING || c->kind == PACED)
		return 0;
	for (c->asked += (size_t)n; c->asked >= REQUEST_BYTES; c->asked -= REQUEST_BYTES)
		send(c->fd, bytes, ANSWER_BYTES, MSG_NOSIGNAL | MSG_DONTWAIT);
	return 0;
}

static int serve(struct sockaddr_in *address)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = CONNECTIONS_MAX};
	int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)address, sizeof(*address)) ||
	    listen(listener, CONNECTIONS_MAX) || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event))
		return fail("cannot listen");
	puts("ready");
	while (!ended) {
		struct epoll_event events[CONNECTIONS_MAX];
		int n = epoll_wait(epoll, events, CONNECTIONS_MAX, -1);

		for (int i = 0; i < n; i++) {
			uint32_t which = events[i].data.u32;

			if (which == CONNECTIONS_MAX) {
				if (take(listener, epoll))
					return 1;
			} else if (answer(&connections[which])) {
				/* The other end has ended: its figures stay. */
				epoll_ctl(epoll, EPOLL_CTL_DEL, connections[which].fd, NULL);
			}
		}
	}
	return 0;
}

/* The other end may come to listen a moment later. */
static int join(struct sockaddr_in *address, enum kind kind)
{
	char first = (char)kind;

	for (int tries = 0; tries < JOIN_TRIES; tries++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (connect(fd, (struct sockaddr *)address, sizeof(*address)) == 0 &&
		    send(fd, &first, 1, MSG_NOSIGNAL) == 1)
			return fd;
		close(fd);
		usleep(JOIN_EACH_US);
	}
	return -1;
}

static int write_more(struct connection *c, size_t size)
{
	if (send(c->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
		return fail("send");
	return 0;
}

/* Sends what is due; returns when the next is, or 0 when a connection has ended. */
static uint64_t send_due(void)
{
	uint64_t now = now_us(), first = now + 1000000;

	for (int i = 0; i < count; i++) {
		struct connection *c = &connections[i];
		uint64_t period = periods_us[c->kind];

		if (period == 0)
			continue;
		if (now >= c->next_us) {
			if (write_more(c, c->kind == PACED ? PACED_BYTES : REQUEST_BYTES))
				return 0;
			/* A processor that was away for long is no reason for a burst. */
			c->next_us = c->next_us + period > now ? c->next_us + period : now + period;
		}
		first = c->next_us < first ? c->next_us : first;
	}
	return first;
}

static int use(struct sockaddr_in *address, char **counts)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	for (int kind = 0; kind < KINDS; kind++)
		for (int left = atoi(counts[kind]); left > 0; left--) {
			int fd = join(address, (enum kind)kind);

			if (fd < 0)
				return fail("cannot connect");
			if (add(fd, (enum kind)kind, epoll, kind == SATURATING ? EPOLLOUT : EPOLLIN))
				return 1;
		}
	puts("ready");
	while (!ended) {
		struct epoll_event events[CONNECTIONS_MAX];
		uint64_t next = send_due(), now = now_us();
		int n;

		if (next == 0)
			return 1;
		n = epoll_wait(epoll, events, CONNECTIONS_MAX,
			       next > now ? (int)((next - now) / 1000) + 1 : 0);
		for (int i = 0; i < n; i++) {
			struct connection *c = &connections[events[i].data.u32];

			if (c->kind == SATURATING ? write_more(c, CHUNK_BYTES)
						  : recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT) == 0)
				return fail("a connection ended");
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct sigaction action = {.sa_handler = end};
	int serves = argc == 4 && !strcmp(argv[1], "serve"), code;
	pthread_t threads[KINDS];

	if (!(serves || (argc == 4 + KINDS && !strcmp(argv[1], "use"))) ||
	    inet_pton(AF_INET, argv[2], &address.sin_addr) != 1 || atoi(argv[3]) <= 0) {
		fprintf(stderr,
			"usage: flows serve ADDRESS PORT | flows use ADDRESS PORT SATURATING ASKING IDLE "
			"PACED\n");
		return 2;
	}
	address.sin_port = htons((uint16_t)atoi(argv[3]));
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGTERM, &action, NULL);
	if (start_looking(threads))
		return 1;
	code = serves ? serve(&address) : use(&address, argv + 4);
	ended = 1;
	for (int kind = 0; kind < KINDS; kind++)
		pthread_join(threads[kind], NULL);
	return code ? code : tell_totals();
}
