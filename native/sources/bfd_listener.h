/* SPDX-License-Identifier: Apache-2.0 */
/* Where BFD packets come in: sessions of one kind from one address on one device share a descriptor. */
#ifndef PATHWARDEN_BFD_LISTENER_H
#define PATHWARDEN_BFD_LISTENER_H

#include "bfd_socket.h"
#include "source.h"

struct bfd_listener;
/* Of a packet that is for the listener's address and port, by its device. */
typedef void (*bfd_arrived_fn)(const struct bfd_listener *l, const struct bfd_arrival *a);

/* Once for each session; fn is the same for all. 0 or -errno, as bfd_open_port(). */
int bfd_listen(struct helper *h, const struct request_bfd *wish, bfd_arrived_fn fn,
	       struct bfd_listener **out);
void bfd_unlisten(struct bfd_listener *l);
/* Takes what has come, at most some dozens of packets. The loop does it as well. */
void bfd_listener_receive(struct bfd_listener *l);
/* That micro-BFD sends by. */
int bfd_listener_fd(const struct bfd_listener *l);

#endif
