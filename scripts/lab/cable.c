/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cables between tap NICs, each end in a network namespace: what a NIC sends arrives at its other end. Unlike
 * a veth such a NIC lets its carrier be taken (IFLA_CARRIER), and has ifindex == iflink as a real one. Its
 * other end does not notice, as behind a switch. Needs root.
 *
 *   cable NETNS NAME NETNS NAME …      two and two are joined; NETNS is a path
 *
 * Standard output: `ready`. The NICs go with the process, which a signal ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ENDS_MAX 16

static int tap_open(const char *netns, const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int ns = open(netns, O_RDONLY | O_CLOEXEC), fd;

	if (ns < 0 || setns(ns, CLONE_NEWNET))
		return -1;
	close(ns);
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return fd < 0 || ioctl(fd, TUNSETIFF, &ifr) ? -1 : fd;
}

int main(int argc, char **argv)
{
	static unsigned char frame[65536];
	struct pollfd ends[ENDS_MAX];
	int count = (argc - 1) / 2;

	if (argc < 5 || (argc - 1) % 4 || count > ENDS_MAX) {
		fprintf(stderr, "usage: cable NETNS NAME NETNS NAME … (at most %d)\n", ENDS_MAX);
		return 2;
	}
	for (int i = 0; i < count; i++) {
		ends[i] = (struct pollfd){.fd = tap_open(argv[2 * i + 1], argv[2 * i + 2]), .events = POLLIN};
		if (ends[i].fd < 0) {
			fprintf(stderr, "cable: %s in %s: %s\n", argv[2 * i + 2], argv[2 * i + 1],
				strerror(errno));
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	while (poll(ends, (nfds_t)count, -1) > 0 || errno == EINTR) {
		for (int i = 0; i < count; i++) {
			ssize_t n = ends[i].revents ? read(ends[i].fd, frame, sizeof(frame)) : 0;

			/* An end that is down takes nothing: the frame is lost, as on a wire. */
			if (n > 0 && write(ends[i ^ 1].fd, frame, (size_t)n) < 0)
				errno = 0;
		}
	}
	return 1;
}
