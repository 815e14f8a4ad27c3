/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leanest storage traffic: requests over one TCP connection at even times, whatever becomes of the
 * answers, each answered at once. For guests, where the real thing would leave no processor for what is
 * tested.
 *
 *   talk answer ADDRESS PORT              answers every request, one connection at a time
 *   talk ask ADDRESS PORT PERIOD_US       asks, and tells of each pause
 *
 * Standard output of `ask`: `ready` with the first answer, then for each time between two answers that is
 * three periods or longer `<from> <to>`, both µs CLOCK_MONOTONIC. Ends with a signal, or with 1 when the
 * connection does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_BYTES 512
#define ANSWER_BYTES 1024
#define NEAR_PERIODS 3
#define JOIN_TRIES 100
#define JOIN_EACH_US 50000

static uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int fail(const char *what)
{
	fprintf(stderr, "talk: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Bytes are all that matters: request and answer are told apart by their number. */
static int answer(struct sockaddr_in *address)
{
	static char bytes[ANSWER_BYTES];
	int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)address, sizeof(*address)) || listen(listener, 1))
		return fail("cannot listen");
	for (;;) {
		int peer = accept(listener, NULL, NULL);

		if (peer < 0)
			return fail("accept");
		setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		while (recv(peer, bytes, REQUEST_BYTES, MSG_WAITALL) == REQUEST_BYTES)
			if (send(peer, bytes, ANSWER_BYTES, MSG_NOSIGNAL) != ANSWER_BYTES)
				break;
		close(peer);
	}
}

/* The other end may come to listen a moment later. */
static int join(struct sockaddr_in *address)
{
	for (int tries = 0; tries < JOIN_TRIES; tries++) {
		int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (connect(peer, (struct sockaddr *)address, sizeof(*address)) == 0)
			return peer;
		close(peer);
		usleep(JOIN_EACH_US);
	}
	return -1;
}

/* The socket takes a request or not: while nothing leaves its buffer fills, and the demand is there all the
 * same. */
static int ask(struct sockaddr_in *address, uint64_t period_us)
{
	static char bytes[16 * ANSWER_BYTES];
	int one = 1, peer = join(address);
	uint64_t next, last = 0;
	size_t rest = 0;

	if (peer < 0)
		return fail("cannot connect");
	setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	next = now_us();
	for (;;) {
		struct pollfd wait = {.fd = peer, .events = POLLIN};
		uint64_t now = now_us();

		if (now >= next) {
			if (send(peer, bytes, REQUEST_BYTES, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
			    errno != EAGAIN)
				return fail("send");
			/* A processor that was away for long is no reason for a burst. */
			next = next + period_us > now ? next + period_us : now + period_us;
		}
		if (poll(&wait, 1, (int)((next - now) / 1000) + 1) > 0) {
			ssize_t n = recv(peer, bytes, sizeof(bytes), 0);

			if (n <= 0)
				return fail("the connection ended");
			rest += (size_t)n;
			if (rest < ANSWER_BYTES)
				continue;
			rest %= ANSWER_BYTES;
			now = now_us();
			if (last == 0)
				puts("ready");
			else if (now - last >= NEAR_PERIODS * period_us)
				printf("%llu %llu\n", (unsigned long long)last, (unsigned long long)now);
			last = now;
		}
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int asks = argc == 5 && strcmp(argv[1], "ask") == 0;

	if (!(asks || (argc == 4 && strcmp(argv[1], "answer") == 0)) ||
	    inet_pton(AF_INET, argv[2], &address.sin_addr) != 1 || atoi(argv[3]) <= 0 ||
	    (asks && atol(argv[4]) <= 0)) {
		fprintf(stderr, "usage: talk answer ADDRESS PORT | talk ask ADDRESS PORT PERIOD_US\n");
		return 2;
	}
	address.sin_port = htons((uint16_t)atoi(argv[3]));
	setvbuf(stdout, NULL, _IOLBF, 0);
	return asks ? ask(&address, (uint64_t)atol(argv[4])) : answer(&address);
}
