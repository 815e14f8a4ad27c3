/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel tells of its devices by itself (NETLINK_KOBJECT_UEVENT), once for all sources: no source of
 * its own, as it has no state to take a snapshot of. Receiving needs no privilege.
 */
#ifndef PATHWARDEN_UEVENT_H
#define PATHWARDEN_UEVENT_H

#include "source.h"
#include "uevent_parse.h"

struct uevent_subscriber {
	/* Of every subsystem, and valid during the call only. */
	void (*event)(struct helper *h, const struct uevent *e);
	/* Some were dropped: tell of it with helper_lost() and read everything anew. */
	void (*missed)(struct helper *h);
};

/*
 * Before /sys is scanned, so that nothing falls between. The first opens the socket. 0, -ENOSPC or -errno. *s
 * must last until it unsubscribes; the last closes the socket.
 */
int uevent_subscribe(struct helper *h, const struct uevent_subscriber *s);
void uevent_unsubscribe(struct helper *h, const struct uevent_subscriber *s);

#endif
