/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's log, as far as the kernel itself has written it, from warnings on. What was written before the
 * start is not told. Opened while there is privilege: dmesg_restrict asks for it then, and not with each
 * read.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "kmsg_clock.h"
#include "kmsg_limit.h"
#include "kmsg_parse.h"
#include "source.h"

#define DEVICE "/dev/kmsg"
/* CONSOLE_EXT_LOG_MAX of the kernel; a shorter one is refused when the record is longer. */
#define RECORD_MAX 8192
#define READS_AT_ONCE 64
#define WARNING 4 /* KERN_WARNING */
#define LOST_US 1000000
/* While there is more than is told, the log is read so often; the kernel's buffer has room for a few
 * thousand. */
#define FLOOD_US 20000
/* Reading costs more than telling: it may take one part of a processor's time in so many, and that of so long
 * at once. What the kernel overwrites meanwhile is counted. */
#define SHARE 50
#define AHEAD_US 1000000

static struct {
	int fd;
	struct kmsg_clock clock;
	uint64_t next; /* sequence number; 0: none was read yet */
	bool overrun;
	struct kmsg_limit limit;
	uint64_t paid_us;	      /* what reading has taken is the share of the time until then */
	uint64_t untold, overwritten; /* since that was last told */
	struct loop_timer *lost, *flood;
} kmsg = {.fd = -1};

/* There is no state to tell; what it ends is the blindness after a loss. */
static void snapshot(struct helper *h)
{
	struct frame f = {
	    .type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "kmsg", .complete = true}};

	helper_emit(h, &f);
	f.snapshot.end = true;
	helper_emit(h, &f);
}

static void lose(struct helper *h, uint64_t count, const char *reason)
{
	helper_lost(h, "kmsg", count, reason);
	snapshot(h);
}

static void tell_lost(void *data)
{
	uint64_t untold = kmsg.untold, overwritten = kmsg.overwritten;

	kmsg.untold = kmsg.overwritten = 0;
	if (untold)
		lose(data, untold, "the kernel wrote more than is passed on");
	if (overwritten)
		lose(data, overwritten, "the kernel's log was overwritten");
}

static void leave_out(uint64_t *counter, uint64_t count)
{
	if (!kmsg.untold && !kmsg.overwritten)
		loop_arm_timer(kmsg.lost, LOST_US, 0);
	*counter += count;
}

static void take(struct helper *h, const char *text, size_t size)
{
	struct frame f = {.type = FRAME_KMSG};
	uint64_t now = now_us();
	struct kmsg_record r;

	if (!kmsg_parse(text, size, &r))
		return;
	if (kmsg.overrun)
		leave_out(&kmsg.overwritten,
			  kmsg.next && r.frame.sequence > kmsg.next ? r.frame.sequence - kmsg.next : 1);
	kmsg.overrun = false;
	kmsg.next = r.frame.sequence + 1;
	f.t_us = kmsg_clock_time(&kmsg.clock, r.us, now);
	if (r.facility || r.frame.level > WARNING)
		return;
	if (!kmsg_limit_allows(&kmsg.limit, r.frame.level == WARNING, r.frame.text, now)) {
		leave_out(&kmsg.untold, 1);
		return;
	}
	f.kmsg = r.frame;
	helper_emit(h, &f);
}

static void close_device(struct helper *h)
{
	if (kmsg.fd < 0)
		return;
	loop_remove_fd(helper_loop(h), kmsg.fd);
	close(kmsg.fd);
	kmsg.fd = -1;
}

/* Not by a mask of no events: an overwritten log reports an error, which cannot be masked, and at once again.
 */
static void look_away(struct helper *h, uint64_t for_us)
{
	loop_remove_fd(helper_loop(h), kmsg.fd);
	loop_arm_timer(kmsg.flood, for_us, 0);
}

static void readable(void *data, uint32_t epoll_events);

static void wake(void *data)
{
	if (kmsg.fd >= 0 && loop_add_fd(helper_loop(data), kmsg.fd, EPOLLIN, readable, data))
		loop_arm_timer(kmsg.flood, FLOOD_US, 0);
}

/* False: there is no more. */
static bool read_some(struct helper *h)
{
	static char buffer[RECORD_MAX + 1];

	for (int i = 0; i < READS_AT_ONCE; i++) {
		ssize_t n = read(kmsg.fd, buffer, RECORD_MAX);

		if (n > 0) {
			buffer[n] = '\0';
			take(h, buffer, (size_t)n);
		} else if (n < 0 && errno == EPIPE) {
			kmsg.overrun = true;
		} else if (n < 0 && errno == EAGAIN) {
			return false;
		} else if (!n || errno != EINTR) {
			helper_degrade(h, "kmsg", "degraded", "%s: %s", DEVICE,
				       n ? strerror(errno) : "it has ended");
			close_device(h);
			return false;
		}
	}
	return true;
}

static void readable(void *data, uint32_t epoll_events)
{
	uint64_t began = now_us(), now;
	bool more = read_some(data);

	(void)epoll_events;
	now = now_us();
	kmsg.paid_us = (kmsg.paid_us > began ? kmsg.paid_us : began) + (now - began) * SHARE;
	if (kmsg.fd < 0)
		return;
	if (kmsg.paid_us > now + AHEAD_US)
		look_away(data, kmsg.paid_us - now - AHEAD_US);
	else if (!more && kmsg.untold) /* not a look for each record of a storm */
		look_away(data, FLOOD_US);
}

static void stop(struct helper *h)
{
	close_device(h);
	loop_remove_timer(helper_loop(h), kmsg.lost);
	loop_remove_timer(helper_loop(h), kmsg.flood);
	kmsg.lost = kmsg.flood = NULL;
}

static int start(struct helper *h)
{
	int r;

	memset(&kmsg, 0, sizeof(kmsg));
	kmsg.fd = open(DEVICE, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg.fd < 0) {
		r = -errno;
		helper_degrade(h, "kmsg", "absent", "%s: %s", DEVICE, strerror(errno));
		return r;
	}
	lseek(kmsg.fd, 0, SEEK_END);
	kmsg.lost = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, tell_lost, h);
	kmsg.flood = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, wake, h);
	r = kmsg.lost && kmsg.flood ? loop_add_fd(helper_loop(h), kmsg.fd, EPOLLIN, readable, h) : -ENOMEM;
	if (r)
		stop(h);
	return r;
}

const struct source source_kmsg = {
    .name = "kmsg",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
