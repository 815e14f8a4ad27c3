/* SPDX-License-Identifier: Apache-2.0 */
/* One echo of a probe, and the socket that it needs; prober.c has the rule. */
#include <errno.h>
#include <sys/epoll.h>
#include "prober.h"

#define OPEN_SPACING_US 250000

static void readable(void *data, uint32_t events)
{
	(void)events;
	probe_receive(data, probe_answered);
}

void probe_shut(struct probe *p)
{
	if (p->fd < 0)
		return;
	loop_remove_fd(helper_loop(p->helper), p->fd);
	probe_close(p);
}

/* 0 or -errno: of the last time, if it is too early to try again. */
static int open_now(struct probe *p, uint64_t now)
{
	if (p->fd >= 0 && p->ops->fits && !p->ops->fits(p)) {
		probe_shut(p);
		p->open_at_us = now;
	}
	if (p->fd >= 0)
		return 0;
	if (now < p->open_at_us)
		return p->open_error;
	p->open_at_us = now + OPEN_SPACING_US;
	p->open_error = p->ops->open(p);
	if (p->open_error)
		return p->open_error;
	p->open_error = loop_add_fd(helper_loop(p->helper), p->fd, EPOLLIN, readable, p);
	if (p->open_error)
		probe_close(p);
	return p->open_error;
}

static void count_sent(struct probe *p)
{
	p->sent++;
	p->next_seq++;
	if ((uint16_t)(p->next_seq - p->news_seq) > PROBE_ECHOES)
		p->news_seq = (uint16_t)(p->next_seq - PROBE_ECHOES);
}

void probe_send(struct probe *p)
{
	uint64_t now = now_us();
	int r;

	/*
	 * Without carrier an echo is lost; sent all the same, it would leave its target's neighbour entry
	 * incomplete, and what comes back to the leg with the carrier would wait for ARP's next try, a
	 * second.
	 */
	r = carrier_is_running(p->helper, p->wish.ifindex) ? open_now(p, now) : -ENETDOWN;
	if (r == -ENODATA) {
		helper_degrade(p->helper, "prober", "degraded",
			       "link %u has no permanent MAC to send ARP or ND from: not probed",
			       p->wish.ifindex);
		return;
	}
	if (r) {
		probe_lose_all(p, now);
		return;
	}
	/* There is no room to remember it. */
	if ((uint16_t)(p->next_seq - p->judged_seq) >= PROBE_ECHOES)
		probe_lose_oldest(p);
	p->sent_us[p->next_seq % PROBE_ECHOES] = now;
	r = p->ops->send(p, p->next_seq);
	switch (-r) {
	case 0:
		count_sent(p);
		return;
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
	case EINTR:
		return; /* our own queue is full: no echo, no verdict */
	case ENODEV:
	case ENXIO:
		/* The device is gone. Another may come with this ifindex: with a socket of its own. */
		probe_shut(p);
		break;
	}
	probe_lose_all(p, now);
}
