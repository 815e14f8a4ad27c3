/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source "bfd": BFD sessions with switches and other hosts, each bound to its leg. A packet counts from when
 * the kernel had it, and before a session is declared down, what has come is received: so a late loop of ours
 * ends no session.
 */
#include <linux/capability.h>
#include <string.h>
#include <sys/random.h>
#include "bfd_kept.h"

static struct bfd_kept all[REQUEST_BFD_MAX];

static bool same_address(const struct ip_address *a, const struct ip_address *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static bool is_for(const struct bfd_kept *k, const struct bfd_packet *p, const struct ip_address *from)
{
	return same_address(&k->wish.remote, from) &&
	       (!p->your_discriminator || p->your_discriminator == k->session.discriminator);
}

static void arrived(const struct bfd_listener *l, const struct bfd_arrival *a)
{
	struct bfd_packet packet;

	if (bfd_packet_parse(a->bytes, a->size, &packet))
		return;
	for (struct bfd_kept *k = all; k < all + REQUEST_BFD_MAX; k++)
		if (k->helper && k->listener == l && is_for(k, &packet, &a->from)) {
			bfd_kept_receive(k, &packet, a->at_us);
			return;
		}
}

/* Not 0, and none that another session has. */
static uint32_t new_discriminator(void)
{
	for (;;) {
		uint32_t n;
		bool taken = false;

		if (getrandom(&n, sizeof(n), 0) != sizeof(n))
			continue;
		for (const struct bfd_kept *k = all; k < all + REQUEST_BFD_MAX; k++)
			taken |= k->helper && k->session.discriminator == n;
		if (n && !taken)
			return n;
	}
}

static bool same_session(const struct request_bfd *a, const struct request_bfd *b)
{
	return a->ifindex == b->ifindex && a->micro == b->micro && same_address(&a->local, &b->local) &&
	       same_address(&a->remote, &b->remote);
}

static const struct request_bfd *find_wish(const struct request_configure *wish, const struct bfd_kept *k)
{
	for (size_t i = 0; i < wish->bfd_count; i++)
		if (same_session(&wish->bfd[i], &k->wish))
			return &wish->bfd[i];
	return NULL;
}

static void start_unless_kept(struct helper *h, const struct request_bfd *wish)
{
	struct bfd_kept *free_one = NULL;

	for (struct bfd_kept *k = all; k < all + REQUEST_BFD_MAX; k++)
		if (!k->helper)
			free_one = k;
		else if (same_session(wish, &k->wish))
			return;
	if (free_one && !bfd_kept_start(free_one, h, wish, new_discriminator(), arrived))
		helper_degrade(h, "bfd", "degraded", "no timer for a session on ifindex %u", wish->ifindex);
}

static void configure(struct helper *h, const struct request_configure *wish)
{
	for (struct bfd_kept *k = all; k < all + REQUEST_BFD_MAX; k++) {
		const struct request_bfd *w = k->helper ? find_wish(wish, k) : NULL;

		if (w)
			bfd_kept_configure(k, w);
		else if (k->helper)
			bfd_kept_end(k);
	}
	for (size_t i = 0; i < wish->bfd_count; i++)
		start_unless_kept(h, &wish->bfd[i]);
}

static void snapshot(struct helper *h)
{
	struct frame mark = {.type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.source = "bfd"}};

	helper_emit(h, &mark);
	for (struct bfd_kept *k = all; k < all + REQUEST_BFD_MAX; k++)
		if (k->helper)
			bfd_kept_tell(k, now_us(), false);
	mark.t_us = now_us();
	mark.snapshot.end = true;
	mark.snapshot.complete = true;
	helper_emit(h, &mark);
}

static int start(struct helper *h)
{
	(void)h;
	return 0;
}

static void stop(struct helper *h)
{
	(void)h;
	for (struct bfd_kept *k = all; k < all + REQUEST_BFD_MAX; k++)
		if (k->helper)
			bfd_kept_end(k);
}

const struct source source_bfd = {
    .name = "bfd",
    .keep_caps = 1ULL << CAP_NET_RAW, /* micro-BFD's packet sockets */
    .start = start,
    .snapshot = snapshot,
    .configure = configure,
    .stop = stop,
};
