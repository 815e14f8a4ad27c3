/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that say what there is, of things that come and go: told when they differ, and when they have gone.
 */
#ifndef PATHWARDEN_LEVEL_H
#define PATHWARDEN_LEVEL_H

#include "source.h"
#include "told.h"

/* Tells it, if it was not told like this. False: there is no room for it. */
bool level_tell(struct helper *h, struct told *t, const struct frame *f);

/* It has gone, and is forgotten. */
void level_gone(struct helper *h, struct told *t, struct told_entry *e);

/* After a look that found everything: so has what it did not find (told_put() has not seen since ++t->dump).
 */
void level_forget_unseen(struct helper *h, struct told *t);

/* The two marks of a snapshot, and between them all there is. */
void level_mark(struct helper *h, const char *source, bool end, bool complete);
void level_tell_all(struct helper *h, const struct told *t);

#endif
