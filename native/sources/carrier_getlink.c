/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategy getlink, where BPF is not to be had: each link is asked for by name. The busiest legs of path
 * groups, at most 8 of them, every 10 ms, everything else every 500 ms; from 6.8 on the question itself
 * nudges.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <linux/rtnetlink.h>
#include "carrier.h"
#include "getlink.h"

#define FAST_US 10000
#define SLOW_US 500000
#define FAST_LEGS_MAX 8

struct traffic {
	uint32_t ifindex;
	uint64_t bytes, rate; /* since the question before */
};

static struct {
	struct helper *h;
	int fd;
	uint32_t seq;
	struct loop_timer *fast, *slow;
	struct traffic traffic[CARRIER_LINKS_MAX];
	size_t traffic_count;
	uint32_t legs[FAST_LEGS_MAX];
	size_t leg_count;
	bool in_dump, dump_failed;
	uint32_t dumped[CARRIER_LINKS_MAX];
	size_t dumped_count;
} poll = {.fd = -1};

static struct traffic *traffic_of(uint32_t ifindex)
{
	for (size_t i = 0; i < poll.traffic_count; i++)
		if (poll.traffic[i].ifindex == ifindex)
			return &poll.traffic[i];
	if (poll.traffic_count == CARRIER_LINKS_MAX)
		return NULL;
	poll.traffic[poll.traffic_count] = (struct traffic){.ifindex = ifindex};
	return &poll.traffic[poll.traffic_count++];
}

static void forget_traffic(uint32_t ifindex)
{
	struct traffic *t = traffic_of(ifindex);

	if (t)
		*t = poll.traffic[--poll.traffic_count];
}

static void take(const struct nlmsghdr *m)
{
	struct getlink_answer a;
	struct carrier_event e = {.t_ns = now_us() * 1000};
	struct traffic *t;

	if (!getlink_parse(m, &a))
		return;
	e.ifindex = a.ifindex;
	e.carrier = a.carrier;
	e.running = a.admin_up;
	e.carrier_up_count = a.carrier_up_count;
	e.carrier_down_count = a.carrier_down_count;
	if (m->nlmsg_flags & NLM_F_MULTI && poll.dumped_count < CARRIER_LINKS_MAX)
		poll.dumped[poll.dumped_count++] = a.ifindex;
	t = a.bytes ? traffic_of(a.ifindex) : NULL;
	if (t) {
		t->rate = t->bytes ? a.bytes - t->bytes : 0;
		t->bytes = a.bytes;
	}
	carrier_seen(poll.h, &e);
}

/* Everything that has been answered so far: the kernel answers inside send(). */
static void drain(void)
{
	static char buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t size;

	while ((size = recv(poll.fd, buffer, sizeof(buffer), MSG_TRUNC)) > 0 ||
	       (size < 0 && errno == ENOBUFS)) {
		const struct nlmsghdr *m = (const struct nlmsghdr *)buffer;
		size_t left;

		if (size < 0 || (size_t)size > sizeof(buffer)) {
			/* The next round asks again; only a dump's list would stay short. */
			poll.dump_failed = true;
			continue;
		}
		for (left = (size_t)size; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
			if (m->nlmsg_type == NLMSG_DONE)
				poll.in_dump = false;
			else
				take(m);
			if (m->nlmsg_flags & NLM_F_DUMP_INTR)
				poll.dump_failed = true;
		}
	}
}

static void ask(uint32_t ifindex, bool with_bytes)
{
	if (!getlink_ask(poll.fd, ifindex, ++poll.seq, with_bytes))
		drain();
}

static bool dumped(uint32_t ifindex)
{
	for (size_t i = 0; i < poll.dumped_count; i++)
		if (poll.dumped[i] == ifindex)
			return true;
	return false;
}

/* The dump's parts are made as we read, so all of them are there to be read. */
static bool rescan(struct helper *h)
{
	(void)h;
	poll.in_dump = true;
	poll.dump_failed = false;
	poll.dumped_count = 0;
	if (getlink_dump(poll.fd, ++poll.seq))
		return false;
	drain();
	if (poll.in_dump || poll.dump_failed)
		return false;
	for (size_t i = carrier_count(); i-- > 0;) {
		uint32_t ifindex = carrier_ifindex(i);

		if (!dumped(ifindex)) {
			carrier_gone(ifindex);
			forget_traffic(ifindex);
		}
	}
	return true;
}

static void ask_legs(void *data)
{
	(void)data;
	for (size_t i = 0; i < poll.leg_count; i++)
		ask(poll.legs[i], false);
}

static void choose_legs(void)
{
	uint64_t rates[FAST_LEGS_MAX];

	poll.leg_count = 0;
	for (size_t i = 0; i < carrier_count(); i++) {
		uint32_t ifindex = carrier_ifindex(i);
		const struct traffic *t = rtnl_is_leg(poll.h, ifindex) ? traffic_of(ifindex) : NULL;
		size_t at;

		if (!t)
			continue;
		for (at = poll.leg_count; at > 0 && rates[at - 1] < t->rate; at--)
			;
		if (at == FAST_LEGS_MAX)
			continue;
		if (poll.leg_count < FAST_LEGS_MAX)
			poll.leg_count++;
		memmove(&poll.legs[at + 1], &poll.legs[at], (poll.leg_count - at - 1) * sizeof(poll.legs[0]));
		memmove(&rates[at + 1], &rates[at], (poll.leg_count - at - 1) * sizeof(rates[0]));
		poll.legs[at] = ifindex;
		rates[at] = t->rate;
	}
}

static void ask_all(void *data)
{
	(void)data;
	/* An answer may add a link, none removes one. */
	for (size_t i = 0; i < carrier_count(); i++)
		ask(carrier_ifindex(i), true);
	choose_legs();
}

static void stop(struct helper *h)
{
	loop_remove_timer(helper_loop(h), poll.fast);
	loop_remove_timer(helper_loop(h), poll.slow);
	if (poll.fd >= 0)
		close(poll.fd);
	poll.fast = poll.slow = NULL;
	poll.fd = -1;
}

static int start(struct helper *h, char *why, size_t why_size)
{
	int size = 1 << 20, error = 0;

	poll.h = h;
	poll.fd = getlink_open(false);
	if (poll.fd < 0) {
		snprintf(why, why_size, "socket: %s", strerror(-poll.fd));
		return poll.fd;
	}
	setsockopt(poll.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	poll.fast = loop_add_timer(helper_loop(h), FAST_US, FAST_US, ask_legs, NULL);
	poll.slow = loop_add_timer(helper_loop(h), FAST_US, SLOW_US, ask_all, NULL);
	if (!poll.fast || !poll.slow)
		error = -EMFILE;
	else if (!rescan(h))
		error = -EIO;
	if (error) {
		snprintf(why, why_size, "%s", strerror(-error));
		stop(h);
	}
	return error;
}

static uint64_t interval_us(const struct helper *h)
{
	(void)h;
	return FAST_US;
}

const struct carrier_strategy carrier_by_getlink = {
    .name = "getlink",
    .start = start,
    .interval_us = interval_us,
    .rescan = rescan,
    .stop = stop,
};
