/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kernel interface looks like to the helper. One file in sources/ for each; main.c holds the table.
 * A source that the kernel cannot serve says so with helper_degrade() and never ends the process.
 */
#ifndef PATHWARDEN_SOURCE_H
#define PATHWARDEN_SOURCE_H

#include "frame.h"
#include "request.h"
#include "steer_group.h"

struct helper; /* main.c */

struct source {
	const char *name;
	/* Capabilities that it still needs after start, as bits (1ULL << CAP_x); everything else is given up.
	 */
	uint64_t keep_caps;
	/* The same, where it depends on what was found at start. May be NULL. */
	uint64_t (*keep_caps_found)(const struct helper *h);
	/* Opens, loads, attaches. Returns 0, or -errno when it is absent (reason by helper_degrade()). */
	int (*start)(struct helper *h);
	/* Emits a snapshot between its two FRAME_SNAPSHOT frames. Idempotent. */
	void (*snapshot)(struct helper *h);
	/* The agent's wishes, already checked for range by request.c. May be NULL. */
	void (*configure)(struct helper *h, const struct request_configure *wish);
	void (*stop)(struct helper *h);
	/* Nanoseconds that its BPF programs have spent, timed by themselves, for the heartbeat. May be NULL.
	 */
	uint64_t (*bpf_ns)(struct helper *h);
};

extern const struct source source_rtnl, source_carrier, source_tcp, source_netdev, source_prober,
    source_ethtool, source_bond, source_lacp, source_team, source_multipath, source_bfd, source_disk,
    source_session, source_block, source_steering, source_nexthops, source_kmsg, source_hwevents, source_ras,
    source_pci, source_processors, source_md, source_mount, source_supply;

