/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The longest time between two BFD packets (IPv4, UDP port 3784) by a device, each way, by the kernel's time
 * stamps:
 *
 *   gaps DEVICE    prints `ready`, then `out|in gap_us packets` whenever a gap is the longest so far
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define PORT 3784

struct way {
	const char *name;
	uint64_t last_us, longest_us;
	unsigned int packets;
};

static uint64_t stamp_us(struct msghdr *message)
{
	struct timespec ts = {0};

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static bool is_bfd(const uint8_t *bytes, size_t size)
{
	size_t header = size ? 4u * (bytes[0] & 0xfu) : 0;
	uint16_t port;

	if (size < sizeof(struct iphdr) || bytes[9] != IPPROTO_UDP || size < header + sizeof(struct udphdr))
		return false;
	memcpy(&port, bytes + header + 2, sizeof(port));
	return ntohs(port) == PORT;
}

static void count(struct way *w, uint64_t now)
{
	uint64_t gap = now - w->last_us;

	w->packets++;
	if (w->last_us && now > w->last_us && gap > w->longest_us) {
		w->longest_us = gap;
		printf("%s %llu %u\n", w->name, (unsigned long long)gap, w->packets);
		fflush(stdout);
	}
	w->last_us = now;
}

int main(int argc, char **argv)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0), on = 1;
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct way out = {.name = "out"}, in = {.name = "in"};

	at.sll_ifindex = argc == 2 ? (int)if_nametoindex(argv[1]) : 0;
	if (fd < 0 || !at.sll_ifindex || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		perror("gaps");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		uint8_t bytes[128];
		char control[128] __attribute__((aligned(8)));
		struct sockaddr_ll from;
		struct iovec iov = {.iov_base = bytes, .iov_len = sizeof(bytes)};
		struct msghdr message = {.msg_name = &from,
					 .msg_namelen = sizeof(from),
					 .msg_iov = &iov,
					 .msg_iovlen = 1,
					 .msg_control = control,
					 .msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(fd, &message, 0);

		if (n < 0)
			return 1;
		if (ntohs(from.sll_protocol) == ETH_P_IP && is_bfd(bytes, (size_t)n))
			count(from.sll_pkttype == PACKET_OUTGOING ? &out : &in, stamp_us(&message));
	}
}
