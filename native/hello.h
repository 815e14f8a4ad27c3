/* SPDX-License-Identifier: Apache-2.0 */
/* The first frame that a client gets: who the helper is, what it can see and how. */
#ifndef PATHWARDEN_HELLO_H
#define PATHWARDEN_HELLO_H

#include "helper.h"
#include "json.h"

/* The fields of agent/wire.ts behind the head. */
void hello_put(struct json *j, const struct helper *h, bool resumed);
/* One wire message, sequence number 0. Length, or -ENOSPC. */
int hello_encode(const struct helper *h, bool resumed, char *buf, size_t size);

#endif
