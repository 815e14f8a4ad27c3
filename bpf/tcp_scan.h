// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * tcp.bpf.c: the scan. A timer reads each tcp_sock, by probed reads as it may be freed meanwhile: before
 * something is told, the socket's identity is looked at.
 */
#ifndef PATHWARDEN_TCP_SCAN_H
#define PATHWARDEN_TCP_SCAN_H

#include "tcp_account.h"
#include "tcp_flows.h"

/* How often a flow's identity and devices are read, and those of one that has not moved since. */
#define LEGS_NS (100 * MS)
#define LEGS_IDLE_NS (400 * MS)
/* After that time without movement, the side that speaks first has begun something new. */
#define QUIET_NS (50 * MS)
/* Of the longest time that answers took, each answer that came sooner takes this share of the difference. */
#define FORGET_ANSWERS 32
/* A stall is looked at every hot_ns for that long; later its end is told up to idle_ns late, with the right
 * time. */
#define HOT_FOR_NS (5000 * MS)
#define TICK_MIN_NS (200 * 1000ULL)
/* A deadline is looked at that much after it. */
#define TICK_LATE_NS (20 * 1000ULL)

struct scan {
	__u64 now, due;
	bool hot;
};

/*
 * The same connection, and still a storage connection by the ports that are asked for. The kernel tells of a
 * new state before it sets it: a connection that on_state has just added may not be established yet.
 */
__noinline int is_still(const struct flow *f)
{
	struct sock *sk;
	__u8 state;

	if (!f)
		return 0;
	sk = (void *)f->sk;
	state = BPF_CORE_READ(sk, __sk_common.skc_state);
	return is_storage_port(f->key.is_server ? f->key.local_port : f->key.remote_port) &&
	       (state == TCP_ESTABLISHED || state == TCP_SYN_SENT || state == TCP_SYN_RECV) &&
	       BPF_CORE_READ(sk, __sk_common.skc_num) == f->key.local_port &&
	       bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport)) == f->key.remote_port;
}

__noinline int look_at_legs(struct flow *f, __u64 now)
{
	__u32 out, in, was;

	if (!f)
		return 0;
	out = out_device((struct sock *)f->sk);
	in = in_device((struct sock *)f->sk);
	/* 0: no route at the moment; the next packet gets one. */
	if (out) {
		was = f->out_ifindex;
		f->out_ifindex = out;
		if (out != was)
			tell_switch(f, false, was, f->out_ns, now);
		f->out_ns = now;
	}
	if (in) {
		was = f->in_ifindex;
		f->in_ifindex = in;
		if (in != was)
			tell_switch(f, true, was, f->in_ns, now);
		f->in_ns = now;
	}
	return 0;
}

/* A time that TCP noted: it may be later than the tick's beginning, or ahead of the clock by pacing. */
static __always_inline __u64 not_after(__u64 t_ns, __u64 now)
{
	return t_ns && t_ns < now ? t_ns : now;
}

/*
 * Why written data may rightly not have left although nothing is in flight: the other side has closed its
 * window, or a partial segment waits for more (TCP_CORK, MSG_MORE). The kernel sends the latter after one
 * RTO: once a probe was tried, or a local device has refused it, that is no excuse any more.
 */
__noinline int rightly_held(__u64 sk, __u32 unsent)
{
	struct tcp_sock *tp = (void *)sk;
	__u32 mss = BPF_CORE_READ(tp, mss_cache);
	struct inet_connection_sock *ic = &tp->inet_conn;

	if (BPF_CORE_READ(tp, snd_wnd) < (unsent < mss ? unsent : mss))
		return true;
	if (unsent >= mss)
		return false;
	if (BPF_CORE_READ_BITFIELD_PROBED(tp, nonagle) & TCP_NAGLE_CORK)
		return true;
	return BPF_CORE_READ_BITFIELD_PROBED(ic, icsk_ca_state) != TCP_CA_CWR &&
	       !BPF_CORE_READ(ic, icsk_probes_out);
}

/*
 * Was our data the last word? The segment received last carried none (then snd_wl1, its sequence number, is
 * rcv_nxt), and we did not send before we last received.
 */
static __always_inline bool had_last_word(struct tcp_sock *tp, __u32 rcv_nxt)
{
	return BPF_CORE_READ(tp, snd_wl1) == rcv_nxt &&
	       (__s32)(BPF_CORE_READ(tp, lsndtime) - BPF_CORE_READ(tp, inet_conn.icsk_ack.lrcvtime)) >= 0;
}

/*
 * How long an answer may take: twice what this connection's answers have taken, and between both floors. A
 * scan sees an answer up to idle_ns after it came, which is in the figure.
 */
static __always_inline __u64 patience(const struct flow *f)
{
	__u64 limit = 2 * f->answer_ns;

	if (limit < unacked_ns)
		limit = unacked_ns;
	return limit < unanswered_ns ? limit : unanswered_ns;
}

