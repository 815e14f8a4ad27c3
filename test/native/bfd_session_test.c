/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "../../native/sources/bfd_session.c"

#define MS UINT64_C(1000)
#define ZERO (1000000 * MS)

static struct bfd_session s;

/* What the other end sends: 50 ms x 3. */
static struct bfd_packet packet(enum bfd_state state)
{
	return (struct bfd_packet){.state = state,
				   .detect_mult = 3,
				   .my_discriminator = 77,
				   .your_discriminator = s.discriminator,
				   .desired_min_tx_us = 50000,
				   .required_min_rx_us = 50000};
}

static unsigned int receive(enum bfd_state state, uint64_t at_us)
{
	struct bfd_packet p = packet(state);

	return bfd_session_receive(&s, &p, at_us);
}

static struct bfd_packet said(void)
{
	struct bfd_packet p;

	bfd_session_packet(&s, false, &p);
	return p;
}

static void begin(uint64_t interval_ms, uint8_t mult)
{
	bfd_session_start(&s, 0xabcdef01, (uint32_t)(interval_ms * MS), mult, ZERO);
}

static void bring_up(uint64_t interval_ms, uint8_t mult)
{
	struct bfd_packet final;

	begin(interval_ms, mult);
	receive(BFD_DOWN, ZERO);
	receive(BFD_INIT, ZERO);
	CHECK(s.state == BFD_UP);
	final = packet(BFD_UP);
	final.final = true;
	bfd_session_receive(&s, &final, ZERO);
	bfd_session_sent(&s, ZERO);
}

/* RFC 5880 6.2 and 6.8.6: from each state, what each received state leads to. */
static void follows_the_state_machine(void)
{
	static const struct {
		enum bfd_state from, received, to;
		uint8_t diagnostic;
	} table[] = {
	    {BFD_DOWN, BFD_ADMIN_DOWN, BFD_DOWN, 0}, {BFD_DOWN, BFD_DOWN, BFD_INIT, 0},
	    {BFD_DOWN, BFD_INIT, BFD_UP, 0},	     {BFD_DOWN, BFD_UP, BFD_DOWN, 0},
	    {BFD_INIT, BFD_ADMIN_DOWN, BFD_DOWN, 3}, {BFD_INIT, BFD_DOWN, BFD_INIT, 0},
	    {BFD_INIT, BFD_INIT, BFD_UP, 0},	     {BFD_INIT, BFD_UP, BFD_UP, 0},
	    {BFD_UP, BFD_ADMIN_DOWN, BFD_DOWN, 3},   {BFD_UP, BFD_DOWN, BFD_DOWN, 3},
	    {BFD_UP, BFD_INIT, BFD_UP, 0},	     {BFD_UP, BFD_UP, BFD_UP, 0},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		unsigned int todo;

		begin(50, 3);
		if (table[i].from != BFD_DOWN)
			receive(BFD_DOWN, ZERO);
		if (table[i].from == BFD_UP)
			receive(BFD_UP, ZERO);
		CHECK(s.state == table[i].from);
		todo = receive(table[i].received, ZERO + 5 * MS);
		CHECK(s.state == table[i].to && s.diagnostic == table[i].diagnostic);
		/* A new state is told at once, and is as old as the packet. */
		CHECK(!(todo & BFD_SEND) == (table[i].from == table[i].to));
		CHECK(s.since_us == (table[i].from == table[i].to ? ZERO : ZERO + 5 * MS));
	}
}

