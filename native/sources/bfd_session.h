/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One BFD session in asynchronous mode, active role (RFC 5880 6.8). Pure: what happens goes in with its time
 * (µs, CLOCK_MONOTONIC), what is to be done comes out as bits. No echo function, no demand mode of our own,
 * no authentication.
 */
#ifndef PATHWARDEN_BFD_SESSION_H
#define PATHWARDEN_BFD_SESSION_H

#include "bfd_packet.h"

/* Send a packet now. */
#define BFD_SEND 1u
/* Answer a poll now, with the F bit. */
#define BFD_SEND_FINAL 2u

enum bfd_poll {
	BFD_NO_POLL,
	BFD_POLLING,
	BFD_POLLING_MORE, /* what is polled has changed meanwhile: another sequence must follow */
	BFD_POLL_FOLLOWS, /* as soon as the F bit of the first is gone (RFC 5880 6.5) */
};

struct bfd_session {
	/* What we say. */
	uint32_t discriminator;
	uint32_t interval_us; /* Desired Min TX of a session that is up, and Required Min RX */
	uint8_t detect_mult;
	enum bfd_state state;
	uint8_t diagnostic;
	enum bfd_poll poll;
	uint64_t
	    since_us; /* in this state; after the detection time has expired: when the last packet came */

	/* What the other end said last; as at the start when it has been silent for the detection time. */
	uint32_t remote_discriminator, remote_min_tx_us, remote_min_rx_us;
	uint8_t remote_detect_mult, remote_diagnostic;
	enum bfd_state remote_state;
	bool remote_demand;
	uint64_t heard_us; /* 0: silent */

	/* Those of our intervals that count until the poll sequence ends (RFC 5880 6.8.3). */
	uint32_t tx_in_use_us, rx_in_use_us;
	uint64_t sent_us;
	uint32_t percent; /* jitter: of the interval, until the next packet */
	uint32_t random;
};

/* discriminator: not 0, unique on this host, hard to guess. Its first packet is due at once. */
void bfd_session_start(struct bfd_session *s, uint32_t discriminator, uint32_t interval_us,
		       uint8_t detect_mult, uint64_t now);
/* Other terms for a session that goes on. */
unsigned int bfd_session_configure(struct bfd_session *s, uint32_t interval_us, uint8_t detect_mult);
/* A packet that was parsed, is for this session by its addresses, and came at at_us. */
unsigned int bfd_session_receive(struct bfd_session *s, const struct bfd_packet *p, uint64_t at_us);
/* Everything that had come until now must have been received. */
unsigned int bfd_session_tick(struct bfd_session *s, uint64_t now);
/* When to tick next, UINT64_MAX: when something comes. */
uint64_t bfd_session_wake_us(const struct bfd_session *s);

/* The packet that BFD_SEND or, with final, BFD_SEND_FINAL asks for. */
void bfd_session_packet(const struct bfd_session *s, bool final, struct bfd_packet *out);
/* BFD_SEND was tried. */
void bfd_session_sent(struct bfd_session *s, uint64_t now);
/* For a last packet: administratively down. */
void bfd_session_end(struct bfd_session *s);

/* Between our packets, before jitter; 0: the other end wants none but answers to its polls. */
uint64_t bfd_session_tx_us(const struct bfd_session *s);
/* 0: the other end is silent. */
uint64_t bfd_session_detect_us(const struct bfd_session *s);

#endif
