/* SPDX-License-Identifier: Apache-2.0 */
/* What a client may ask of the helper. Parsed and bounded in request.c; agent/wire.ts has the schema. */
#ifndef PATHWARDEN_REQUEST_H
#define PATHWARDEN_REQUEST_H

#include <stddef.h>
#include "frame.h"

#define REQUEST_PORTS_MAX 32
#define REQUEST_PROBES_MAX 64
#define REQUEST_BFD_MAX 32
#define REQUEST_BYTES_MAX 65536

enum request_type {
	REQUEST_ATTACH = 1,
	REQUEST_CONFIGURE,
	REQUEST_TRACE,
	REQUEST_SNAPSHOT,
	REQUEST_FLOW_STATS,
	REQUEST_STEER,
};

struct request_attach {
	bool has_cursor;
	uint64_t epoch, seq; /* the last frame that the client has made durable */
};

struct request_probe {
	uint32_t ifindex;
	enum probe_method method;
	struct ip_address source, target; /* source.family 0: the kernel chooses; arp, nd: not used */
	uint32_t interval_ms;		  /* 20..10000 */
	uint32_t burst_ms;		  /* 20..10000: the interval when a flow has stalled */
	uint32_t lost_after;		  /* 1..20 echoes in a row */
	uint32_t vlan;			  /* arp, nd: 802.1Q tag, 1..4094; 0: untagged */
};

struct request_bfd {
	uint32_t ifindex;
	struct ip_address local, remote; /* unicast, of one family, different */
	bool micro;			 /* RFC 7130 */
	uint32_t interval_ms;		 /* 10..10000 */
	uint32_t detect_mult;		 /* 1..50 */
};

struct request_configure {
	struct {
		uint16_t low, high;
	} ports[REQUEST_PORTS_MAX];
	size_t port_count;
	struct request_probe probes[REQUEST_PROBES_MAX];
	size_t probe_count;
	struct request_bfd bfd[REQUEST_BFD_MAX];
	size_t bfd_count;
	uint32_t unacked_ms;	/* 10..10000, default 50: floor of the stall threshold */
	uint32_t unanswered_ms; /* 50..60000, default 200 */
	uint32_t io_stalled_ms; /* 50..60000, default 1000 */
};

struct request_trace {
	uint32_t for_ms; /* 100..30000 */
};

#define REQUEST_REASON_MAX 161

struct request_steer {
	char group[FRAME_GROUP_MAX];
	bool undo;
	uint32_t ifindex;		 /* the leg to be left */
	char reason[REQUEST_REASON_MAX]; /* for people; cut, not refused, if it is longer */
};

struct request {
	enum request_type type;
	union {
		struct request_attach attach;
		struct request_configure configure;
		struct request_trace trace;
		struct request_steer steer;
	};
};

/* Echoes a second, over all probes, in a burst: a request for more is refused. */
#define REQUEST_ECHOES_MAX 2000

/*
 * One message without its form feed. 0, or -EINVAL with a reason in why (NUL-terminated): what is wrong
 * where, and what was expected. -EBADMSG: not JSON at all. Never reads past size. out->type tells the kind of
 * a refused request, too, or is 0.
 */
int request_parse(const char *text, size_t size, struct request *out, char *why, size_t why_size);

/* Once, before privilege is given up: takes the random seed of the parser's hash tables. */
void request_prepare(void);
const char *request_name(enum request_type type);

#endif
