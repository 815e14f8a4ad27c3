/* SPDX-License-Identifier: Apache-2.0 */
/* BFD Control packets on the wire, single hop (RFC 5881): UDP from and to one device, hop limit 255. */
#ifndef PATHWARDEN_BFD_SOCKET_H
#define PATHWARDEN_BFD_SOCKET_H

#include <sys/types.h>
#include "bfd_packet.h"

/* RFC 5881 4. */
#define BFD_PORT 3784

/*
 * A descriptor that takes what comes by this device (0: any) to the address's port. Or -errno: -EADDRINUSE if
 * somebody else has the port, who keeps it; -EADDRNOTAVAIL if the host does not have the address (yet).
 */
int bfd_open_port(uint32_t ifindex, const struct ip_address *local, uint16_t port);
/* A descriptor that sends by this device (0: as routed) from the address, from a port that no other session
 * has. Or -errno.
 */
int bfd_open_send(uint32_t ifindex, const struct ip_address *local, uint16_t *port);

/* 0 or -errno. */
int bfd_send(int fd, uint32_t ifindex, const struct ip_address *remote,
	     const uint8_t packet[BFD_PACKET_BYTES]);

struct bfd_arrival {
	uint8_t bytes[256];
	size_t size;
	struct ip_address from;
	uint64_t at_us; /* when the kernel had it; now, where its clock was set meanwhile */
};

/* One packet. False: nothing more is there. */
bool bfd_receive(int fd, struct bfd_arrival *out);

/* recvmsg(2) with the kernel's time of arrival. */
struct msghdr;
ssize_t bfd_receive_message(int fd, struct msghdr *message, uint64_t *at_us);

#endif
