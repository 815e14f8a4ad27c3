/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of each echo, and what a probe says then; prober.c has the rule. */
#include "prober.h"

#define PATIENCE_MIN_US 100000

void probe_tell(struct probe *p)
{
	struct frame f = {.type = FRAME_LEG_PROBE, .t_us = now_us()};

	f.leg_probe = (struct frame_leg_probe){
	    .ifindex = p->wish.ifindex,
	    .method = p->wish.method,
	    .target = p->wish.target,
	    .answering = p->state == PROBE_ANSWERING,
	    .since_us = p->since_us,
	    .sent = p->sent,
	    .answered = p->answered,
	    .rtt_us = p->rtt_us,
	};
	helper_emit(p->helper, &f);
}

static void become(struct probe *p, enum probe_state state, uint64_t since_us)
{
	if (p->state == state)
		return;
	p->state = state;
	p->since_us = since_us;
	probe_tell(p);
}

/* An answer may take so long. */
static uint64_t patience_us(const struct probe *p)
{
	uint64_t interval_us = (uint64_t)p->wish.interval_ms * 1000;

	return interval_us > PATIENCE_MIN_US ? interval_us : PATIENCE_MIN_US;
}

uint64_t probe_wait_us(const struct probe *p)
{
	uint32_t pace_ms = p->wish.burst_ms < p->wish.interval_ms ? p->wish.burst_ms : p->wish.interval_ms;
	uint64_t wait = 2ull * pace_ms * 1000, most = patience_us(p);

	if (!probe_bursting())
		return most;
	if (wait < 3ull * p->rtt_us)
		wait = 3ull * p->rtt_us;
	return wait < most ? wait : most;
}

void probe_answered(struct probe *p, uint16_t seq, uint64_t received_us)
{
	uint64_t sent_us = p->sent_us[seq % PROBE_ECHOES];

	/* An older answer than the last, or to what was never sent: sequence numbers wrap, so only the
	 * distance tells. */
	if ((uint16_t)(seq - p->news_seq) >= (uint16_t)(p->next_seq - p->news_seq))
		return;
	if (received_us - sent_us > patience_us(p))
		return;
	p->answered++;
	p->answered_us = received_us;
	p->rtt_us = (uint32_t)(received_us - sent_us);
	p->news_seq = (uint16_t)(seq + 1);
	/* The path works as of this echo: those before it say nothing about now. It may be lost already. */
	if ((uint16_t)(seq - p->judged_seq) < (uint16_t)(p->next_seq - p->judged_seq))
		p->judged_seq = (uint16_t)(seq + 1);
	p->lost_run = 0;
	if (!p->clean_us)
		p->clean_us = received_us;
	become(p, PROBE_ANSWERING, received_us);
}

static void lose(struct probe *p, uint64_t sent_us)
{
	p->clean_us = 0;
	if (p->lost_run++ == 0)
		p->lost_since_us = sent_us;
	if (p->state == PROBE_UNKNOWN || p->lost_run >= p->wish.lost_after)
		become(p, PROBE_SILENT, p->lost_since_us);
}

void probe_lose_oldest(struct probe *p)
{
	uint64_t sent_us = p->sent_us[p->judged_seq % PROBE_ECHOES];

	p->judged_seq++;
	lose(p, sent_us);
}

void probe_judge(struct probe *p, uint64_t now)
{
	while (p->judged_seq != p->next_seq) {
		/* now may be a little earlier than the last echo. */
		if (now <= p->sent_us[p->judged_seq % PROBE_ECHOES] + probe_wait_us(p))
			return;
		probe_lose_oldest(p);
	}
}

void probe_lose_all(struct probe *p, uint64_t now)
{
	while (p->judged_seq != p->next_seq)
		probe_lose_oldest(p);
	p->news_seq = p->next_seq;
	lose(p, now);
}
