/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power supplies, and what supply_watchdog.c has. A supply is read anew after each uevent about it, by a
 * thread: its driver may ask the device for each value, and wait for seconds when that does not answer.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include "level.h"
#include "supply.h"
#include "supply_read.h"
#include "sysfs.h"
#include "uevent.h"
#include "worker.h"

#define SUPPLIES_MAX 64
#define SPACING_US 500000
#define AGAIN_US 10000000
#define SUPPLIES "/sys/class/power_supply"

struct supply_job {
	char name[sizeof(((struct frame_power_supply *)0)->supply)];
};

struct supply_done {
	struct supply_job job;
	bool there;
	struct frame_power_supply supply;
};

static void work(const void *job);

static struct supply_job jobs[SUPPLIES_MAX];
static struct supply_done results[SUPPLIES_MAX];
static struct worker worker = WORKER(work, jobs, results);

static struct {
	struct told supplies;
	struct supply_job due[SUPPLIES_MAX]; /* to be read when all that were asked for have been */
	size_t due_count, asked;
	struct loop_timer *soon, *again;
	uint64_t asked_us;
	bool armed, heard, runs;
	bool unreadable, full, snapshot_wanted;
} supply;

/* The thread's. */
static void work(const void *data)
{
	struct supply_done done = {.job = *(const struct supply_job *)data};

	done.there = supply_read("", done.job.name, &done.supply);
	worker_tell(&worker, &done);
}

static void too_many(struct helper *h)
{
	supply.full = true;
	helper_degrade(h, "supply", "degraded", "more than %d power supplies: not all are told",
		       SUPPLIES_MAX);
}

static void ask_soon(void)
{
	uint64_t now = now_us(), next = supply.asked_us + SPACING_US;

	if (supply.armed || supply.asked || !supply.due_count)
		return;
	supply.armed = true;
	loop_arm_timer(supply.soon, next > now ? next - now : 0, 0);
}

/* For the first time when the loop runs: after privileges were given up. */
static void ask(void *data)
{
	int r = supply.runs ? 0 : worker_run(&worker);

	supply.armed = false;
	if (r) {
		helper_degrade(data, "supply", "degraded", "no thread: %s; no power supplies", strerror(-r));
		return;
	}
	supply.runs = true;
	supply.asked_us = now_us();
	for (size_t i = 0; i < supply.due_count; i++)
		supply.asked += worker_push(&worker, &supply.due[i]);
	supply.due_count = 0;
}

static void add_due(void *data, const char *name)
{
	struct supply_job job = {0};
	size_t i = 0;

	if (strlen(name) >= sizeof(job.name))
		return;
	strcpy(job.name, name);
	while (i < supply.due_count && strcmp(supply.due[i].name, name))
		i++;
	if (i == SUPPLIES_MAX)
		too_many(data);
	else if (i == supply.due_count)
		supply.due[supply.due_count++] = job;
}

static void gone(struct helper *h, const char *name)
{
	struct frame key = {.type = FRAME_POWER_SUPPLY};
	struct told_entry *e;

	snprintf(key.power_supply.supply, sizeof(key.power_supply.supply), "%s", name);
	e = told_find(&supply.supplies, &key);
	if (e)
		level_gone(h, &supply.supplies, e);
}

/* It may have gone since it was read. */
static bool is_there(const char *name)
{
	char link[8];

	return !sysfs_link(link, sizeof(link), SUPPLIES "/%s", name);
}

static void take(struct helper *h, const struct supply_done *done)
{
	struct frame f = {.type = FRAME_POWER_SUPPLY, .power_supply = done->supply};

	supply.asked--;
	if (!done->there || !is_there(done->job.name))
		gone(h, done->job.name);
	else if (!level_tell(h, &supply.supplies, &f))
		too_many(h);
}

static void answered(void *data, uint32_t epoll_events)
{
	struct supply_done done;

	(void)epoll_events;
	while (worker_pop(&worker, &done))
		take(data, &done);
	if (supply.asked)
		return;
	ask_soon();
	if (supply.snapshot_wanted)
		source_supply.snapshot(data);
}

/* A kernel that has no such class has none of it. */
static void look(struct helper *h)
{
	int r = sysfs_list(SUPPLIES, add_due, h);

	supply.unreadable = r && r != -ENOENT;
	for (size_t i = 0; i < supply.supplies.count; i++)
		add_due(h, told_frame(supply.supplies.entries[i])->power_supply.supply);
	ask_soon();
	watchdogs_look(h);
}

static void look_again(void *data)
{
	if (supply.heard)
		watchdogs_look(data);
	else
		look(data);
}

static void on_uevent(struct helper *h, const struct uevent *e)
{
	const char *name = strrchr(e->devpath, '/') + 1;

	if (!strcmp(e->subsystem, "watchdog"))
		watchdogs_look(h);
	if (strcmp(e->subsystem, "power_supply"))
		return;
	if (!strcmp(e->action, "remove")) {
		gone(h, name);
	} else {
		add_due(h, name);
		ask_soon();
	}
}

static void on_missed(struct helper *h)
{
	helper_lost(h, "supply", 0, "the socket of uevents was full");
	look(h);
	supply.snapshot_wanted = true;
	source_supply.snapshot(h);
}

static const struct uevent_subscriber subscriber = {.event = on_uevent, .missed = on_missed};

/* While supplies are still being read: once more when they have been. */
static void snapshot(struct helper *h)
{
	bool all = !supply.asked && !supply.due_count;

	supply.snapshot_wanted = !all;
	level_mark(h, "supply", false, false);
	level_tell_all(h, &supply.supplies);
	watchdogs_tell_all(h);
	level_mark(h, "supply", true, all && !supply.full && !supply.unreadable);
}

static void stop(struct helper *h)
{
	uevent_unsubscribe(h, &subscriber);
	if (worker_fd(&worker) >= 0)
		loop_remove_fd(helper_loop(h), worker_fd(&worker));
	worker_close(&worker);
	loop_remove_timer(helper_loop(h), supply.soon);
	loop_remove_timer(helper_loop(h), supply.again);
	told_free(&supply.supplies);
	watchdogs_stop();
	memset(&supply, 0, sizeof(supply));
}

static int start(struct helper *h)
{
	int r = worker_open(&worker);

	told_init(&supply.supplies, FRAME_POWER_SUPPLY, SUPPLIES_MAX);
	watchdogs_start();
	supply.soon = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, ask, h);
	supply.again = loop_add_timer(helper_loop(h), AGAIN_US, AGAIN_US, look_again, h);
	if (!r)
		r = loop_add_fd(helper_loop(h), worker_fd(&worker), EPOLLIN, answered, h);
	if (!r && !(supply.soon && supply.again))
		r = -ENOMEM;
	if (r) {
		stop(h);
		return r;
	}
	r = uevent_subscribe(h, &subscriber);
	supply.heard = !r;
	if (r)
		helper_degrade(h, "supply", "degraded", "no uevents: %s; looked at each %d s", strerror(-r),
			       AGAIN_US / 1000000);
	look(h);
	return 0;
}

const struct source source_supply = {
    .name = "supply",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
