/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame as the sources write it: the compact record kept in the replay ring. frame.c turns it into the
 * JSON that agent/wire.ts describes; wire.ts is the truth, this mirrors it field by field.
 */
#ifndef PATHWARDEN_FRAME_H
#define PATHWARDEN_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <net/if.h>

#define FRAME_REASON_MAX 96
#define FRAME_KIND_MAX 16
#define FRAME_DEV_MAX 32
#define FRAME_HOPS_MAX 16

enum frame_type {
	FRAME_HELLO = 1, /* made for each client by wire.c, never in the ring */
	FRAME_HEARTBEAT,
	FRAME_SNAPSHOT,
	FRAME_LOST,
	FRAME_LINK,
	FRAME_CARRIER,
	FRAME_ADDRESS,
	FRAME_ROUTE,
	FRAME_NEXTHOP,
	FRAME_NUDGE,
	FRAME_FLOW,
	FRAME_FLOW_STALL,
	FRAME_FLOW_RESUME,
	FRAME_FLOW_SWITCH,
	FRAME_FLOW_PROGRESS,
	FRAME_TRACE,
	FRAME_TRACE_FLOW,
	FRAME_LEG_PROBE,
	FRAME_ACTIVE_MEMBER,
	FRAME_ANNOUNCE,
	FRAME_LACP_PORT,
	FRAME_TEAM,
	FRAME_NIC_MODE,
	FRAME_NIC_ERRORS,
	FRAME_MODULE_EEPROM,
	FRAME_TX_TIMEOUT,
	FRAME_FLOW_MEMBER,
	FRAME_FLOW_STATS,
	FRAME_STEERING,
	FRAME_BFD,
	FRAME_SESSION,
	FRAME_DISK,
	FRAME_IO_STALL,
	FRAME_IO_RESUME,
	FRAME_IO_ERRORS,
	FRAME_MULTIPATH,
};

struct ip_address {
	uint8_t family; /* 0: none, 4 or 6 */
	uint8_t bytes[16];
};

struct frame_heartbeat {
	int64_t wall_offset_us; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	uint64_t cpu_us;	/* of this process since its start */
	uint64_t bpf_us;	/* spent inside our BPF timers, timed by themselves */
	uint64_t dropped_bpf, dropped_netlink, dropped_ring;
};

struct frame_snapshot {
	char source[FRAME_KIND_MAX];
	bool end;
	bool complete; /* meaningful at the end: false = the dump failed, nothing may be concluded from
			  absence */
};

struct frame_lost {
	char source[FRAME_KIND_MAX];
	uint64_t count; /* 0: unknown */
	char reason[FRAME_REASON_MAX];
};

struct frame_bond {
	bool present;
	uint8_t mode;
	uint32_t active_ifindex;
	uint32_t miimon_ms, updelay_ms, downdelay_ms;
	uint32_t arp_interval_ms, arp_missed_max;
	uint32_t peer_notify_count, peer_notify_delay_ms;
	struct {
		bool present; /* 802.3ad with an aggregator */
		bool rate_fast;
		uint16_t aggregator_id, port_count, actor_key, partner_key;
		uint8_t partner_mac[6];
	} lacp;
};

struct frame_bond_member {
	bool present;
	uint8_t state;	    /* 0 active, 1 backup: IFLA_BOND_SLAVE_STATE */
	uint8_t mii_status; /* 0 up, 1 going down, 2 down, 3 going back: IFLA_BOND_SLAVE_MII_STATUS */
	uint32_t link_failure_count;
	bool has_perm_mac;
	uint8_t perm_mac[6];
	struct {
		bool present; /* 802.3ad */
		uint16_t aggregator_id;
		uint8_t actor_state, partner_state; /* IEEE 802.1AX 6.4.2.3 */
	} lacp;
};

struct frame_link {
	uint32_t ifindex, iflink, master_ifindex, mtu;
	char ifname[IFNAMSIZ];
	char kind[FRAME_KIND_MAX];	  /* IFLA_INFO_KIND; "" = none: a plain NIC */
	char member_kind[FRAME_KIND_MAX]; /* IFLA_INFO_SLAVE_KIND */
	char parent_dev[FRAME_DEV_MAX];	  /* IFLA_PARENT_DEV_NAME, e.g. 0000:3b:00.0 */
	char parent_bus[FRAME_KIND_MAX];
	uint8_t mac[6], perm_mac[6]; /* perm_mac, IFLA_PERM_ADDRESS: for the prober, not told */
	bool has_mac, has_perm_mac, loopback, admin_up, carrier, gone;
	bool moved;	   /* with gone: to another network namespace */
	uint8_t operstate; /* RFC 2863 ifOperStatus as IF_OPER_* */
	uint32_t carrier_up_count, carrier_down_count;
	struct frame_bond bond;
	struct frame_bond_member bond_member;
};

