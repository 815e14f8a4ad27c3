/* SPDX-License-Identifier: Apache-2.0 */
/* --watch: frames as lines of text on stdout, with the names of the links that they speak of. */
#ifndef PATHWARDEN_WATCH_H
#define PATHWARDEN_WATCH_H

#include "source.h"

/* First of all: what the helper can see, and how. */
void watch_hello(const struct helper *h);
void watch_print(struct helper *h, const struct frame *f);

#endif