static void is_slow_until_it_is_up(void)
{
	begin(50, 3);
	CHECK(bfd_session_wake_us(&s) <= ZERO); /* the first at once */
	CHECK(bfd_session_tick(&s, ZERO) == BFD_SEND);
	CHECK(said().desired_min_tx_us == 1000000 && said().required_min_rx_us == 50000);
	CHECK(said().your_discriminator == 0 && said().required_min_echo_rx_us == 0 && !said().demand);
	bfd_session_sent(&s, ZERO);
	CHECK(bfd_session_tick(&s, ZERO + 749 * MS) == 0);
	CHECK(bfd_session_tick(&s, ZERO + 1000 * MS) == BFD_SEND);
	receive(BFD_DOWN, ZERO);
	CHECK(s.state == BFD_INIT && bfd_session_tx_us(&s) == 1000000);
	/* An interval above a second stays. */
	begin(2000, 3);
	CHECK(said().desired_min_tx_us == 2000000);
}

static void polls_for_its_own_interval_once_up(void)
{
	struct bfd_packet final;

	begin(50, 3);
	receive(BFD_DOWN, ZERO);
	CHECK(!said().poll);
	receive(BFD_INIT, ZERO);
	CHECK(s.state == BFD_UP && said().poll && !said().final && said().desired_min_tx_us == 50000);
	CHECK(bfd_session_tx_us(&s) == 50000);
	receive(BFD_UP, ZERO);
	CHECK(said().poll); /* until the answer */
	final = packet(BFD_UP);
	final.final = true;
	bfd_session_receive(&s, &final, ZERO);
	CHECK(!said().poll);
	/* An F that nobody asked for changes nothing. */
	bfd_session_receive(&s, &final, ZERO);
	CHECK(!said().poll && s.state == BFD_UP);
}

static void answers_each_poll_at_once(void)
{
	struct bfd_packet poll, answer;

	bring_up(50, 3);
	poll = packet(BFD_UP);
	poll.poll = true;
	poll.required_min_rx_us = 0;
	CHECK(bfd_session_receive(&s, &poll, ZERO) == BFD_SEND_FINAL); /* even if it wants nothing else */
	bfd_session_packet(&s, true, &answer);
	CHECK(answer.final && !answer.poll && answer.your_discriminator == 77);
	/* Never both: ours is put off to the next packet. */
	begin(50, 3);
	poll = packet(BFD_INIT);
	poll.poll = true;
	CHECK(bfd_session_receive(&s, &poll, ZERO) == BFD_SEND_FINAL && s.state == BFD_UP);
	bfd_session_packet(&s, true, &answer);
	CHECK(answer.final && !answer.poll && answer.state == BFD_UP && said().poll);
}

static void detects_by_the_slower_of_both(void)
{
	struct bfd_packet p;

	bring_up(50, 3);
	CHECK(bfd_session_detect_us(&s) == 150000);
	p = packet(BFD_UP);
	p.desired_min_tx_us = 300000; /* theirs: they send no faster */
	p.detect_mult = 5;	      /* theirs, not ours */
	bfd_session_receive(&s, &p, ZERO);
	CHECK(bfd_session_detect_us(&s) == 1500000);
	p.desired_min_tx_us = 10000;
	bfd_session_receive(&s, &p, ZERO);
	CHECK(bfd_session_detect_us(&s) == 250000);
	p.desired_min_tx_us = UINT32_MAX;
	p.detect_mult = 255;
	bfd_session_receive(&s, &p, ZERO);
	CHECK(bfd_session_detect_us(&s) == UINT64_C(255) * UINT32_MAX);
}

static void goes_down_when_the_detection_time_has_expired(void)
{
	bring_up(50, 3);
	CHECK(bfd_session_tick(&s, ZERO + 150 * MS - 1) != 0 && s.state == BFD_UP);
	CHECK(bfd_session_wake_us(&s) <= ZERO + 150 * MS);
	bfd_session_sent(&s, ZERO + 149 * MS);
	CHECK(bfd_session_tick(&s, ZERO + 150 * MS) & BFD_SEND);
	CHECK(s.state == BFD_DOWN && s.diagnostic == 1 && s.since_us == ZERO);
	CHECK(said().your_discriminator == 0 && said().desired_min_tx_us == 1000000 && !said().poll);
	CHECK(s.remote_state == BFD_DOWN && bfd_session_detect_us(&s) == 0);
	/* Why is kept until it is up again. */
	receive(BFD_DOWN, ZERO + 200 * MS);
	CHECK(s.state == BFD_INIT && s.diagnostic == 1);
	receive(BFD_UP, ZERO + 210 * MS);
	CHECK(s.state == BFD_UP && s.diagnostic == 0);
}