/* since: when it began, not later than the tick. */
__noinline int check_stall(struct flow *f, struct scan *s, __u8 reason, __u64 since)
{
	struct tcp_sock *tp;
	__u64 limit;

	if (!f || !s || f->stall_ns[reason & 3])
		return 0;
	limit = reason == STALL_UNANSWERED ? patience(f) : unacked_ns;
	/* Long before, and nothing else needs to be read. */
	if (s->now - since + idle_ns + hot_ns < limit)
		return 0;
	tp = (void *)f->sk;
	f->srtt_us = BPF_CORE_READ(tp, srtt_us) >> 3;
	if (f->srtt_us * 4000ULL > limit)
		limit = f->srtt_us * 4000ULL;
	/* An expired time-out says as much as that a slow connection's patience is over. */
	if (reason == STALL_UNACKED && s->now - since >= unacked_ns &&
	    BPF_CORE_READ(tp, inet_conn.icsk_backoff))
		limit = unacked_ns;
	if (s->now - since < limit) {
		if (since + limit < s->due)
			s->due = since + limit;
		return 0;
	}
	if (!is_still(f)) /* freed, and what was read is something else's */
		return 0;
	f->stall_ns[reason & 3] = since;
	tell_stall(f, reason, limit, since, s->now);
	return 0;
}

__noinline int end_stall(struct flow *f, __u8 reason, __u64 t_ns)
{
	if (!f)
		return 0;
	tell_since(f, FLOW_RESUME, reason, f->stall_ns[reason & 3], t_ns);
	f->stall_ns[reason & 3] = 0;
	return 0;
}

/* What moved since the last scan, and whether a request of ours waits for its answer. Clients only. */
__noinline int follow_turns(struct flow *f, __u64 now, bool came, bool moved, bool all_acked)
{
	struct tcp_sock *tp;
	__u32 segs, sent;
	bool was_quiet;
	__u64 took;

	if (!f)
		return 0;
	tp = (void *)f->sk;
	segs = BPF_CORE_READ(tp, data_segs_out);
	sent = segs - f->data_segs_out;
	was_quiet = !f->asked_ns && now - f->changed_ns >= QUIET_NS;
	if (came) {
		if (f->asked_ns || sent) {
			/* Asked and answered between two scans: no longer than that. */
			took = f->asked_ns ? now - f->asked_ns : idle_ns;
			if (!f->answers)
				f->answer_ns = unanswered_ns / 2;
			f->answers = 1;
			if (took < f->answer_ns)
				took = f->answer_ns - (f->answer_ns - took) / FORGET_ANSWERS;
			f->answer_ns = took;
		}
		f->asked_ns = 0;
	}
	/*
	 * Out of quiet the other side spoke first (a ping of a target): what we send then, one segment,
	 * answers it and is no request. Two segments, or ours first, and it is.
	 */
	if (was_quiet && came && sent <= 1) {
		f->owes_reply = !sent;
		f->reply_segs = sent ? segs : f->reply_segs;
	} else if (f->owes_reply && sent) {
		f->owes_reply = 0;
		f->reply_segs = sent == 1 ? segs : f->reply_segs;
	}
	f->data_segs_out = segs;
	if (moved && all_acked && !f->asked_ns && segs != f->reply_segs && had_last_word(tp, f->rcv_nxt))
		f->asked_ns = not_after(BPF_CORE_READ(tp, first_tx_mstamp) * 1000, now);
	return 0;
}

static __always_inline bool is_hot(const struct flow *f, __u64 now)
{
	for (int reason = STALL_UNACKED; reason <= STALL_UNANSWERED; reason++)
		if (f->stall_ns[reason] && now - f->stall_ns[reason] < HOT_FOR_NS)
			return true;
	return false;
}

/* demand: since when there was some without progress, 0: there is none. */
__noinline int account_for(struct flow *f, __u64 demand, __u64 delivered, __u64 now)
{
	struct flow_trace *t;

	if (!f)
		return 0;
	t = &f->trace;
	enter_trace(f);
	/* Progress that no trace program has seen: not attached yet, or the kernel lacks it. */
	if (t->pause_open && demand != t->pause_from_ns) {
		t->pause_open = 0;
		if (!tracing)
			t->pause_to_ns = delivered > t->pause_from_ns ? delivered : now;
	}
	if (demand)
		note_pause(t, demand, now, 1);
	return 0;
}

/* Most flows of most ticks: nothing to say, nothing owed, nothing moved. Three reads, and no more. */
static __always_inline bool is_idle(const struct flow *f, struct tcp_sock *tp)
{
	__u32 una;

	if (f->unsent_ns || f->asked_ns || f->hot || trace || f->snd_una != f->snd_nxt)
		return false;
	una = BPF_CORE_READ(tp, snd_una);
	return una == f->snd_una && BPF_CORE_READ(tp, write_seq) == una &&
	       BPF_CORE_READ(tp, rcv_nxt) == f->rcv_nxt;
}

__noinline int look_at_identity(struct flow *f, __u64 now)
{
	if (!f)
		return 0;
	if (!is_still(f)) {
		remove_flow(f, now);
		return 0;
	}
	f->checked_ns = now;
	if (!tracing)
		look_at_legs(f, now);
	return 1;
}

