/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bfd_micro.h"

#define ETHERNET_BYTES 14

/*
 * UDP to port 6784, not forwarded: all else that the member carries is not even copied. bfd_frame_parse()
 * looks at the rest.
 */
static int attach_filter(int fd, uint8_t family)
{
	struct sock_filter v4[] = {
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETHERNET_BYTES + 8), /* hop limit and protocol */
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 255 << 8 | IPPROTO_UDP, 0, 6),
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETHERNET_BYTES + 6),
	    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 4, 0), /* a fragment */
	    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, ETHERNET_BYTES),
	    BPF_STMT(BPF_LD | BPF_H | BPF_IND, ETHERNET_BYTES + 2),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BFD_MICRO_PORT, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, 256),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter v6[] = {
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETHERNET_BYTES + 6), /* next header and hop limit */
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP << 8 | 255, 0, 3),
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETHERNET_BYTES + 40 + 2),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BFD_MICRO_PORT, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, 256),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {
	    .len = family == 4 ? sizeof(v4) / sizeof(v4[0]) : sizeof(v6) / sizeof(v6[0]),
	    .filter = family == 4 ? v4 : v6,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno : 0;
}

static int set_up(int fd, uint32_t ifindex, uint8_t family)
{
	struct packet_mreq group = {.mr_ifindex = (int)ifindex,
				    .mr_type = PACKET_MR_MULTICAST,
				    .mr_alen = 6,
				    .mr_address = {0x01, 0x00, 0x5e, 0x90, 0x00, 0x01}};
	struct sockaddr_ll device = {.sll_family = AF_PACKET,
				     .sll_protocol = htons(family == 4 ? ETHERTYPE_IP : ETHERTYPE_IPV6),
				     .sll_ifindex = (int)ifindex};
	int on = 1, r = attach_filter(fd, family);

	if (r)
		return r;
	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
		       setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof(group)) ||
		       bind(fd, (const struct sockaddr *)&device, sizeof(device))
		   ? -errno
		   : 0;
}

int bfd_micro_open(uint32_t ifindex, const struct ip_address *local)
{
	/* Of no protocol yet: nothing is received before the filter is there. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), r;

	if (fd < 0)
		return -errno;
	r = set_up(fd, ifindex, local->family);
	if (!r)
		return fd;
	close(fd);
	return r;
}

int bfd_micro_hold_port(const struct ip_address *local)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &nothing};
	int fd = bfd_open_port(0, local, BFD_MICRO_PORT);

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
	return fd;
}

int bfd_micro_send(int fd, const struct bfd_ends *ends, const uint8_t packet[BFD_PACKET_BYTES])
{
	uint8_t frame[BFD_FRAME_BYTES_MAX];
	size_t size = bfd_frame_build(ends, packet, frame);

	return send(fd, frame, size, MSG_DONTWAIT) < 0 ? -errno : 0;
}

bool bfd_micro_receive(int fd, const struct ip_address *local, struct bfd_arrival *out)
{
	uint8_t frame[256];
	const uint8_t *payload;
	struct iovec iov = {.iov_base = frame, .iov_len = sizeof(frame)};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = bfd_receive_message(fd, &message, &out->at_us);

	if (n < 0)
		return false;
	if (bfd_frame_parse(frame, (size_t)n, local, &out->from, &payload, &out->size))
		memcpy(out->bytes, payload, out->size);
	else
		out->size = 0;
	return true;
}