/* However late the loop is: what had come in time counts, what had not does not. */
static void judges_by_the_time_of_arrival(void)
{
	bring_up(50, 3);
	receive(BFD_UP, ZERO + 149 * MS);
	CHECK(bfd_session_tick(&s, ZERO + 298 * MS) != 0 && s.state == BFD_UP);
	receive(BFD_UP, ZERO + 299 * MS);
	CHECK(s.state == BFD_DOWN && s.diagnostic == 1 && s.since_us == ZERO + 149 * MS);
}

static void forgets_a_silent_neighbour_while_down(void)
{
	struct bfd_packet p;

	begin(50, 3);
	p = packet(BFD_ADMIN_DOWN);
	p.required_min_rx_us = 0;
	bfd_session_receive(&s, &p, ZERO);
	CHECK(s.state == BFD_DOWN && s.remote_state == BFD_ADMIN_DOWN);
	CHECK(bfd_session_tx_us(&s) == 0 && bfd_session_wake_us(&s) == ZERO + 150 * MS);
	CHECK(bfd_session_tick(&s, ZERO + 150 * MS) & BFD_SEND); /* so it is called again */
	CHECK(s.remote_discriminator == 0 && s.remote_state == BFD_DOWN && s.since_us == ZERO);
}

static void ignores_what_is_for_another(void)
{
	struct bfd_packet p;

	bring_up(50, 3);
	p = packet(BFD_DOWN);
	p.your_discriminator++;
	CHECK(bfd_session_receive(&s, &p, ZERO + 10 * MS) == 0 && s.state == BFD_UP && s.heard_us == ZERO);
}

static void keeps_to_what_the_other_end_can_take(void)
{
	struct bfd_packet p;

	bring_up(50, 3);
	p = packet(BFD_UP);
	p.required_min_rx_us = 400000;
	bfd_session_receive(&s, &p, ZERO);
	CHECK(bfd_session_tx_us(&s) == 400000);
	p.required_min_rx_us = 0;
	bfd_session_receive(&s, &p, ZERO);
	CHECK(bfd_session_tx_us(&s) == 0 && bfd_session_tick(&s, ZERO + 149 * MS) == 0);
	p.required_min_rx_us = 50000;
	p.demand = true;
	bfd_session_receive(&s, &p, ZERO);
	CHECK(bfd_session_tx_us(&s) == 0); /* demand mode: nothing but polls */
	bfd_session_configure(&s, 20000, 3);
	CHECK(bfd_session_tx_us(&s) == 50000 && said().poll);
	p.state = BFD_DOWN; /* demand counts between two ends that are up */
	bfd_session_receive(&s, &p, ZERO);
	CHECK(bfd_session_tx_us(&s) == 1000000);
}

static void jitters_within_the_bounds(void)
{
	for (int mult = 1; mult <= 3; mult += 2) {
		uint32_t low = 100, high = 0;

		bring_up(50, (uint8_t)mult);
		for (int i = 0; i < 10000; i++) {
			bfd_session_sent(&s, ZERO);
			low = s.percent < low ? s.percent : low;
			high = s.percent > high ? s.percent : high;
		}
		CHECK(low == 75 && high == (mult == 1 ? 90 : 100));
		CHECK(bfd_session_wake_us(&s) == ZERO + 500 * s.percent);
	}
}

