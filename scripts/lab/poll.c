/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a file of sysfs over and over and tells of each change of it: a witness of its own beside what is
 * tested.
 *
 *   poll FILE PERIOD_US
 *
 * Standard output, a line each: `<µs CLOCK_MONOTONIC> <µs before> CONTENT`, the first at once. The first time
 * is when the content was read that differs, the second when the same was still read. Ends with a signal.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	char known[256] = "\n", text[256];
	uint64_t before = now_us();
	long period = argc == 3 ? atol(argv[2]) : 0;
	int fd = argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 || period <= 0) {
		fprintf(stderr, "usage: poll FILE PERIOD_US\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
		uint64_t t = now_us();
		struct timespec pause = {.tv_nsec = period * 1000};

		if (n < 0)
			return 1;
		text[n] = '\0';
		text[strcspn(text, "\n")] = '\0';
		if (strcmp(text, known)) {
			printf("%llu %llu %s\n", (unsigned long long)t, (unsigned long long)before, text);
			strcpy(known, text);
		}
		before = t;
		nanosleep(&pause, NULL);
	}
}
