/* SPDX-License-Identifier: Apache-2.0 */
#include "bfd_session.h"

/* RFC 5880 6.8.3: while a session is not up, no more than a packet a second. */
#define SLOW_US 1000000

enum {
	DIAGNOSTIC_NONE = 0,
	DIAGNOSTIC_EXPIRED = 1,
	DIAGNOSTIC_NEIGHBOUR_DOWN = 3,
	DIAGNOSTIC_ADMIN_DOWN = 7,
};

static uint32_t at_least(uint32_t n, uint32_t min)
{
	return n > min ? n : min;
}

static uint32_t desired_min_tx_us(const struct bfd_session *s)
{
	return s->state == BFD_UP ? s->interval_us : at_least(s->interval_us, SLOW_US);
}

static bool polls(const struct bfd_session *s)
{
	return s->poll == BFD_POLLING || s->poll == BFD_POLLING_MORE;
}

/* RFC 5880 6.8.7: down to 75 % of the interval; not beyond 90 % where one lost packet is a lost session. */
static void choose_jitter(struct bfd_session *s)
{
	uint32_t x = s->random;

	x ^= x << 13; /* Marsaglia's xorshift32: never 0 */
	x ^= x >> 17;
	x ^= x << 5;
	s->random = x;
	s->percent = 75 + x % (s->detect_mult == 1 ? 16 : 26);
}

static void forget_remote(struct bfd_session *s)
{
	s->remote_discriminator = 0;
	s->remote_min_tx_us = 0;
	s->remote_min_rx_us = 1; /* RFC 5880 6.8.1 */
	s->remote_detect_mult = 0;
	s->remote_state = BFD_DOWN;
	s->remote_demand = false;
	s->heard_us = 0;
}

static void use_announced(struct bfd_session *s)
{
	s->tx_in_use_us = desired_min_tx_us(s);
	s->rx_in_use_us = s->interval_us;
}

void bfd_session_start(struct bfd_session *s, uint32_t discriminator, uint32_t interval_us,
		       uint8_t detect_mult, uint64_t now)
{
	*s = (struct bfd_session){
	    .discriminator = discriminator,
	    .interval_us = interval_us,
	    .detect_mult = detect_mult,
	    .state = BFD_DOWN,
	    .since_us = now,
	    .random = discriminator,
	};
	forget_remote(s);
	use_announced(s);
	choose_jitter(s);
}

static unsigned int become(struct bfd_session *s, enum bfd_state state, uint8_t diagnostic, uint64_t since_us)
{
	uint32_t before = desired_min_tx_us(s);

	s->state = state;
	s->diagnostic = diagnostic;
	s->since_us = since_us;
	/* Faster from now on, which the other end is told by a poll sequence; or slower, and nobody counts on
	 * us. */
	use_announced(s);
	s->poll = state == BFD_UP && desired_min_tx_us(s) != before ? BFD_POLLING : BFD_NO_POLL;
	return BFD_SEND;
}

static unsigned int expire(struct bfd_session *s, uint64_t now)
{
	uint64_t heard_us = s->heard_us;

	if (!heard_us || now < heard_us + bfd_session_detect_us(s))
		return 0;
	forget_remote(s);
	return s->state == BFD_DOWN ? 0 : become(s, BFD_DOWN, DIAGNOSTIC_EXPIRED, heard_us);
}

unsigned int bfd_session_configure(struct bfd_session *s, uint32_t interval_us, uint8_t detect_mult)
{
	if (interval_us == s->interval_us && detect_mult == s->detect_mult)
		return 0;
	s->detect_mult = detect_mult;
	if (interval_us == s->interval_us)
		return BFD_SEND;
	s->interval_us = interval_us;
	if (s->state != BFD_UP) {
		use_announced(s);
		return BFD_SEND;
	}
	/* Not slower, nor sooner content with silence, before the other end has agreed. */
	if (interval_us < s->tx_in_use_us)
		s->tx_in_use_us = interval_us;
	s->rx_in_use_us = at_least(s->rx_in_use_us, interval_us);
	if (s->poll == BFD_NO_POLL)
		s->poll = BFD_POLLING;
	else if (s->poll == BFD_POLLING)
		s->poll = BFD_POLLING_MORE;
	return BFD_SEND;
}

static void follow_poll(struct bfd_session *s, bool final)
{
	if (final && s->poll == BFD_POLLING) {
		s->poll = BFD_NO_POLL;
		use_announced(s);
	} else if (final && s->poll == BFD_POLLING_MORE) {
		s->poll = BFD_POLL_FOLLOWS;
	} else if (!final && s->poll == BFD_POLL_FOLLOWS) {
		s->poll = BFD_POLLING;
	}
}