/* Appends to the replay ring, gives it its sequence number and wakes the clients. Copies the frame. */
void helper_emit(struct helper *h, const struct frame *f);
/* "carrier", "no BTF: timer not possible, using getlink": shown in hello. state: "degraded" or "absent". */
void helper_degrade(struct helper *h, const char *source, const char *state, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Counts what a source lost and emits FRAME_LOST. Then the source takes its snapshot again by itself. */
void helper_lost(struct helper *h, const char *source, uint64_t count, const char *reason);
/* Settings from the root-owned configuration and the command line. */
const struct helper_options *helper_options(const struct helper *h);
struct loop *helper_loop(struct helper *h);

uint64_t now_us(void); /* CLOCK_MONOTONIC */

/* --- loop.c: one epoll, callbacks, timers --- */
typedef void (*loop_fd_fn)(void *data, uint32_t epoll_events);
typedef void (*loop_timer_fn)(void *data);
struct loop_timer;
int loop_add_fd(struct loop *l, int fd, uint32_t epoll_events, loop_fd_fn fn, void *data);
int loop_modify_fd(struct loop *l, int fd, uint32_t epoll_events);
void loop_remove_fd(struct loop *l, int fd);
/* first_us from now; LOOP_NOT_YET: made but not armed. period_us 0 = once. A timer that fired once may be
 * armed again. */
#define LOOP_NOT_YET UINT64_MAX
struct loop_timer *loop_add_timer(struct loop *l, uint64_t first_us, uint64_t period_us, loop_timer_fn fn,
				  void *data);
void loop_arm_timer(struct loop_timer *t, uint64_t first_us, uint64_t period_us);
void loop_disarm_timer(struct loop_timer *t);
void loop_remove_timer(struct loop *l, struct loop_timer *t);

/* --- what the sources know of each other (each declared here, defined in its file) --- */
/* rtnl.c: is it a next hop of a multipath route or of a nexthop group with two legs or more, or a bond/team
 * member? */
bool rtnl_is_leg(const struct helper *h, uint32_t ifindex);
/* rtnl.c: the link as last told; NULL if unknown. */
const struct frame_link *rtnl_link(const struct helper *h, uint32_t ifindex);
/* rtnl.c: something happened to this link: dump routes and next hops again (coalesced, at once and after 20
 * ms). */
void rtnl_link_event(struct helper *h, uint32_t ifindex);
/* rtnl_bond.c: each link as last told. */
void rtnl_each_link(const struct helper *h, void (*fn)(void *data, const struct frame_link *link),
		    void *data);
/* rtnl_legs.c: is it a bond or a team, or a VLAN or the like above one? */
bool rtnl_over_bond(const struct helper *h, uint32_t ifindex);
/* rtnl_gateway.c: a storage connection leaves by this device for this address. Routes that lead there are
 * told if the device is a bond or team, or above one. */
void rtnl_storage_peer(struct helper *h, uint32_t ifindex, const struct ip_address *address);
/*
 * rtnl_bond.c: the answer to a RTM_GETLINK of the lacp source, asked for at asked_us. Only what LACP is about
 * is taken from it: for all else a message may have overtaken it.
 */
struct nlmsghdr;
void rtnl_lacp_answer(struct helper *h, const struct nlmsghdr *m, uint64_t asked_us);
/* bond.c: tells what the kernel has said so far of active members and announcements. */
void bond_drain(struct helper *h);
/* bond.c: by netlink, this bond uses another member; told unless the kernel's own word is. */
void bond_switched(struct helper *h, uint32_t ifindex, uint32_t from, uint32_t to);
/* bond.c: there is a bond or a team. */
void bond_seen(struct helper *h, const struct frame_link *link);
/* bond.c: the trace's programs are attached, or no longer: so are those that look for announcements. */
void bond_trace(bool open);
/* lacp.c: a bond came, changed or went. */
void lacp_bond_changed(struct helper *h);
/* team.c: a team came, changed or went. */
void team_link_changed(struct helper *h, uint32_t ifindex, bool gone);
/* carrier.c: rtnl saw links come or go: rescan the device table. */
void carrier_links_changed(struct helper *h);
/* carrier.c: administratively up and with carrier, as far as anybody has said. True if nobody has. */
bool carrier_is_running(const struct helper *h, uint32_t ifindex);
/* carrier.c: how it looks now, for hello. */
const char *carrier_strategy(const struct helper *h);
/* carrier.c: how often it looks, 0: it does not (rtnl). */
uint64_t carrier_interval_us(const struct helper *h);
/* nudge.c: this link lost its carrier, or has it back, since cause_us: make the kernel look at once. */
void nudge_link(struct helper *h, uint32_t ifindex, uint64_t cause_us);
enum nudge_how nudge_method(const struct helper *h);
/* nudge.c: opened and closed by the carrier source, which is never without it. */
int nudge_start(struct helper *h);
void nudge_stop(struct helper *h);
/* nudge.c: what main.c must keep besides the sources' keep_caps: CAP_NET_ADMIN if operstate may be written,
 * else 0. */
uint64_t nudge_keep_caps(const struct helper *h);
/*
 * prober.c: what the probes of this leg say at `now`. False: none is sent by it, or none is judged yet.
 * *answered_us: when the last answer came, 0: never. *silent: all of its probes are judged silent.
 */
bool prober_fresh(const struct helper *h, uint32_t ifindex, uint64_t now, uint64_t *answered_us,
		  bool *silent);
/* prober.c: since when all probes of this leg have answered without a loss; 0: they do not, or there is none.
 */
uint64_t prober_clean_since(const struct helper *h, uint32_t ifindex);
/* prober_pace.c: a flow has stalled: an echo of each probe now (if the last is older than 10 ms), then at its
 * burst interval for 2 s. */
void prober_burst(struct helper *h);
/* tcp.c: trace every flow for that long (an open trace is prolonged); reason: "request", "carrier", "link".
 */
void tcp_trace(struct helper *h, const char *reason, uint32_t for_ms);
/* tcp.c: a FRAME_FLOW_STATS for each flow, between the marks of a snapshot of "flow_stats". */
void tcp_stats(struct helper *h);
/*
 * tcp_members.c: the links of which a bond or team is the master, all of them, between begin and end; a trace
 * tells which of them a flow's packets are handed to. spreads: the master spreads the packets of one flow.
 */
void tcp_members_begin(void);
void tcp_member(uint32_t ifindex, uint32_t master_ifindex, bool spreads);
void tcp_members_end(struct helper *h);
/* tcp_members.c: so does this team, or it does not any more: modes roundrobin, random, broadcast. */
void tcp_team_spreads(struct helper *h, uint32_t master_ifindex, bool spreads);

/* rtnl.c: reads the messages that have come so far. */
void rtnl_hear(struct helper *h);
/*
 * nexthops.c: what the rtnl source reads, for next hop objects that may be put back: each message that came
 * by itself; each dump of next hops (family 0) or routes (4, 6), its end only if it was whole. True: next
 * hops are to be dumped once more.
 */
void nexthops_heard(const struct nlmsghdr *m);
void nexthops_dump_begins(uint8_t family);
void nexthops_dumped(const struct nlmsghdr *m);
bool nexthops_dump_ended(uint8_t family);
void nexthops_link_gone(uint32_t ifindex);
/* nexthops.c: messages were lost. */
void nexthops_lost(void);
/* nexthops.c: everything has been dumped after an event. */
void nexthops_look(void);

/* steering.c: a client wants a group to leave a leg, or to go back to it; answered by a frame. */
void steering_request(struct helper *h, const struct request_steer *wish);

struct helper_options {
	const char *socket_path;
	const char *strategy;	      /* auto, fentry, timer, getlink, rtnl */
	const char *nudge;	      /* auto, ask, operstate, off */
	bool allow_operstate;	      /* root-owned configuration: operstate nudge for legs of path groups */
	uint32_t carrier_interval_us; /* 1000..10000, default 2000 */
	int housekeeping_cpu;	      /* -1: any */
	uint32_t agent_uid, run_uid, run_gid;
	struct steer_allowed steer[STEER_GROUPS_MAX]; /* what may be steered */
	size_t steer_count;
	uint32_t steer_hold_ms; /* 1000..3600000: a leg has been well for so long before it is used again */
	struct steer_allowed restore[STEER_GROUPS_MAX]; /* groups of next hop objects that are put back */
	size_t restore_count;
	bool watch; /* print frames on stdout, serve nobody */
};

#endif