struct frame_carrier {
	uint32_t ifindex;
	bool carrier, admin_up;
	uint32_t carrier_up_count, carrier_down_count;
	char via[FRAME_KIND_MAX]; /* the strategy that saw it */
};

struct frame_address {
	uint32_t ifindex;
	struct ip_address address;
	uint8_t prefix_len;
	bool gone;
};

struct frame_hop {
	uint32_t ifindex;
	struct ip_address gateway;
	uint16_t weight; /* 1..256 */
	bool dead, linkdown;
};

struct frame_route {
	struct ip_address dst; /* family is always set; all zero with prefix 0 = default route */
	uint8_t prefix_len, protocol;
	uint32_t table, metric, nhid; /* nhid 0: none */
	struct ip_address prefsrc;
	uint8_t hop_count;
	bool gone;
	struct frame_hop hops[FRAME_HOPS_MAX]; /* last: only hop_count of them are stored */
};

struct frame_nexthop {
	uint32_t id, ifindex;
	struct ip_address gateway;
	uint8_t protocol;
	bool dead, linkdown, gone;
	uint8_t member_count; /* > 0: a group */
	struct {
		uint32_t id;
		uint16_t weight;
	} members[FRAME_HOPS_MAX];
};

enum nudge_how { NUDGE_OFF, NUDGE_ASK, NUDGE_OPERSTATE };

struct frame_nudge {
	uint32_t ifindex;
	enum nudge_how how;
	int error;	   /* errno of the request, 0 = accepted */
	bool honoured;	   /* the kernel had looked when it answered (operstate fits the carrier) */
	uint64_t cause_us; /* the loss or return of carrier that it answers */
};

struct frame_flow {
	uint64_t flow;
	struct ip_address local, remote;
	uint16_t local_port, remote_port;
	bool is_server, closed;
	uint32_t out_ifindex, in_ifindex, srtt_us;
};

struct frame_flow_change { /* stall, resume, switch, progress */
	uint64_t flow;
	uint64_t since_us;
	uint32_t out_ifindex, in_ifindex, from_ifindex, threshold_us;
	uint8_t reason; /* enum flow_stall_reason, or for progress 0 pause, 1 switch */
	bool inbound;	/* switch: seen on receive */
};

struct frame_trace {
	uint32_t trace;
	bool end;
	char reason[FRAME_KIND_MAX]; /* request, carrier, link */
	uint32_t for_ms;
};

struct frame_trace_flow {
	uint32_t trace;
	uint64_t flow;
	uint64_t pause_from_us, pause_to_us; /* the longest time without progress while there was demand */
	bool pause_open;		     /* it had not ended when the trace did */
	uint32_t progress_count;
	uint32_t spacing_us; /* median time between two progresses in this trace */
};

enum probe_method { PROBE_ICMP, PROBE_ARP, PROBE_ND };

struct frame_leg_probe {
	uint32_t ifindex;
	enum probe_method method;
	struct ip_address target;
	bool answering;
	uint64_t since_us; /* send time of the first lost echo, or receive time of the first answer */
	uint32_t sent, answered, rtt_us;
};

/* RFC 5880 4.1. */
enum bfd_state { BFD_ADMIN_DOWN, BFD_DOWN, BFD_INIT, BFD_UP };

struct frame_bfd {
	uint32_t ifindex;
	struct ip_address local, remote;
	bool micro, gone;
	enum bfd_state state, remote_state;
	uint8_t diagnostic, remote_diagnostic; /* 0..31 */
	uint64_t since_us;
	uint64_t tx_us, detect_us; /* before jitter; 0: not agreed */
};

struct frame_active_member {
	uint32_t ifindex, from_ifindex, to_ifindex; /* 0: none */
	bool by_fentry;
};

struct frame_announce {
	uint32_t ifindex;
	bool na;		   /* an unsolicited neighbour advertisement; else a gratuitous ARP */
	struct ip_address address; /* family 0: not known */
};

enum lacp_churn { LACP_CHURN_NONE, LACP_CHURN_MONITORING, LACP_CHURNED };

