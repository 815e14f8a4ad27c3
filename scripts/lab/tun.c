/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds tun NICs whose carrier it takes and gives by TUNSETCARRIER: a link that loses its carrier at a known
 * instant, on any kernel, with ifindex == iflink as a real NIC has it. Needs CAP_NET_ADMIN in its network
 * namespace.
 *
 *   tun NAME…
 *
 * Standard input, a line each: `NAME 0|1` sets the carrier. Standard output: `ready`, then for each line
 * `NAME 0|1 <µs CLOCK_MONOTONIC before the call>`. The NICs go with the process, at the end of the input.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NICS_MAX 64

static uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int fail(const char *what, const char *name)
{
	fprintf(stderr, "tun: %s %s: %s\n", what, name, strerror(errno));
	return 1;
}

static int nic_open(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -1;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int main(int argc, char **argv)
{
	int fds[NICS_MAX];
	char line[64], name[IFNAMSIZ];
	int carrier;

	if (argc < 2 || argc - 1 > NICS_MAX) {
		fprintf(stderr, "usage: tun NAME… (at most %d)\n", NICS_MAX);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		fds[i - 1] = nic_open(argv[i]);
		if (fds[i - 1] < 0)
			return fail("cannot make", argv[i]);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		int i = 1;

		if (sscanf(line, "%15s %d", name, &carrier) != 2) {
			fprintf(stderr, "tun: not `NAME 0|1`: %s", line);
			return 2;
		}
		while (i < argc && strcmp(argv[i], name) != 0)
			i++;
		if (i == argc) {
			fprintf(stderr, "tun: no such NIC here: %s\n", name);
			return 2;
		}
		uint64_t t = now_us();
		if (ioctl(fds[i - 1], TUNSETCARRIER, &carrier) < 0)
			return fail("TUNSETCARRIER", name);
		printf("%s %d %llu\n", name, carrier, (unsigned long long)t);
	}
	return 0;
}