/* The state machine of RFC 5880 6.8.6, from bfd.SessionState and the state in the packet. */
static unsigned int follow_state(struct bfd_session *s, enum bfd_state received, uint64_t at_us)
{
	if (received == BFD_ADMIN_DOWN)
		return s->state == BFD_DOWN ? 0 : become(s, BFD_DOWN, DIAGNOSTIC_NEIGHBOUR_DOWN, at_us);
	switch (s->state) {
	case BFD_DOWN:
		if (received == BFD_DOWN) /* why it was down is told until it is up */
			return become(s, BFD_INIT, s->diagnostic, at_us);
		return received == BFD_INIT ? become(s, BFD_UP, DIAGNOSTIC_NONE, at_us) : 0;
	case BFD_INIT:
		return received == BFD_DOWN ? 0 : become(s, BFD_UP, DIAGNOSTIC_NONE, at_us);
	case BFD_UP:
		return received == BFD_DOWN ? become(s, BFD_DOWN, DIAGNOSTIC_NEIGHBOUR_DOWN, at_us) : 0;
	case BFD_ADMIN_DOWN:
		break;
	}
	return 0;
}

unsigned int bfd_session_receive(struct bfd_session *s, const struct bfd_packet *p, uint64_t at_us)
{
	unsigned int todo;

	if (p->your_discriminator && p->your_discriminator != s->discriminator)
		return 0;
	todo = expire(s, at_us);
	s->remote_discriminator = p->my_discriminator;
	s->remote_state = p->state;
	s->remote_diagnostic = p->diagnostic;
	s->remote_demand = p->demand;
	s->remote_min_tx_us = p->desired_min_tx_us;
	s->remote_min_rx_us = p->required_min_rx_us;
	s->remote_detect_mult = p->detect_mult;
	s->heard_us = at_us;
	follow_poll(s, p->final);
	todo |= follow_state(s, p->state, at_us);
	/* The answer tells a new state as well. */
	return p->poll ? (todo & ~BFD_SEND) | BFD_SEND_FINAL : todo;
}

static bool periodic(const struct bfd_session *s)
{
	bool demanded = s->remote_demand && s->state == BFD_UP && s->remote_state == BFD_UP;

	return s->remote_min_rx_us && (!demanded || polls(s));
}

uint64_t bfd_session_tx_us(const struct bfd_session *s)
{
	return periodic(s) ? at_least(s->tx_in_use_us, s->remote_min_rx_us) : 0;
}

uint64_t bfd_session_detect_us(const struct bfd_session *s)
{
	return (uint64_t)s->remote_detect_mult * at_least(s->rx_in_use_us, s->remote_min_tx_us);
}

static uint64_t tx_due_us(const struct bfd_session *s)
{
	return periodic(s) ? s->sent_us + bfd_session_tx_us(s) * s->percent / 100 : UINT64_MAX;
}

unsigned int bfd_session_tick(struct bfd_session *s, uint64_t now)
{
	unsigned int todo = expire(s, now);

	return tx_due_us(s) <= now ? todo | BFD_SEND : todo;
}

uint64_t bfd_session_wake_us(const struct bfd_session *s)
{
	uint64_t tx = tx_due_us(s),
		 detect = s->heard_us ? s->heard_us + bfd_session_detect_us(s) : UINT64_MAX;

	return tx < detect ? tx : detect;
}

void bfd_session_packet(const struct bfd_session *s, bool final, struct bfd_packet *out)
{
	*out = (struct bfd_packet){
	    .state = s->state,
	    .diagnostic = s->diagnostic,
	    .poll = polls(s) && !final,
	    .final = final,
	    .detect_mult = s->detect_mult,
	    .my_discriminator = s->discriminator,
	    .your_discriminator = s->remote_discriminator,
	    .desired_min_tx_us = desired_min_tx_us(s),
	    .required_min_rx_us = s->interval_us,
	};
}

void bfd_session_sent(struct bfd_session *s, uint64_t now)
{
	s->sent_us = now;
	choose_jitter(s);
}

void bfd_session_end(struct bfd_session *s)
{
	s->state = BFD_ADMIN_DOWN;
	s->diagnostic = DIAGNOSTIC_ADMIN_DOWN;
	s->poll = BFD_NO_POLL;
}
