/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "bfd_kept.h"
#include "bfd_micro.h"

#define OPEN_SPACING_US 1000000
/* Between two frames, whatever the other end sends us: of a change of state, of anything else. */
#define TELL_STATE_SPACING_US 10000
#define TELL_SPACING_US 100000

static struct frame_bfd describe(const struct bfd_kept *k)
{
	const struct bfd_session *s = &k->session;

	return (struct frame_bfd){
	    .ifindex = k->wish.ifindex,
	    .local = k->wish.local,
	    .remote = k->wish.remote,
	    .micro = k->wish.micro,
	    .state = s->state,
	    .remote_state = s->remote_state,
	    .diagnostic = s->diagnostic,
	    .remote_diagnostic = s->remote_diagnostic,
	    .since_us = s->since_us,
	    .tx_us = bfd_session_tx_us(s),
	    .detect_us = bfd_session_detect_us(s),
	};
}

void bfd_kept_tell(struct bfd_kept *k, uint64_t t_us, bool gone)
{
	struct frame f = {.type = FRAME_BFD, .t_us = t_us};

	k->told = describe(k);
	k->told_us = t_us;
	f.bfd = k->told;
	f.bfd.gone = gone;
	helper_emit(k->helper, &f);
}

/* UINT64_MAX: everything is told. A state that came and went meanwhile shows in since_us. */
static uint64_t tell_due_us(const struct bfd_kept *k)
{
	struct frame_bfd now = describe(k);

	if (now.state != k->told.state || now.since_us != k->told.since_us)
		return k->told_us + TELL_STATE_SPACING_US;
	if (now.remote_state == k->told.remote_state && now.diagnostic == k->told.diagnostic &&
	    now.remote_diagnostic == k->told.remote_diagnostic && now.tx_us == k->told.tx_us &&
	    now.detect_us == k->told.detect_us)
		return UINT64_MAX;
	return k->told_us + TELL_SPACING_US;
}

static bool is_open(const struct bfd_kept *k)
{
	return k->listener && k->fd >= 0;
}

static void arm(struct bfd_kept *k)
{
	uint64_t now = now_us(), due = bfd_session_wake_us(&k->session), tell_due = tell_due_us(k);

	if (!is_open(k) && k->open_at_us < due)
		due = k->open_at_us;
	if (tell_due < due)
		due = tell_due;
	if (due == UINT64_MAX)
		loop_disarm_timer(k->timer);
	else
		loop_arm_timer(k->timer, due > now ? due - now : 0, 0);
}

static int send_micro(struct bfd_kept *k, const uint8_t packet[BFD_PACKET_BYTES])
{
	const struct frame_link *link = rtnl_link(k->helper, k->wish.ifindex);
	struct bfd_ends ends = {
	    .local = k->wish.local, .remote = k->wish.remote, .source_port = k->source_port};

	if (!link || !link->has_mac)
		return 0;
	memcpy(ends.mac, link->mac, sizeof(ends.mac));
	return bfd_micro_send(bfd_listener_fd(k->listener), &ends, packet);
}

static void send_packet(struct bfd_kept *k, bool final)
{
	struct bfd_packet packet;
	uint8_t bytes[BFD_PACKET_BYTES];
	int r;

	bfd_session_packet(&k->session, final, &packet);
	bfd_packet_build(&packet, bytes);
	/*
	 * Without carrier it would only leave its neighbour entry incomplete, and what comes back with the
	 * carrier would wait for ARP's next try, a second. If the kernel refuses it, it is as lost as on the
	 * wire.
	 */
	if (!is_open(k) || !carrier_is_running(k->helper, k->wish.ifindex))
		return;
	r = k->wish.micro ? send_micro(k, bytes) : bfd_send(k->fd, k->wish.ifindex, &k->wish.remote, bytes);
	/* The device is gone. Another may come with this ifindex: with descriptors of its own. */
	k->broken |= r == -ENXIO || r == -ENODEV;
}

