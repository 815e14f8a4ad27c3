/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process with a page of its own that the kernel is told to be broken (madvise MADV_HWPOISON,
 * CAP_SYS_ADMIN), as a memory controller would tell it. Run under another name and with any arguments it
 * passes for another program: it looks at none.
 *
 * Standard input, a line each; standard output one line for each, after `ready`:
 *   early    be told by a signal as soon as a page is given up, as QEMU asks for itself    early
 *   poison   give up the page                          poison <µs CLOCK_MONOTONIC before the call>
 *   touch    use it                                    touch <µs …>
 * Each SIGBUS: `sigbus <si_code> <µs …>`: 4 the page was used (BUS_MCEERR_AR), 5 told early (BUS_MCEERR_AO).
 * It ends with its input, or after the first kind.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	char line[64];
	int length =
	    snprintf(line, sizeof(line), "sigbus %d %llu\n", info->si_code, (unsigned long long)now_us());

	(void)number;
	(void)context;
	if (write(STDOUT_FILENO, line, (size_t)length) < 0 || info->si_code == BUS_MCEERR_AR)
		_exit(1);
}

static int fail(const char *what)
{
	fprintf(stderr, "poison: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *page =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	char line[64];

	if (page == MAP_FAILED)
		return fail("mmap");
	if (sigaction(SIGBUS, &action, NULL))
		return fail("sigaction");
	page[0] = 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		unsigned long long began = now_us();

		line[strcspn(line, "\n")] = 0;
		if (!strcmp(line, "early")) {
			if (prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0))
				return fail("PR_MCE_KILL");
			puts(line);
		} else if (!strcmp(line, "poison")) {
			printf("%s %llu\n", line, began);
			if (madvise((void *)page, size, MADV_HWPOISON))
				return fail("MADV_HWPOISON");
		} else if (!strcmp(line, "touch")) {
			printf("%s %llu\n", line, began);
			page[0] = 2;
		} else {
			fprintf(stderr, "poison: not a command: %s\n", line);
			return 2;
		}
	}
	return 0;
}