struct frame_lacp_port {
	uint32_t ifindex, bond_ifindex;
	uint16_t aggregator_id;
	enum lacp_churn actor_churn, partner_churn;
	uint32_t actor_churned_count, partner_churned_count;
	bool has_partner; /* the kernel shows it to CAP_NET_ADMIN only */
	uint8_t partner_system[6], partner_state;
	uint16_t partner_key, partner_port;
	bool gone;
};

#define FRAME_PORTS_MAX 16

struct frame_team {
	uint32_t ifindex, active_ifindex;
	char mode[FRAME_KIND_MAX];
	bool gone;
	uint8_t port_count;
	struct {
		uint32_t ifindex;
		bool linkup, has_enabled, enabled;
	} ports[FRAME_PORTS_MAX]; /* last: only port_count of them are stored */
};

#define FRAME_NO_COUNT UINT64_MAX

struct frame_nic_mode {
	uint32_t ifindex;
	uint32_t speed_mbps, advertised_mbps; /* 0: unknown */
	uint8_t duplex;			      /* 0 half, 1 full (DUPLEX_* of linux/ethtool.h), 0xff unknown */
	uint8_t autoneg;		      /* 0, 1, 0xff unknown */
	bool gone;
};

struct frame_nic_errors {
	uint32_t ifindex;
	bool gone;
	uint64_t rx_packets, tx_packets, rx_errors, tx_errors;
	/* FRAME_NO_COUNT: the driver does not have it */
	uint64_t rx_crc_errors, rx_frame_errors, tx_carrier_errors, symbol_errors, fec_corrected,
	    fec_uncorrectable;
};

#define FRAME_EEPROM_PAGES_MAX 8
#define FRAME_EEPROM_PAGE_BYTES 128

struct frame_module_eeprom {
	uint32_t ifindex;
	bool gone;
	uint8_t page_count;
	struct {
		uint8_t i2c_address, bank, page, offset, size; /* size: 1..128 */
		uint8_t bytes[FRAME_EEPROM_PAGE_BYTES];
	} pages[FRAME_EEPROM_PAGES_MAX]; /* last: only page_count of them are stored */
};

struct frame_flow_member {
	uint64_t flow;
	uint32_t master_ifindex, from_ifindex, to_ifindex; /* from 0: the first of a trace */
};

struct frame_flow_stats {
	uint64_t flow;
	uint64_t progress_us; /* 0: never */
	uint64_t bytes_acked, bytes_received;
	uint32_t srtt_us, rttvar_us, retransmits, unacked_segments, backoff;
	uint32_t out_ifindex, in_ifindex, member_ifindex;
};

enum steering_outcome {
	STEERING_STEERED,
	STEERING_UNDONE,
	STEERING_REFUSED,
	STEERING_FAILED,
	STEERING_STANDS, /* in a snapshot: steered now */
};
enum steer_how { STEER_NOT, STEER_ACTIVE_MEMBER, STEER_ROUTE, STEER_LINK_DOWN };

#define FRAME_GROUP_MAX 80
#define FRAME_STEERING_TEXT_MAX 256

struct frame_steering {
	char group[FRAME_GROUP_MAX];
	enum steering_outcome outcome;
	enum steer_how how;
	uint32_t from_ifindex, to_ifindex; /* to 0: all that are left */
	uint64_t asked_us;		   /* 0: by itself */
	bool lasts;			   /* it is to be undone some time */
	char before[FRAME_STEERING_TEXT_MAX], after[FRAME_STEERING_TEXT_MAX], reason[FRAME_STEERING_TEXT_MAX];
};

struct frame_tx_timeout {
	uint32_t ifindex, queue;
};

#define FRAME_DISK_MAX 32 /* DISK_NAME_LEN of the kernel */
#define FRAME_SESSION_MAX 40
#define FRAME_TARGET_MAX 224 /* an IQN or NQN has at most 223 bytes */
#define FRAME_DISKS_MAX 16

enum session_protocol { SESSION_ISCSI, SESSION_NVME_TCP, SESSION_NFS, SESSION_NBD, SESSION_DRBD };

struct frame_session {
	char session[FRAME_SESSION_MAX];
	enum session_protocol protocol;
	char target[FRAME_TARGET_MAX];	 /* "": not readable */
	struct ip_address local, remote; /* family 0: not shown */
	uint16_t remote_port;
	char state[24];
	bool usable, gone;
	uint8_t disk_count;
	char disks[FRAME_DISKS_MAX][FRAME_DISK_MAX]; /* last: only disk_count of them are stored */
};

