/* SPDX-License-Identifier: Apache-2.0 */
/* Watchdogs: the kernel tells only that they come and go; what is read of them it knows without asking them.
 */
#include "level.h"
#include "supply.h"
#include "supply_read.h"
#include "sysfs.h"

#define WATCHDOGS_MAX 16

static struct told watchdogs;

static void take(void *data, const char *name)
{
	struct frame f = {.type = FRAME_WATCHDOG};

	if (watchdog_read("", name, &f.watchdog) && !level_tell(data, &watchdogs, &f))
		helper_degrade(data, "supply", "degraded", "more than %d watchdogs: not all are told",
			       WATCHDOGS_MAX);
}

void watchdogs_look(struct helper *h)
{
	watchdogs.dump++;
	/* Unreadable: the kernel has no such class, and so no watchdog. */
	sysfs_list("/sys/class/watchdog", take, h);
	level_forget_unseen(h, &watchdogs);
}

void watchdogs_tell_all(struct helper *h)
{
	level_tell_all(h, &watchdogs);
}

void watchdogs_start(void)
{
	told_init(&watchdogs, FRAME_WATCHDOG, WATCHDOGS_MAX);
}

void watchdogs_stop(void)
{
	told_free(&watchdogs);
}
