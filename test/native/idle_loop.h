/* SPDX-License-Identifier: Apache-2.0 */
/* In place of loop.c, for a test of code whose timers may as well never fire. */
#ifndef PATHWARDEN_IDLE_LOOP_H
#define PATHWARDEN_IDLE_LOOP_H

#include <stddef.h>
#include "../../native/loop.h"

struct loop_timer *loop_add_timer(struct loop *l, uint64_t first, uint64_t period, loop_timer_fn fn,
				  void *data)
{
	(void)l;
	(void)first;
	(void)period;
	(void)fn;
	(void)data;
	return NULL;
}

void loop_arm_timer(struct loop_timer *t, uint64_t first, uint64_t period)
{
	(void)t;
	(void)first;
	(void)period;
}

void loop_remove_timer(struct loop *l, struct loop_timer *t)
{
	(void)l;
	(void)t;
}

#endif
