/* SPDX-License-Identifier: Apache-2.0 */
/* One epoll set: callbacks for descriptors, timers on timerfds. See source.h for the contract. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "loop.h"

#define LOOP_BATCH 32

/*
 * A watch that is removed while its event lies in the batch just read must not be freed before the batch is
 * done: it is parked in `dead` with fn = NULL.
 */
struct watch {
	struct watch *next;
	int fd;
	loop_fd_fn fn;
	void *data;
};

struct loop_timer {
	int fd;
	loop_timer_fn fn;
	void *data;
};

struct loop {
	int epoll_fd;
	bool stopping;
	struct watch *watches, *dead;
	loop_timer_fn after;
	void *after_data;
};

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0) {
		free(l);
		return NULL;
	}
	return l;
}

static void free_list(struct watch **list)
{
	while (*list) {
		struct watch *w = *list;

		*list = w->next;
		free(w);
	}
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	free_list(&l->watches);
	free_list(&l->dead);
	close(l->epoll_fd);
	free(l);
}

void loop_after_each(struct loop *l, loop_timer_fn fn, void *data)
{
	l->after = fn;
	l->after_data = data;
}

int loop_add_fd(struct loop *l, int fd, uint32_t epoll_events, loop_fd_fn fn, void *data)
{
	struct watch *w = malloc(sizeof(*w));
	struct epoll_event event = {.events = epoll_events, .data.ptr = w};

	if (!w)
		return -ENOMEM;
	*w = (struct watch){.next = l->watches, .fd = fd, .fn = fn, .data = data};
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &event)) {
		int error = errno;

		free(w);
		return -error;
	}
	l->watches = w;
	return 0;
}

static struct watch **find_watch(struct loop *l, int fd)
{
	struct watch **at = &l->watches;

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	return at;
}

int loop_modify_fd(struct loop *l, int fd, uint32_t epoll_events)
{
	struct watch *w = *find_watch(l, fd);
	struct epoll_event event = {.events = epoll_events, .data.ptr = w};

	if (!w)
		return -ENOENT;
	return epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, fd, &event) ? -errno : 0;
}

void loop_remove_fd(struct loop *l, int fd)
{
	struct watch **at = find_watch(l, fd), *w = *at;

	if (!w)
		return;
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	*at = w->next;
	w->fn = NULL;
	w->next = l->dead;
	l->dead = w;
}

static void timer_fired(void *data, uint32_t epoll_events)
{
	struct loop_timer *t = data;
	uint64_t expirations;

	(void)epoll_events;
	/* EAGAIN: armed anew by an earlier callback of this batch; it is not due any more. */
	if (read(t->fd, &expirations, sizeof(expirations)) == (ssize_t)sizeof(expirations))
		t->fn(t->data);
}

void loop_arm_timer(struct loop_timer *t, uint64_t first_us, uint64_t period_us)
{
	/* An it_value of zero would disarm it. */
	uint64_t first = first_us ? first_us : 1;
	struct itimerspec spec = {
	    .it_value = {.tv_sec = first / 1000000, .tv_nsec = first % 1000000 * 1000},
	    .it_interval = {.tv_sec = period_us / 1000000, .tv_nsec = period_us % 1000000 * 1000},
	};

	timerfd_settime(t->fd, 0, &spec, NULL);
}

void loop_disarm_timer(struct loop_timer *t)
{
	struct itimerspec spec = {0};

	timerfd_settime(t->fd, 0, &spec, NULL);
}

struct loop_timer *loop_add_timer(struct loop *l, uint64_t first_us, uint64_t period_us, loop_timer_fn fn,
				  void *data)
{
	struct loop_timer *t = malloc(sizeof(*t));

	if (!t)
		return NULL;
	*t = (struct loop_timer){.fn = fn, .data = data};
	t->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (t->fd < 0)
		goto no_timer;
	if (loop_add_fd(l, t->fd, EPOLLIN, timer_fired, t))
		goto no_watch;
	if (first_us != LOOP_NOT_YET)
		loop_arm_timer(t, first_us, period_us);
	return t;
no_watch:
	close(t->fd);
no_timer:
	free(t);
	return NULL;
}

void loop_remove_timer(struct loop *l, struct loop_timer *t)
{
	if (!t)
		return;
	loop_remove_fd(l, t->fd);
	close(t->fd);
	free(t);
}

void loop_stop(struct loop *l)
{
	l->stopping = true;
}

int loop_run(struct loop *l)
{
	struct epoll_event batch[LOOP_BATCH];

	while (!l->stopping) {
		int count = epoll_wait(l->epoll_fd, batch, LOOP_BATCH, -1);

		if (count < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < count; i++) {
			struct watch *w = batch[i].data.ptr;

			if (w->fn)
				w->fn(w->data, batch[i].events);
			if (l->after)
				l->after(l->after_data);
		}
		free_list(&l->dead);
	}
	return 0;
}
