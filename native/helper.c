/* SPDX-License-Identifier: Apache-2.0 */
/* What the sources share: the ring, their status, snapshots, the heartbeat. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "helper.h"
#include "log.h"
#include "watch.h"
#include "wire.h"

#define SNAPSHOT_SPACING_US 100000

static int read_boot_id(char boot_id[37])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, boot_id, 36);
	close(fd);
	boot_id[36] = '\0';
	return n == 36 ? 0 : -EIO;
}

static void know_place(struct helper *h)
{
	struct utsname name;
	struct stat st;

	if (!uname(&name))
		snprintf(h->kernel, sizeof(h->kernel), "%s", name.release);
	if (!stat("/proc/self/ns/net", &st))
		h->netns = st.st_ino;
}

static void take_snapshot(void *data)
{
	struct helper *h = data;

	h->last_snapshot_us = now_us();
	for (size_t i = 0; h->sources[i]; i++)
		if (strcmp(h->status[i].state, "absent"))
			h->sources[i]->snapshot(h);
}

int helper_init(struct helper *h, const struct source *const *sources)
{
	int r;

	h->sources = sources;
	for (size_t i = 0; i < SOURCES_MAX; i++)
		h->status[i].state = "ok";
	r = read_boot_id(h->who.boot_id);
	if (r)
		return r;
	h->who.epoch = now_us();
	know_place(h);
	h->loop = loop_new();
	if (!h->loop)
		return -ENOMEM;
	r = ring_init(&h->ring, RING_BYTES);
	if (r)
		return r;
	h->snapshot = loop_add_timer(h->loop, LOOP_NOT_YET, 0, take_snapshot, h);
	return h->snapshot ? 0 : -ENOMEM;
}

void helper_free(struct helper *h)
{
	if (h->loop) {
		loop_remove_timer(h->loop, h->heartbeat);
		loop_remove_timer(h->loop, h->snapshot);
	}
	loop_free(h->loop);
	ring_free(&h->ring);
}

const struct helper_options *helper_options(const struct helper *h)
{
	return &h->options;
}

struct loop *helper_loop(struct helper *h)
{
	return h->loop;
}

static size_t find_source(const struct helper *h, const char *name)
{
	for (size_t i = 0; h->sources[i]; i++)
		if (!strcmp(h->sources[i]->name, name))
			return i;
	return SOURCES_MAX;
}

void helper_degrade(struct helper *h, const char *source, const char *state, const char *fmt, ...)
{
	size_t i = find_source(h, source);
	char reason[FRAME_REASON_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	if (i == SOURCES_MAX || !strcmp(h->status[i].state, "absent"))
		return;
	if (strcmp(h->status[i].reason, reason))
		log_warning("%s %s: %s", source, state, reason);
	h->status[i].state = strcmp(state, "absent") ? "degraded" : "absent";
	memcpy(h->status[i].reason, reason, sizeof(reason));
}

void helper_emit(struct helper *h, const struct frame *f)
{
	ring_append(&h->ring, f);
	if (h->options.watch)
		watch_print(h, f);
}

/* Does it hear of things by netlink? Else it does by a BPF ring buffer. */
static bool hears_netlink(const char *source)
{
	static const char *const names[] = {"rtnl", "team",	  "multipath", "disk",	"session",
					    "pci",  "processors", "md",	       "supply"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(source, names[i]))
			return true;
	return false;
}

void helper_lost(struct helper *h, const char *source, uint64_t count, const char *reason)
{
	struct frame f = {.type = FRAME_LOST, .t_us = now_us(), .lost = {.count = count}};
	/* An overrun whose extent the kernel does not tell counts as one. */
	uint64_t at_least = count ? count : 1;

	if (hears_netlink(source))
		h->dropped_netlink += at_least;
	/* Of the kernel's log a bounded part is told, and no more on purpose. */
	else if (strcmp(source, "kmsg") != 0)
		h->dropped_bpf += at_least;
	snprintf(f.lost.source, sizeof(f.lost.source), "%s", source);
	snprintf(f.lost.reason, sizeof(f.lost.reason), "%s", reason);
	helper_emit(h, &f);
}

void helper_start_sources(struct helper *h)
{
	for (size_t i = 0; h->sources[i]; i++) {
		int r = h->sources[i]->start(h);

		if (r && strcmp(h->status[i].state, "absent"))
			helper_degrade(h, h->sources[i]->name, "absent", "%s", strerror(-r));
	}
}

void helper_stop_sources(struct helper *h)
{
	for (size_t i = 0; h->sources[i]; i++)
		if (strcmp(h->status[i].state, "absent") && h->sources[i]->stop)
			h->sources[i]->stop(h);
}

uint64_t helper_keep_caps(const struct helper *h)
{
	uint64_t caps = nudge_keep_caps(h);

	for (size_t i = 0; h->sources[i]; i++)
		if (strcmp(h->status[i].state, "absent"))
			caps |= h->sources[i]->keep_caps |
				(h->sources[i]->keep_caps_found ? h->sources[i]->keep_caps_found(h) : 0);
	return caps;
}

void helper_snapshot(struct helper *h)
{
	uint64_t due = h->last_snapshot_us + SNAPSHOT_SPACING_US, now = now_us();

	if (!h->last_snapshot_us || now >= due)
		take_snapshot(h);
	else
		loop_arm_timer(h->snapshot, due - now, 0);
}

void helper_configure(struct helper *h, const struct request_configure *wish)
{
	for (size_t i = 0; h->sources[i]; i++)
		if (strcmp(h->status[i].state, "absent") && h->sources[i]->configure)
			h->sources[i]->configure(h, wish);
}

int64_t wall_offset_us(void)
{
	struct timespec wall, mono;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return ((int64_t)wall.tv_sec - mono.tv_sec) * 1000000 + (wall.tv_nsec - mono.tv_nsec) / 1000;
}

static uint64_t timeval_us(struct timeval tv)
{
	return (uint64_t)tv.tv_sec * 1000000 + (uint64_t)tv.tv_usec;
}

static void beat(void *data)
{
	struct helper *h = data;
	struct frame f = {.type = FRAME_HEARTBEAT, .t_us = now_us()};
	struct rusage usage = {0};
	uint64_t bpf_ns = 0;

	for (size_t i = 0; h->sources[i]; i++)
		if (strcmp(h->status[i].state, "absent") && h->sources[i]->bpf_ns)
			bpf_ns += h->sources[i]->bpf_ns(h);
	getrusage(RUSAGE_SELF, &usage);
	f.heartbeat = (struct frame_heartbeat){
	    .wall_offset_us = wall_offset_us(),
	    .cpu_us = timeval_us(usage.ru_utime) + timeval_us(usage.ru_stime),
	    .bpf_us = bpf_ns / 1000,
	    .dropped_bpf = h->dropped_bpf,
	    .dropped_netlink = h->dropped_netlink,
	    .dropped_ring = h->dropped_ring,
	};
	helper_emit(h, &f);
}

int helper_start_heartbeat(struct helper *h)
{
	h->heartbeat = loop_add_timer(h->loop, 0, 1000000, beat, h);
	return h->heartbeat ? 0 : -ENOMEM;
}