__noinline int look_at_flow(struct flow *f, struct scan *s)
{
	struct tcp_sock *tp;
	__u32 packets_out, una, nxt, rcv, unsent;
	__u64 delivered, demand = 0;
	bool came, moved, held = false;

	if (!f || !s)
		return 0;
	tp = (void *)f->sk;
	if (is_idle(f, tp)) {
		if (s->now - f->checked_ns >= (f->changed_ns > f->checked_ns ? LEGS_NS : LEGS_IDLE_NS))
			look_at_identity(f, s->now);
		return 0;
	}
	/* This one before delivered_mstamp: the kernel writes them in the other order when a flight starts.
	 */
	packets_out = BPF_CORE_READ(tp, packets_out);
	delivered = not_after(BPF_CORE_READ(tp, delivered_mstamp) * 1000, s->now);
	una = BPF_CORE_READ(tp, snd_una);
	nxt = BPF_CORE_READ(tp, snd_nxt);
	rcv = BPF_CORE_READ(tp, rcv_nxt);
	unsent = BPF_CORE_READ(tp, write_seq) - nxt;
	came = rcv != f->rcv_nxt;
	moved = came || una != f->snd_una || nxt != f->snd_nxt;
	f->rcv_nxt = rcv;
	f->snd_una = una;
	f->snd_nxt = nxt;

	if (unsent && !packets_out) {
		held = rightly_held(f->sk, unsent);
		if (held) {
			f->unsent_ns = 0;
		} else if (!f->unsent_ns || (una != f->unsent_una && !f->stall_ns[STALL_UNSENT])) {
			/*
			 * The last thing that happened was the try that failed; the next is an RTO away. Of a
			 * saturating flow two looks in a row may find nothing in flight: those are two
			 * moments.
			 */
			f->unsent_ns = not_after(BPF_CORE_READ(tp, tcp_mstamp) * 1000, s->now);
			f->unsent_una = una;
		}
	} else if (f->unsent_ns && (una != f->unsent_una || !packets_out)) {
		f->unsent_ns = 0;
	}
	if (!f->key.is_server)
		follow_turns(f, s->now, came, moved, !packets_out && !unsent);
	if (came)
		f->came_ns = s->now;
	if (moved)
		f->changed_ns = s->now;

	if ((s->now - f->checked_ns >= LEGS_NS || f->hot || (trace && !tracing)) &&
	    !look_at_identity(f, s->now))
		return 0;

	/* What stands still. */
	if (packets_out) {
		demand = f->unsent_ns && f->unsent_ns < delivered ? f->unsent_ns : delivered;
		check_stall(f, s, STALL_UNACKED, delivered);
	} else if (f->unsent_ns) {
		demand = f->unsent_ns;
		check_stall(f, s, STALL_UNSENT, f->unsent_ns);
	} else if (f->asked_ns && f->answers) {
		demand = delivered;
		check_stall(f, s, STALL_UNANSWERED, f->asked_ns);
	} else if (trace && f->trace.trace == trace) {
		demand = f->trace.part_ns; /* the rest of what the other side began to say */
	}

	/* What goes on again. */
	if (f->stall_ns[STALL_UNACKED] && (delivered > f->stall_ns[STALL_UNACKED] || !packets_out))
		end_stall(f, STALL_UNACKED, delivered);
	if (f->stall_ns[STALL_UNSENT] && (una != f->unsent_una || (!unsent && !packets_out) || held))
		end_stall(f, STALL_UNSENT, delivered > f->stall_ns[STALL_UNSENT] ? delivered : s->now);
	if (f->stall_ns[STALL_UNANSWERED] && came)
		end_stall(f, STALL_UNANSWERED, s->now);
	f->hot = is_hot(f, s->now);
	s->hot |= f->hot;

	if (trace)
		account_for(f, demand, delivered, s->now);
	return 0;
}

static long look_at_slot(__u64 i, struct scan *s)
{
	__u32 key = i;
	struct flow *f = bpf_map_lookup_elem(&flows, &key);

	if (!f)
		return 1;
	if (f->slot == SLOT_LIVE)
		look_at_flow(f, s);
	else if (f->slot == SLOT_CLOSED && !trace)
		f->slot = SLOT_FREE;
	return 0;
}

static int tick(void *map, __u32 *key, struct ticker *t)
{
	__u64 began = bpf_ktime_get_ns(), ended, wait;
	struct scan s = {.now = began, .due = began + idle_ns, .hot = false};

	bpf_loop(slots_used, look_at_slot, &s, 0);
	ended = bpf_ktime_get_ns();
	wait = s.hot || trace ? hot_ns : idle_ns;
	/* However many connections there are, a fifth of one processor is all that is taken. */
	if (wait < 4 * (ended - began))
		wait = 4 * (ended - began);
	if (s.due + TICK_LATE_NS < ended + wait)
		wait =
		    s.due + TICK_LATE_NS > ended + TICK_MIN_NS ? s.due + TICK_LATE_NS - ended : TICK_MIN_NS;
	ticks++;
	busy_ns += ended - began;
	if (!stopped)
		bpf_timer_start(&t->timer, wait, timer_flags);
	return 0;
}

#endif
