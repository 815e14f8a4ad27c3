/* SPDX-License-Identifier: Apache-2.0 */
/* One BFD session on its leg: bfd_session.c decides, here are descriptors, the timer and frames. */
#ifndef PATHWARDEN_BFD_KEPT_H
#define PATHWARDEN_BFD_KEPT_H

#include "bfd_listener.h"
#include "bfd_session.h"

struct bfd_kept {
	struct helper *helper; /* NULL: free */
	struct request_bfd wish;
	struct bfd_session session;
	bfd_arrived_fn fn;
	struct bfd_listener *listener; /* NULL: not open */
	int fd;			       /* that it sends by, micro: that keeps its source port; -1: not open */
	uint16_t source_port;
	bool broken;	     /* its descriptors are of no use any more */
	uint64_t open_at_us; /* not before */
	struct loop_timer *timer;
	struct frame_bfd told;
	uint64_t told_us;
};

/* fn: of what arrives, for whichever session it is. False: there is no timer for it. */
bool bfd_kept_start(struct bfd_kept *k, struct helper *h, const struct request_bfd *wish,
		    uint32_t discriminator, bfd_arrived_fn fn);
/* Frees k. The other end hears that it was on purpose, if that one packet arrives; else it sees the silence.
 */
void bfd_kept_end(struct bfd_kept *k);
/* The same session on other terms. */
void bfd_kept_configure(struct bfd_kept *k, const struct request_bfd *wish);
/* A packet for this session. */
void bfd_kept_receive(struct bfd_kept *k, const struct bfd_packet *p, uint64_t at_us);
/* Emits its frame. */
void bfd_kept_tell(struct bfd_kept *k, uint64_t t_us, bool gone);

#endif
