/* SPDX-License-Identifier: Apache-2.0 */
/* Packets of micro-BFD (RFC 7130) by one member of an aggregate, which the kernel's IP layer does not tell
 * apart. */
#ifndef PATHWARDEN_BFD_MICRO_H
#define PATHWARDEN_BFD_MICRO_H

#include "bfd_frame.h"
#include "bfd_socket.h"

/* A descriptor that takes from this device what is for local's port 6784, and sends. Or -errno. */
int bfd_micro_open(uint32_t ifindex, const struct ip_address *local);
/* Keeps the kernel from answering that nobody has the port. Or -errno: -EADDRINUSE if somebody has it. */
int bfd_micro_hold_port(const struct ip_address *local);
/* 0 or -errno. */
int bfd_micro_send(int fd, const struct bfd_ends *ends, const uint8_t packet[BFD_PACKET_BYTES]);
/* One packet, of size 0 if it is not for local. False: nothing more is there. */
bool bfd_micro_receive(int fd, const struct ip_address *local, struct bfd_arrival *out);

#endif
