/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A UDP packet each 2 ms, and the gaps between them at the other end:
 *
 *   beat send ADDRESS
 *   beat receive ADDRESS    prints `gap_us end_us` (CLOCK_MONOTONIC) for the first packet and for each one
 * that came 10 ms or more after the one before
 *
 * Both under SCHED_FIFO, so that a gap is the network's and not a busy processor's.
 */
#include <arpa/inet.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define PORT 9000
#define PERIOD_NS 2000000
#define TOLD_US 10000
#define PRIORITY 20

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void send_on(int fd, const struct sockaddr_in *to)
{
	struct timespec next;
	char packet[64] = {0};

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		/* A bond without a usable member refuses: that is the gap. */
		sendto(fd, packet, sizeof(packet), MSG_DONTWAIT, (const struct sockaddr *)to, sizeof(*to));
		next.tv_nsec += PERIOD_NS;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}

static int receive_on(int fd, const struct sockaddr_in *at)
{
	uint64_t last = 0;
	char packet[64];

	if (bind(fd, (const struct sockaddr *)at, sizeof(*at))) {
		perror("beat: bind");
		return 1;
	}
	while (recv(fd, packet, sizeof(packet), 0) >= 0) {
		uint64_t now = now_us();

		if (now - last >= TOLD_US) {
			printf("%ju %ju\n", (uintmax_t)(last ? now - last : 0), (uintmax_t)now);
			fflush(stdout);
		}
		last = now;
	}
	perror("beat: recv");
	return 1;
}

int main(int argc, char **argv)
{
	struct sched_param param = {.sched_priority = PRIORITY};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (argc != 3 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) {
		fprintf(stderr, "usage: beat send|receive ADDRESS\n");
		return 2;
	}
	if (fd < 0 || sched_setscheduler(0, SCHED_FIFO, &param)) {
		perror("beat");
		return 1;
	}
	if (!strcmp(argv[1], "send"))
		send_on(fd, &address);
	return receive_on(fd, &address);
}
