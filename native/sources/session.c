/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions with storage targets that the kernel keeps. It tells of their coming and going by uevents, but not
 * of their state: that is read each second.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "disk.h"
#include "drbd.h"
#include "session_read.h"
#include "told.h"
#include "uevent.h"

#define SECOND_US 1000000
#define GATHER_US 20000
/* Each so many seconds all is read, not only the states. */
#define ALL_SECONDS 10

static struct {
	struct told sessions;
	struct session_list list;
	struct loop_timer *second, *soon;
	unsigned int seconds;
	int mountinfo;
	bool due, mounts_changed;
} session = {.mountinfo = -1};

static void emit(struct helper *h, const struct frame *told, bool gone)
{
	struct frame f = {0};

	memcpy(&f, told, frame_size(told));
	f.t_us = now_us();
	f.session.gone = gone;
	helper_emit(h, &f);
}

static void take(struct helper *h, const struct frame_session *s)
{
	struct frame f = {.type = FRAME_SESSION, .session = *s};
	struct told_entry *e;
	enum told_result r = told_put(&session.sessions, &f, &e);

	if (r == TOLD_NEW || r == TOLD_CHANGED)
		emit(h, &f, false);
}

static void forget_unseen(struct helper *h)
{
	for (size_t i = session.sessions.count; i-- > 0;) {
		struct told_entry *e = session.sessions.entries[i];

		if (e->seen == session.sessions.dump)
			continue;
		emit(h, told_frame(e), true);
		told_remove(&session.sessions, e);
	}
}

static void look(void *data)
{
	struct helper *h = data;
	bool drbd = false;

	session.due = false;
	session.mounts_changed = false;
	session.seconds = 0;
	session.sessions.dump++;
	session_read("", disk_list(), &session.list);
	if (session.mountinfo >= 0)
		session_read_mounts(session.mountinfo, &session.list);
	for (size_t i = 0; i < session.list.count; i++) {
		struct frame_session *s = &session.list.sessions[i];

		drbd |= s->protocol == SESSION_DRBD;
		if (s->protocol == SESSION_DRBD)
			drbd_describe(s);
		take(h, s);
	}
	if (drbd)
		drbd_ask(h);
	if (session.list.complete)
		forget_unseen(h);
	else
		helper_degrade(h, "session", "degraded",
			       "unreadable, or more than %d sessions: not all are told", SESSIONS_MAX);
}

static bool has_changed(const struct frame_session *s)
{
	char state[sizeof(s->state)];

	if (s->protocol == SESSION_NFS || s->protocol == SESSION_NBD)
		return false;
	return !session_read_state("", s, state, sizeof(state)) || strcmp(state, s->state);
}

static void each_second(void *data)
{
	bool changed = ++session.seconds >= ALL_SECONDS || session.mounts_changed;

	for (size_t i = 0; !changed && i < session.sessions.count; i++)
		changed = has_changed(&told_frame(session.sessions.entries[i])->session);
	if (changed)
		look(data);
}

static void look_soon(void)
{
	if (session.due || !session.soon)
		return;
	session.due = true;
	loop_arm_timer(session.soon, GATHER_US, 0);
}

void session_disks_changed(struct helper *h)
{
	(void)h;
	look_soon();
}

static void on_uevent(struct helper *h, const struct uevent *e)
{
	(void)h;
	if (!strncmp(e->subsystem, "iscsi_", 6) || !strcmp(e->subsystem, "nvme"))
		look_soon();
}

static void on_missed(struct helper *h)
{
	helper_lost(h, "session", 0, "the socket of uevents was full");
	look(h);
	source_session.snapshot(h);
}

static const struct uevent_subscriber subscriber = {.event = on_uevent, .missed = on_missed};

/* On a host that starts containers it changes all the time: the next second is soon enough. */
static void on_mounts(void *data, uint32_t epoll_events)
{
	(void)data;
	(void)epoll_events;
	session.mounts_changed = true;
}

static void snapshot(struct helper *h)
{
	struct frame f = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "session"}};

	helper_emit(h, &f);
	for (size_t i = 0; i < session.sessions.count; i++)
		emit(h, told_frame(session.sessions.entries[i]), false);
	f.t_us = now_us();
	f.snapshot.end = true;
	f.snapshot.complete = session.list.complete;
	helper_emit(h, &f);
}

static void stop(struct helper *h)
{
	uevent_unsubscribe(h, &subscriber);
	if (session.mountinfo >= 0) {
		loop_remove_fd(helper_loop(h), session.mountinfo);
		close(session.mountinfo);
	}
	loop_remove_timer(helper_loop(h), session.second);
	loop_remove_timer(helper_loop(h), session.soon);
	drbd_stop(h);
	told_free(&session.sessions);
	memset(&session, 0, sizeof(session));
	session.mountinfo = -1;
}

/* The only messages that there are about mounts: the file of them can be waited for (proc_pid_mountinfo(5)).
 */
static void open_mounts(struct helper *h)
{
	int r = 0;

	session.mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (session.mountinfo < 0)
		r = -errno;
	else
		r = loop_add_fd(helper_loop(h), session.mountinfo, EPOLLPRI, on_mounts, h);
	if (!r)
		return;
	helper_degrade(h, "session", "degraded", "/proc/self/mountinfo: %s: no NFS mounts", strerror(-r));
	if (session.mountinfo >= 0)
		close(session.mountinfo);
	session.mountinfo = -1;
}

static int start(struct helper *h)
{
	int r;

	told_init(&session.sessions, FRAME_SESSION, SESSIONS_MAX);
	session.second = loop_add_timer(helper_loop(h), SECOND_US, SECOND_US, each_second, h);
	session.soon = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, look, h);
	if (!session.second || !session.soon) {
		stop(h);
		return -ENOMEM;
	}
	r = uevent_subscribe(h, &subscriber);
	if (r)
		helper_degrade(h, "session", "degraded", "no uevents: %s; looked at each %d s", strerror(-r),
			       ALL_SECONDS);
	open_mounts(h);
	look(h);
	return 0;
}

const struct source source_session = {
    .name = "session",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
