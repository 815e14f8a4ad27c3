/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a byte stream into messages at form feeds (0x0C), as node-ipc frames them. Holds at most
 * REQUEST_BYTES_MAX. */
#ifndef PATHWARDEN_FRAMING_H
#define PATHWARDEN_FRAMING_H

#include <stddef.h>

struct framing {
	char *partial; /* the beginning of a message whose end has not come */
	size_t used, size;
};

/* One message without its form feed. Non-zero ends the feeding. */
typedef int (*framing_fn)(void *data, const char *message, size_t size);

/* 0; what fn returned if that was not 0; -EMSGSIZE: a message longer than REQUEST_BYTES_MAX; -ENOMEM. */
int framing_feed(struct framing *f, const char *bytes, size_t n, framing_fn fn, void *data);
void framing_free(struct framing *f);

#endif
