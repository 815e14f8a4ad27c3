/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a block of a device past the page cache, one after the other, and says how long each took:
 *
 *   reader DEVICE PERIOD_US    prints `began_us took_us errno` (CLOCK_MONOTONIC) for each
 *
 * The next read begins a period after the last one began, or at once when that took longer: how long the
 * device gave no answer is what one read took.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 4096
/* Not the same block each time: a device may remember one. */
#define BLOCKS 1024

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	long period_us = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
	int fd = period_us > 0 ? open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC) : -1;
	char *block = aligned_alloc(BLOCK, BLOCK);

	if (fd < 0 || !block) {
		perror("reader: DEVICE PERIOD_US");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned int i = 0;; i++) {
		uint64_t began = now_us(), took;
		int error = pread(fd, block, BLOCK, (off_t)(i % BLOCKS) * BLOCK) == BLOCK ? 0 : errno;

		took = now_us() - began;
		printf("%llu %llu %d\n", (unsigned long long)began, (unsigned long long)took, error);
		if (took < (uint64_t)period_us)
			usleep((useconds_t)((uint64_t)period_us - took));
	}
}