/* at_us: when it happened. */
static void act(struct bfd_kept *k, unsigned int todo, uint64_t at_us)
{
	if (todo & BFD_SEND_FINAL)
		send_packet(k, true);
	if (todo & BFD_SEND) {
		send_packet(k, false);
		bfd_session_sent(&k->session, now_us());
	}
	if (tell_due_us(k) <= at_us)
		bfd_kept_tell(k, at_us, false);
}

static void close_session(struct bfd_kept *k)
{
	if (k->listener)
		bfd_unlisten(k->listener);
	if (k->fd >= 0)
		close(k->fd);
	k->listener = NULL;
	k->fd = -1;
	k->broken = false;
}

static void open_session(struct bfd_kept *k, uint64_t now)
{
	char remote[FRAME_ADDRESS_TEXT];
	int r = bfd_listen(k->helper, &k->wish, k->fn, &k->listener);

	if (!r) {
		/* The aggregate's address is none of the member's own. */
		k->fd = bfd_open_send(k->wish.micro ? 0 : k->wish.ifindex, &k->wish.local, &k->source_port);
		r = k->fd < 0 ? k->fd : 0;
	}
	if (!r)
		return;
	close_session(k);
	k->open_at_us = now + OPEN_SPACING_US;
	frame_address_text(&k->wish.remote, remote);
	if (r == -EADDRINUSE)
		helper_degrade(k->helper, "bfd", "degraded",
			       "no session with %s: another program has UDP port %d", remote,
			       k->wish.micro ? BFD_MICRO_PORT : BFD_PORT);
	else if (r != -EADDRNOTAVAIL && r != -ENODEV) /* these may be on their way */
		helper_degrade(k->helper, "bfd", "degraded", "no session with %s: %s", remote, strerror(-r));
}

static void tick(void *data)
{
	struct bfd_kept *k = data;
	uint64_t now = now_us();

	if (k->broken) {
		close_session(k);
		k->open_at_us = now + OPEN_SPACING_US;
	}
	if (!is_open(k) && now >= k->open_at_us)
		open_session(k, now);
	if (is_open(k)) {
		bfd_listener_receive(k->listener);
		now = now_us();
	}
	act(k, bfd_session_tick(&k->session, now), now);
	arm(k);
}

bool bfd_kept_start(struct bfd_kept *k, struct helper *h, const struct request_bfd *wish,
		    uint32_t discriminator, bfd_arrived_fn fn)
{
	struct loop_timer *timer = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, tick, k);

	if (!timer)
		return false;
	*k = (struct bfd_kept){.helper = h, .wish = *wish, .fn = fn, .fd = -1, .timer = timer};
	bfd_session_start(&k->session, discriminator, wish->interval_ms * 1000, (uint8_t)wish->detect_mult,
			  now_us());
	bfd_kept_tell(k, now_us(), false);
	loop_arm_timer(timer, 0, 0);
	return true;
}

void bfd_kept_configure(struct bfd_kept *k, const struct request_bfd *wish)
{
	unsigned int todo =
	    bfd_session_configure(&k->session, wish->interval_ms * 1000, (uint8_t)wish->detect_mult);

	k->wish = *wish;
	act(k, todo, now_us());
	arm(k);
}

void bfd_kept_receive(struct bfd_kept *k, const struct bfd_packet *p, uint64_t at_us)
{
	/* The wall clock, by which the kernel stamps, has been set forward. */
	if (at_us < k->session.heard_us)
		at_us = now_us();
	act(k, bfd_session_receive(&k->session, p, at_us), at_us);
	arm(k);
}

void bfd_kept_end(struct bfd_kept *k)
{
	bfd_session_end(&k->session);
	if (bfd_session_tx_us(&k->session))
		send_packet(k, false);
	bfd_kept_tell(k, now_us(), true);
	close_session(k);
	loop_remove_timer(helper_loop(k->helper), k->timer);
	k->helper = NULL;
}
