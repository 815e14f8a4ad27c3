/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The prober's own parts. prober.c: judging, telling; prober_pace.c: when; prober_socket.c: what comes back.
 * Methods: prober_icmp.c; prober_arp.c and prober_nd.c, both on prober_packet.c, from the MAC that
 * prober_mac.c chooses.
 */
#ifndef PATHWARDEN_PROBER_H
#define PATHWARDEN_PROBER_H

#include <linux/filter.h>
#include <sys/socket.h>
#include "source.h"

/* Echoes whose send time is known: at the shortest interval, 20 ms, those of 1.3 s. */
#define PROBE_ECHOES 64

enum probe_state { PROBE_UNKNOWN, PROBE_ANSWERING, PROBE_SILENT };

/* What `match` says if it is no sequence number. NEWEST: an answer that names no echo. */
enum { PROBE_NO_ANSWER = -1, PROBE_NEWEST = -2 };

struct probe;

struct probe_method_ops {
	/* A socket that hears its own answers alone, into p->fd. 0 or -errno; -ENODATA: there is no
	 * address that it may send from, so nothing can be said. */
	int (*open)(struct probe *p);
	/* False: it would be another one by now. NULL: never. */
	bool (*fits)(const struct probe *p);
	/* 0 or -errno. */
	int (*send)(struct probe *p, uint16_t seq);
	/* Which echo is answered by what was received. */
	int (*match)(struct probe *p, const uint8_t *bytes, size_t size, const struct sockaddr *from);
};

extern const struct probe_method_ops probe_by_icmp, probe_by_arp, probe_by_nd;

struct probe {
	struct helper *helper;
	struct request_probe wish;
	const struct probe_method_ops *ops;
	int fd;				/* -1: not open */
	uint64_t open_at_us;		/* not before */
	int open_error;			/* of the last time */
	uint16_t id;			/* icmp: its identifier, ours alone */
	uint8_t mac[6];			/* arp, nd: sent from, while the socket is open */
	uint8_t peer_mac[6];		/* arp, nd: whence the last answer came */
	uint32_t to_all;		/* arp, nd: so many more echoes go to all, not to peer_mac */
	uint16_t next_seq;		/* of the next echo */
	uint16_t judged_seq;		/* the oldest that is neither answered nor lost yet */
	uint16_t news_seq;		/* the oldest whose answer, even if late, would be news */
	uint64_t sent_us[PROBE_ECHOES]; /* by seq % PROBE_ECHOES */
	enum probe_state state;
	uint64_t since_us;
	uint32_t lost_run;	/* lost in a row, as judged */
	uint64_t lost_since_us; /* send time of the first of them */
	uint32_t sent, answered, rtt_us;
	uint64_t answered_us; /* when the last answer came, 0: never */
	uint64_t clean_us;    /* the first answer after the last loss, 0: none yet */
};

/* --- prober_send.c --- */
/* Its next echo, now. */
void probe_send(struct probe *p);
/* Its socket is closed, if it is open. */
void probe_shut(struct probe *p);

/* --- prober_judge.c --- */
void probe_tell(struct probe *p);
/* Without an answer an echo is lost after that. */
uint64_t probe_wait_us(const struct probe *p);
void probe_answered(struct probe *p, uint16_t seq, uint64_t received_us);
/* Those that have waited too long are lost. */
void probe_judge(struct probe *p, uint64_t now);
void probe_lose_oldest(struct probe *p);
/* The device is down: those that are under way by it are lost, and the one that is due. */
void probe_lose_all(struct probe *p, uint64_t now);

/* --- prober_icmp.c --- */
/* Random identity of this process's echoes; once, before the first socket. 0 or -errno: no raw sockets for
 * us. */
int probe_sockets_allowed(void);
uint16_t probe_new_id(void);

/* --- prober_socket.c --- */
/* An echo was answered at received_us. */
typedef void (*probe_answer_fn)(struct probe *p, uint16_t seq, uint64_t received_us);
/* Takes what has come, at most some dozens of messages. */
void probe_receive(struct probe *p, probe_answer_fn fn);
/* Before it is bound: this filter, and times of arrival by the kernel. 0 or -errno. */
int probe_prepare(int fd, struct sock_filter *code, size_t count);
void probe_close(struct probe *p);
/* The sum so far of a checksum as in RFC 1071, and what it comes to. Of an odd number of bytes the last is
 * left out. */
uint32_t probe_sum(uint32_t sum, const void *bytes, size_t size);
uint16_t probe_checksum(uint32_t sum);

/* --- prober_packet.c --- */
struct probe_filter {
	struct sock_filter code[32];
	unsigned short count;
};

/* Frames pass whose bits at this offset are these; at most a dozen such conditions. */
void probe_want_u32(struct probe_filter *f, uint32_t offset, uint32_t value);
void probe_want_u16(struct probe_filter *f, uint32_t offset, uint16_t value);
/*
 * A packet socket on the probe's device, for frames of this type to p->mac, which is chosen here and
 * entered into the device's own filter. `want` adds conditions. 0 or -errno, as open.
 */
int probe_packet_open(struct probe *p, uint16_t ethertype,
		      void (*want)(const struct probe *p, struct probe_filter *f));
bool probe_packet_fits(const struct probe *p);
#define PROBE_FRAME_MAX 128
/* The frame with the tag of the probe's VLAN in it, if it has one; returns its size. */
size_t probe_packet_tag(const struct probe *p, const void *frame, size_t size, uint8_t out[PROBE_FRAME_MAX]);
/* The whole frame, with its header, at most 4 bytes less than PROBE_FRAME_MAX; tagged here. 0 or -errno. */
int probe_packet_send(const struct probe *p, const void *frame, size_t size);
/* Does this echo go to all, rather than to whom the last answer came from? To be called once for each. */
bool probe_packet_to_all(struct probe *p);
void probe_packet_answered_by(struct probe *p, const uint8_t mac[6]);

/* --- prober_mac.c --- */
/* The MAC that a probe may leave this link from. 0, -ENODEV: no such link, -ENODATA: none is known. */
int probe_sending_mac(const struct helper *h, uint32_t ifindex, uint8_t out[6]);

/* --- prober_pace.c --- */
/* The probes of these intervals are due. */
typedef void (*probe_due_fn)(struct helper *h, uint32_t interval_ms, uint32_t burst_ms);
/* 0 or -errno. All probes of the same two intervals share one pace; it is due at once, then at its interval,
 * in a burst at its burst interval if that is shorter. */
int probe_paces_add(struct helper *h, uint32_t interval_ms, uint32_t burst_ms, probe_due_fn fn);
void probe_paces_clear(struct helper *h);
bool probe_bursting(void);

#endif