static void changes_its_terms_by_a_poll(void)
{
	struct bfd_packet final, clear;

	bring_up(50, 3);
	final = clear = packet(BFD_UP);
	final.final = true;
	clear.desired_min_tx_us = final.desired_min_tx_us = 10000;
	/* Slower: told at once, done when the other end knows. Detection waits longer from now on. */
	CHECK(bfd_session_configure(&s, 200000, 3) == BFD_SEND);
	CHECK(said().poll && said().desired_min_tx_us == 200000 && said().required_min_rx_us == 200000);
	bfd_session_receive(&s, &clear, ZERO);
	CHECK(bfd_session_tx_us(&s) == 50000 && bfd_session_detect_us(&s) == 600000);
	bfd_session_receive(&s, &final, ZERO);
	CHECK(bfd_session_tx_us(&s) == 200000 && bfd_session_detect_us(&s) == 600000 && !said().poll);
	/* Faster: at once. Silence is judged by the old measure until then. */
	bfd_session_configure(&s, 50000, 3);
	CHECK(bfd_session_tx_us(&s) == 50000 && bfd_session_detect_us(&s) == 600000);
	/* Changed again before the answer, which may be to the first: another sequence, told apart by a clear
	 * F. */
	bfd_session_configure(&s, 80000, 3);
	bfd_session_receive(&s, &final, ZERO);
	CHECK(!said().poll && bfd_session_detect_us(&s) == 600000);
	bfd_session_receive(&s, &final, ZERO);
	CHECK(!said().poll);
	bfd_session_receive(&s, &clear, ZERO);
	CHECK(said().poll);
	bfd_session_receive(&s, &final, ZERO);
	CHECK(!said().poll && bfd_session_tx_us(&s) == 80000 && bfd_session_detect_us(&s) == 240000);
	/* Our multiplier is the other end's business: it needs no poll. */
	CHECK(bfd_session_configure(&s, 80000, 9) == BFD_SEND && !said().poll && said().detect_mult == 9);
	CHECK(bfd_session_configure(&s, 80000, 9) == 0);
}

static void says_goodbye(void)
{
	bring_up(50, 3);
	bfd_session_end(&s);
	CHECK(said().state == BFD_ADMIN_DOWN && said().diagnostic == 7 && !said().poll);
}

/* Two of them, each hearing the other: they come up, whoever speaks first, and agree. */
static void two_of_them_come_up(void)
{
	struct bfd_session ends[2];
	struct bfd_packet p;
	uint64_t now = ZERO;

	bfd_session_start(&ends[0], 1, 50000, 3, now);
	bfd_session_start(&ends[1], 2, 80000, 5, now);
	for (; now < ZERO + 5000 * MS; now += MS)
		for (int i = 0; i < 2; i++) {
			unsigned int todo = bfd_session_tick(&ends[i], now);

			for (int from = i; todo; from = !from) {
				bool final = todo & BFD_SEND_FINAL;

				bfd_session_packet(&ends[from], final, &p);
				if (!final)
					bfd_session_sent(&ends[from], now);
				todo = bfd_session_receive(&ends[!from], &p, now);
			}
		}
	for (int i = 0; i < 2; i++)
		CHECK(ends[i].state == BFD_UP && ends[i].poll == BFD_NO_POLL &&
		      bfd_session_tx_us(&ends[i]) == 80000);
	CHECK(bfd_session_detect_us(&ends[0]) == 5 * 80000 && bfd_session_detect_us(&ends[1]) == 3 * 80000);
}

int main(void)
{
	RUN(follows_the_state_machine);
	RUN(is_slow_until_it_is_up);
	RUN(polls_for_its_own_interval_once_up);
	RUN(answers_each_poll_at_once);
	RUN(detects_by_the_slower_of_both);
	RUN(goes_down_when_the_detection_time_has_expired);
	RUN(judges_by_the_time_of_arrival);
	RUN(forgets_a_silent_neighbour_while_down);
	RUN(ignores_what_is_for_another);
	RUN(keeps_to_what_the_other_end_can_take);
	RUN(jitters_within_the_bounds);
	RUN(changes_its_terms_by_a_poll);
	RUN(says_goodbye);
	RUN(two_of_them_come_up);
	return check_done();
}
