/* SPDX-License-Identifier: Apache-2.0 */
/* What a client may ask of the helper. Parsed and bounded in request.c; agent/wire.ts has the schema. */
#ifndef PATHWARDEN_REQUEST_H
#define PATHWARDEN_REQUEST_H

#include <stddef.h>
#include "frame.h"

#define REQUEST_PORTS_MAX 32
#define REQUEST_PROBES_MAX 64
#define REQUEST_BYTES_MAX 65536

enum request_type { REQUEST_ATTACH = 1, REQUEST_CONFIGURE, REQUEST_TRACE, REQUEST_SNAPSHOT };

struct request_attach {
	bool has_cursor;
	uint64_t epoch, seq; /* the last frame that the client has made durable */
};

struct request_probe {
	uint32_t ifindex;
	struct ip_address source, target; /* source.family 0: the kernel chooses */
	uint32_t interval_ms;		  /* 20..10000 */
	uint32_t lost_after;		  /* 1..20 echoes in a row */
};

struct request_configure {
	struct {
		uint16_t low, high;
	} ports[REQUEST_PORTS_MAX];
	size_t port_count;
	struct request_probe probes[REQUEST_PROBES_MAX];
	size_t probe_count;
	uint32_t unacked_ms;	/* 10..10000, default 50: floor of the stall threshold */
	uint32_t unanswered_ms; /* 50..60000, default 200 */
};

struct request_trace {
	uint32_t for_ms; /* 100..30000 */
};

struct request {
	enum request_type type;
	union {
		struct request_attach attach;
		struct request_configure configure;
		struct request_trace trace;
	};
};

/* Echo requests a second, over all probes: a request for more is refused. */
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
