/* SPDX-License-Identifier: Apache-2.0 */
/* What main.c needs of the loop beyond source.h. */
#ifndef PATHWARDEN_LOOP_H
#define PATHWARDEN_LOOP_H

#include "source.h"

struct loop *loop_new(void);
void loop_free(struct loop *l);
/* Runs until loop_stop(). 0, or -errno of epoll. */
int loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* Called after each callback: what the callback appended is sent at once, in one piece. */
void loop_after_each(struct loop *l, loop_timer_fn fn, void *data);

#endif
