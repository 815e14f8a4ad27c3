/* SPDX-License-Identifier: Apache-2.0 */
/* One client of the helper: told what is in the ring, at the pace that it reads. */
#ifndef PATHWARDEN_CLIENT_H
#define PATHWARDEN_CLIENT_H

#include "connection.h"
#include "helper.h"

struct client {
	struct connection conn;
	struct helper *helper;
	bool attached;
	struct ring_cursor cursor;
};

/* Takes over fd, non-blocking. 0 or -errno; on an error fd is closed. */
int client_open(struct client *c, struct helper *h, int fd, pid_t pid);

#endif