enum disk_kind {
	DISK_LOCAL,
	DISK_ISCSI,
	DISK_NVME_TCP,
	DISK_NBD,
	DISK_RBD,
	DISK_DRBD,
	DISK_DM_MULTIPATH,
	DISK_NVME_MULTIPATH,
};

struct frame_disk {
	char disk[FRAME_DISK_MAX];
	uint32_t major, minor; /* both 0: a hidden device has no number */
	enum disk_kind kind;
	char session[FRAME_SESSION_MAX]; /* "": none */
	char map[FRAME_DISK_MAX];	 /* "": none */
	bool gone;
};

enum io_operation { IO_READ, IO_WRITE, IO_FLUSH, IO_DISCARD, IO_OTHER };

struct frame_io { /* stall, resume */
	char disk[FRAME_DISK_MAX];
	uint64_t since_us;
	uint32_t threshold_us, in_flight;
	enum io_operation operation;
};

struct frame_io_errors {
	char disk[FRAME_DISK_MAX];
	uint64_t errors;
	char last[16]; /* an errno's name */
};

#define FRAME_PATHS_MAX 16

struct frame_path {
	char disk[FRAME_DISK_MAX];
	char session[FRAME_SESSION_MAX]; /* "": none */
	bool usable;
	char state[16];
	char access[16];   /* "": not told */
	uint64_t failures; /* FRAME_NO_COUNT: not told */
};

struct frame_multipath {
	char map[FRAME_DISK_MAX];
	char name[FRAME_TARGET_MAX]; /* "": none */
	bool nvme, gone;
	uint8_t path_count;
	struct frame_path paths[FRAME_PATHS_MAX]; /* last: only path_count of them are stored */
};

struct frame {
	enum frame_type type;
	uint64_t t_us; /* CLOCK_MONOTONIC, taken where the event is */
	union {
		struct frame_heartbeat heartbeat;
		struct frame_snapshot snapshot;
		struct frame_lost lost;
		struct frame_link link;
		struct frame_carrier carrier;
		struct frame_address address;
		struct frame_route route;
		struct frame_nexthop nexthop;
		struct frame_nudge nudge;
		struct frame_flow flow;
		struct frame_flow_change change;
		struct frame_trace trace;
		struct frame_trace_flow trace_flow;
		struct frame_leg_probe leg_probe;
		struct frame_active_member active_member;
		struct frame_announce announce;
		struct frame_lacp_port lacp_port;
		struct frame_team team;
		struct frame_nic_mode nic_mode;
		struct frame_nic_errors nic_errors;
		struct frame_module_eeprom module_eeprom;
		struct frame_tx_timeout tx_timeout;
		struct frame_steering steering;
		struct frame_flow_member flow_member;
		struct frame_bfd bfd;
		struct frame_flow_stats flow_stats;
		struct frame_session session;
		struct frame_disk disk;
		struct frame_io io;
		struct frame_io_errors io_errors;
		struct frame_multipath multipath;
	};
};

/* Bytes of `f` worth keeping: the header, and of the payload what its type uses. */
size_t frame_size(const struct frame *f);

/*
 * Writes the frame as one wire message, form feed included, into buf. Returns the length, or -ENOSPC.
 * `seq` and the epoch's identity come from the ring.
 */
struct frame_identity {
	char boot_id[37];
	uint64_t epoch;
};
int frame_encode(const struct frame *f, const struct frame_identity *who, uint64_t seq, char *buf,
		 size_t size);

/* The longest wire message: a link or a route with all its hops, every character escaped, or a hello. */
#define FRAME_ENCODED_MAX 8192

/* The same for a person, one line without its end: seconds, type, name=value… Length, or -ENOSPC. */
int frame_print(const struct frame *f, char *buf, size_t size);

const char *frame_type_name(enum frame_type type);

/* An address as text, never in the dotted form of IPv6. Returns buf. */
#define FRAME_ADDRESS_TEXT 48
const char *frame_address_text(const struct ip_address *a, char buf[FRAME_ADDRESS_TEXT]);

/* For frames made by hand (hello, refused): everything up to the type's own fields, and everything after
 * them. */
struct json;
void frame_open(struct json *j, const char *type, const struct frame_identity *who, uint64_t seq,
		uint64_t t_us);
int frame_close(struct json *j);

#endif
