/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of pathwarden-guard share. guard.c describes the program and its protocol. */
#ifndef PATHWARDEN_GUARD_H
#define PATHWARDEN_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <net/if.h>
#include <netinet/in.h>
#include <linux/netlink.h>
#include "record.h"

/* linux/if.h, which cannot stand beside net/if.h. */
#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP (1u << 16)
#endif

enum guard_exit {
	EXIT_RESTORED = 0,
	EXIT_WORLD = 1,	      /* a system call failed that should not */
	EXIT_USAGE = 2,	      /* the command line */
	EXIT_REFUSED = 3,     /* nothing was changed */
	EXIT_DIFFERENCES = 4, /* the state is not as before */
	EXIT_INVALID = 5,     /* a blackhole that no packet met */
};

uint64_t guard_now_us(void); /* CLOCK_MONOTONIC */

/* --- guard_out.c: events for the owner, one JSON object a line --- */
#define LINES_MAX 64
#define LINE_BYTES 256

/* A bounded list of sentences, each once; what does not fit is counted. */
struct lines {
	uint32_t count, more;
	char text[LINES_MAX][LINE_BYTES];
};
void lines_add(struct lines *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void out_begin(const char *name);
void out_uint(const char *name, uint64_t value);
void out_bool(const char *name, bool value);
void out_text(const char *name, const char *value);
void out_null(const char *name);
void out_lines(const char *name, const struct lines *l);
void out_hits(uint64_t in, uint64_t out);
/* Ends the line and writes it; an owner that does not read gets at most wait_ms, a closed pipe is no error.
 */
void out_end(unsigned int wait_ms);
/* {"event":name,"reason":…} */
void out_reason(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* --- guard_owner.c: everything that can end a drill --- */
enum owner_word {
	OWNER_TIMEOUT, /* until_us has come */
	OWNER_CUT,     /* line "cut" */
	OWNER_HEAL,    /* line "heal" */
	OWNER_DIED,    /* end of stdin, or the parent is gone */
	OWNER_SIGNAL,
	OWNER_EXTRA, /* extra_fd has something to read */
};

struct owner {
	int signal_fd, parent_fd;
	bool stdin_open, overlong;
	size_t used;
	char line[64];
};
/* Blocks the signals, finds the parent. `why` says what is degraded, or is empty. 0 or -errno. */
int owner_open(struct owner *o, char *why, size_t why_size);
/* until_us: CLOCK_MONOTONIC, 0 = for ever; extra_fd -1 = none. Unknown lines are answered with a warning. */
enum owner_word owner_wait(struct owner *o, uint64_t until_us, int extra_fd);

/* --- guard_harden.c --- */
void harden_start(bool realtime);
/* Only CAP_NET_ADMIN stays: netlink, and detaching what was attached. */
int harden_drop(void);

/* --- guard_netlink.c --- */
struct netlink {
	int fd;
	uint32_t seq;
};

/* Netlink messages one after the other, each aligned to four bytes. */
struct records {
	unsigned char *bytes;
	size_t used, size;
	uint32_t count;
};
#define RECORDS_BYTES_MAX (16u << 20)
int records_add(struct records *r, const struct nlmsghdr *msg);
void records_free(struct records *r);
const struct nlmsghdr *records_next(const struct records *r,
				    const struct nlmsghdr *after); /* NULL: the first */
#define records_each(msg, r)                                                                                 \
	for (const struct nlmsghdr *msg = records_next(r, NULL); msg; msg = records_next(r, msg))

int netlink_open(struct netlink *nl);
void netlink_close(struct netlink *nl);
/* A non-blocking socket that wakes on every change of links, addresses, routes, next hops or neighbours. */
int netlink_listen(void);
void netlink_drain(int fd);
/* Sends, waits for the acknowledgement. 0 or -errno; why (may be NULL) gets the kernel's own words, or "". */
int netlink_request(struct netlink *nl, struct nlmsghdr *msg, char *why, size_t why_size);
/*
 * Adds to `out` what the dump yields and `keep` wants; an interrupted dump is taken again.
 * Only dumps here, never a unicast RTM_GETLINK: that would make the kernel process its pending carrier
 * events at once, and so change the failover that the drill is there to measure.
 */
typedef bool (*netlink_keep)(const struct nlmsghdr *msg, void *data);
int netlink_dump(struct netlink *nl, uint16_t type, const void *body, size_t body_size, struct records *out,
		 netlink_keep keep, void *data);
/* All links, without their statistics. */
int netlink_dump_links(struct netlink *nl, struct records *out, netlink_keep keep, void *data);
/* IFF_UP on or off, nothing else. */
int netlink_set_up(struct netlink *nl, uint32_t ifindex, bool up, char *why, size_t why_size);
/* IFLA_CARRIER, nothing else. -EOPNOTSUPP: the driver has no ndo_change_carrier. */
int netlink_set_carrier(struct netlink *nl, uint32_t ifindex, bool on, char *why, size_t why_size);

/* --- guard_scope.c, guard_state.c: what a cut of this link could touch --- */
#define SCOPE_LINKS_MAX 64
#define SCOPE_ADDRESSES_MAX 256
#define SCOPE_NEXTHOPS_MAX 256

struct scope {
	uint32_t link_count, address_count, nexthop_count;
	uint32_t links[SCOPE_LINKS_MAX]; /* [0] is the leg itself */
	struct in6_addr addresses[SCOPE_ADDRESSES_MAX];
	uint32_t nexthops[SCOPE_NEXTHOPS_MAX];
};
bool scope_has_link(const struct scope *s, uint32_t ifindex);
/* The leg, what is stacked on it, and a master that has no other working member. 0, -errno; -E2BIG: too many.
 */
int scope_find(struct netlink *nl, uint32_t ifindex, struct scope *s);
/* The IPv6 addresses and the next hops of a state taken before. */
int scope_learn(struct scope *s, const struct records *state);
/*
 * Dumps the state within the scope: links, addresses, next hops, routes, permanent neighbours, in this order.
 * before: a state taken earlier, whose IPv4 routes' names belong to this one as well; NULL = none.
 */
int state_take(struct netlink *nl, struct scope *s, const struct records *before, struct records *out);
/* The leg's own link message, NULL if it is not there. */
const struct nlmsghdr *state_link(const struct records *state, uint32_t ifindex);

/* --- guard_plan.c: the plan as bytes --- */
enum cut_kind { CUT_ADMIN_DOWN = 1, CUT_BLACKHOLE = 2, CUT_FLAP = 3, CUT_CARRIER_OFF = 4 };
enum cut_attach { ATTACH_NONE, ATTACH_TCX, ATTACH_CLSACT };
enum cut_direction { CUT_IN = 1, CUT_OUT = 2, CUT_BOTH = 3 };

#define PLAN_MAGIC "PWGUARD"
#define PLAN_VERSION 1u
struct plan_header {
	char magic[8];
	uint32_t version, header_size;
	uint32_t crc; /* CRC-32 (IEEE 802.3) of the whole file with this field zero */
	uint32_t file_size;
	char boot_id[40];
	uint64_t netns_dev, netns_ino;
	uint64_t taken_us;    /* CLOCK_MONOTONIC */
	uint64_t guard_start; /* start time of the guard in clock ticks since boot, /proc/pid/stat field 22 */
	int32_t guard_pid;
	uint32_t ifindex;
	char ifname[IFNAMSIZ];
	uint32_t kind, attach, direction, hold_ms;
	uint32_t tc_handle, tc_priority; /* clsact: our filter, in both directions */
	uint32_t tc_qdisc_ours;		 /* clsact: 1 = there was none, so it goes with us */
	uint32_t link_count, record_count;
	uint32_t unused; /* 0 */
			 /* then link_count indexes of uint32_t, then record_count netlink messages */
};

struct plan {
	struct plan_header head;
	struct scope scope;
	struct records state;
};

/* Strict: every length is checked, nothing may follow. `bytes` is aligned to 4. 0, or -EINVAL with a reason.
 */
int plan_parse(const void *bytes, size_t size, struct plan *out, char *why, size_t why_size);
void plan_free(struct plan *p);
/* The file's bytes, to be freed; NULL = no memory. */
unsigned char *plan_format(const struct plan *p, size_t *size);
/* Who and where we are: boot, namespace, process. 0 or -errno. */
int plan_identify(struct plan_header *head);
/* In clock ticks since boot; 0 = there is no such process. */
uint64_t plan_process_start(int32_t pid);

/* --- guard_file.c ---  A plan on disk. Its lock is held as long as its writer lives. */
struct plan_file {
	int dir_fd, fd;
	char name[256];
};
/* Opens the directory of `path`; refuses one that somebody but root could write. 0, -errno with a reason. */
int plan_file_directory(struct plan_file *f, const char *path, char *why, size_t why_size);
int plan_file_create(struct plan_file *f, const struct plan *p, char *why, size_t why_size);
int plan_file_rewrite(struct plan_file *f, const struct plan *p);
/* Opens, locks and reads a plan. -EBUSY: its guard lives; -ESTALE: of another boot. */
int plan_file_read(struct plan_file *f, struct plan *p, char *why, size_t why_size);
int plan_file_remove(struct plan_file *f);
void plan_file_close(struct plan_file *f);
/* Is there another plan for this link in the directory that was not undone? -EBUSY with a reason; 0 = none.
 */
int plan_file_others(const struct plan_file *f, const struct plan_header *mine, char *why, size_t why_size);

/* --- guard_diff.c --- */
struct diff {
	const struct records *before, *after;
	uint32_t missing_count, extra_count; /* not counting what routing daemons own */
	uint32_t before_count, after_count;
	const struct nlmsghdr **before_msg, **after_msg;
	uint32_t *before_match; /* index into after_msg, UINT32_MAX = missing */
	bool *after_matched;
	bool order_changed;
};
int diff_make(struct diff *d, const struct records *before, const struct records *after);
void diff_free(struct diff *d);
/* One sentence for each difference; `owners` gets those that their owners have to put back. */
void diff_tell(const struct diff *d, struct lines *differences, struct lines *owners);

/* --- guard_restore.c, guard_replay.c --- */
struct restore {
	struct lines differences, owners, restored, failed;
	bool carrier; /* the leg has carrier at the end */
};
/*
 * Brings the state back to the plan's and waits until it is equal: at most 2 s after the leg's carrier is
 * back (4 s while an address is still tentative), at most 10 s without carrier. replay false: only waits.
 * 0, or -errno when the state could not be read. The link itself must have been set up before.
 */
int restore_run(struct netlink *nl, struct plan *p, bool replay, struct restore *r);
/* Compares once, changes nothing. */
int restore_check(struct netlink *nl, struct plan *p, struct restore *r);

struct replay {
	struct netlink *nl;
	const struct diff *diff;
	uint32_t elapsed_s;
	bool kernel_had_time; /* what the kernel makes by itself may be made by us */
	struct lines *restored, *failed;
};
/* Makes what is missing and removes what the kernel made too much, once. */
void replay_run(struct replay *r);

/* --- guard_link.c: cuts that change the link itself: every kind but the blackhole --- */
/* NULL, or why the kernel cannot do it to this link, whose message is `link`. Changes nothing. */
const char *link_problem(struct netlink *nl, uint32_t kind, const struct nlmsghdr *link, char *why,
			 size_t why_size);
/* Is it as the cut leaves it alone: up, or with carrier? */
bool link_is_whole(uint32_t kind, const struct nlmsghdr *link);
/* Down or without carrier, and back. 0 or -errno with the kernel's own words. */
int link_set(struct netlink *nl, uint32_t kind, uint32_t ifindex, bool whole, char *why, size_t why_size);
/* Tries until it is back or gone: a line in r->restored (if it was not whole), or in r->failed and -errno. */
int link_restore(struct netlink *nl, const struct plan_header *head, bool was_whole, struct restore *r);

/* --- guard_cut.c, guard_clsact.c: the blackhole --- */
struct guard_bpf; /* the skeleton */
struct cut {
	struct guard_bpf *skel;
	int link_in, link_out; /* tcx: whoever holds these descriptors holds the blackhole */
};
/*
 * Loads the programs and attaches them, not armed. wish (enum cut_attach) NONE: tcx where the kernel has it.
 * Sets head.attach and head.tc_*; with clsact, which outlives us, the plan is on disk before the filter is.
 */
int cut_attach(struct cut *c, struct netlink *nl, struct plan_file *f, struct plan *p, uint32_t wish,
	       char *why, size_t why_size);
/* Armed until now + hold_ms; returns the time of arming in µs. */
uint64_t cut_arm(struct cut *c, uint32_t hold_ms);
/* Packets pass from here on; taking the programs off the link takes tens of milliseconds more. */
void cut_disarm(struct cut *c);
/* Ends it, counts what met it. What could not be removed is a difference. */
void cut_end(struct cut *c, struct netlink *nl, const struct plan_header *head, uint64_t *hits_in,
	     uint64_t *hits_out, struct lines *differences);

/* 1: there is a clsact qdisc, 0: none, -EEXIST: an ingress qdisc is in its place; else -errno. */
int clsact_find(struct netlink *nl, uint32_t ifindex);
int clsact_attach(struct netlink *nl, struct plan_header *head, int prog_in, int prog_out, char *why,
		  size_t why_size);
/* Removes our filters, and the qdisc if it is ours and nobody else uses it. Twice does no harm. */
void clsact_remove(struct netlink *nl, const struct plan_header *head, struct lines *differences);

/* --- guard_prime.c --- */
struct prime {
	int tun_fd;
	uint32_t ifindex;
};
int prime_open(struct prime *p, struct netlink *nl, char *why, size_t why_size);
/* Carrier off, until the kernel has told of it; then on, and 150 ms. An owner's word ends it early. */
enum owner_word prime_run(struct prime *p, struct owner *o);
void prime_close(struct prime *p);

/* --- guard_run.c, guard_undo.c: the verbs --- */
#define HOLD_MS_MAX 600000u
#define FLAPS_MAX 1000u
#define PERIOD_MS_MIN 20u
#define PERIOD_MS_MAX 60000u
struct guard_options {
	const char *plan;
	uint32_t ifindex, hold_ms;
	uint32_t kind, direction;  /* enum cut_kind, enum cut_direction */
	uint32_t flaps, period_ms; /* CUT_FLAP; hold_ms is from its first edge to its last one then */
	uint32_t attach;	   /* enum cut_attach; ATTACH_NONE: the best that works */
	bool prime;
};
int guard_run(const struct guard_options *options);
int guard_undo(const char *path);
int guard_check(const char *path);
/* --- guard_flap.c --- */
/* The edges between the first one (at cut_us) and the last one (the heal), and the wait for that. */
enum owner_word flap_run(struct netlink *nl, struct owner *o, const struct guard_options *options,
			 uint64_t cut_us);
/* The events healed and done. hits: in, out, or NULL. */
void guard_tell_healed(uint64_t t_us, uint64_t uncertainty_us, const char *cause, const struct restore *r,
		       const uint64_t *hits, bool carrier_known, bool plan_kept);

#endif
