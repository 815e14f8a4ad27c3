/* SPDX-License-Identifier: Apache-2.0 */
/* The prober's own parts. prober.c: judging, telling; prober_socket.c: echoes on the wire. */
#ifndef PATHWARDEN_PROBER_H
#define PATHWARDEN_PROBER_H

#include "source.h"

/* Outstanding echoes: at the shortest interval, 20 ms, five until the first is lost after PROBE_WAIT_MIN_US.
 */
#define PROBE_ECHOES 16
#define PROBE_WAIT_MIN_US 100000

enum probe_state { PROBE_UNKNOWN, PROBE_ANSWERING, PROBE_SILENT };

struct probe {
	struct helper *helper;
	struct request_probe wish;
	int fd;				/* -1: not open */
	uint64_t open_at_us;		/* not before */
	uint16_t id;			/* ICMP identifier: ours alone */
	uint16_t next_seq;		/* of the next echo */
	uint16_t judged_seq;		/* the oldest that is neither answered nor lost yet */
	uint64_t sent_us[PROBE_ECHOES]; /* by seq % PROBE_ECHOES */
	enum probe_state state;
	uint64_t since_us;
	uint32_t lost_run;	/* lost in a row, as judged */
	uint64_t lost_since_us; /* send time of the first of them */
	uint32_t sent, answered, rtt_us;
};

/* An echo was answered at received_us. */
typedef void (*probe_answer_fn)(struct probe *p, uint16_t seq, uint64_t received_us);

/* Random identity of this process's echoes; once, before the first socket. 0 or -errno: no raw sockets for
 * us. */
int probe_sockets_allowed(void);
uint16_t probe_new_id(void);

/* A raw socket bound to the probe's device and source address, filtered for its own answers. 0 or -errno. */
int probe_open(struct probe *p);
void probe_close(struct probe *p);
/* 0 or -errno. */
int probe_send(struct probe *p, uint16_t seq, uint64_t now);
/* Takes what has come, at most some dozens of messages. */
void probe_receive(struct probe *p, probe_answer_fn fn);

#endif
