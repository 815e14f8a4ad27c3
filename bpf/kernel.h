// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The kernel's structures as far as our programs read them, instead of a generated vmlinux.h. Each program is
 * relocated at load time to the running kernel (CO-RE), so order and offsets here mean nothing; names and
 * types do. A name with ___ is another kernel's shape of the same structure.
 */
#ifndef PATHWARDEN_KERNEL_H
#define PATHWARDEN_KERNEL_H

#include <linux/types.h>
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>

/* The kernel says what a program or a callback is given; not each uses all of it. */
#pragma clang diagnostic ignored "-Wunused-parameter"

#define CLOCK_MONOTONIC 1
#define IPPROTO_TCP 6
#define AF_INET 2
#define AF_INET6 10
#define EEXIST 17
#define ENOSPC 28
#define EAGAIN 11
#define EBUSY 16
#define E2BIG 7

/* enum netdev_state_t, include/linux/netdevice.h: bits of net_device.state. */
#define LINK_STATE_START 0
#define LINK_STATE_NOCARRIER 2
/* net_device.reg_state: registered, and not yet on its way out. */
#define NETREG_REGISTERED 1

/* include/net/tcp_states.h */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_LISTEN 10
/* tcp_sock.nonagle, include/net/tcp.h: TCP_CORK is set. */
#define TCP_NAGLE_CORK 2
/* enum tcp_ca_state, include/uapi/linux/tcp.h: the local device refused a segment (or ECN). */
#define TCP_CA_CWR 2

/* include/uapi/linux/if_bonding.h */
#define BOND_MODE_ACTIVEBACKUP 1
#define BOND_MODE_TLB 5
#define BOND_MODE_ALB 6

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

typedef struct {
	int counter;
} atomic_t;

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
	struct list_head dev_base_head;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct nsproxy {
	struct net *net_ns;
};

struct css_set;
struct mm_struct;

struct task_struct {
	struct nsproxy *nsproxy;
	int tgid;
	char comm[16];
	struct task_struct *group_leader;
	struct css_set *cgroups;
	struct mm_struct *mm;
	__u64 start_boottime;
};

struct net_device {
	unsigned long state;
	int ifindex;
	possible_net_t nd_net;
	struct list_head dev_list, close_list;
	atomic_t carrier_up_count, carrier_down_count;
	__u8 reg_state;
};

/* Before 6.9 reg_state is a bit field of an unnamed enum. */
struct net_device___enum {
	enum { NETREG_SOME_STATE } reg_state : 8;
};

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	union {
		struct {
			__be32 skc_daddr, skc_rcv_saddr;
		};
	};
	union {
		struct {
			__be16 skc_dport;
			__u16 skc_num;
		};
	};
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};

struct dst_entry {
	struct net_device *dev;
};

struct sock {
	struct sock_common __sk_common;
	struct dst_entry *sk_dst_cache;
	int sk_rx_dst_ifindex;
	__u16 sk_protocol;
};

struct inet_sock {
	struct sock sk;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	__u8 icsk_ca_state : 5;
	__u8 icsk_probes_out;
	__u8 icsk_backoff; /* retransmission time-outs since the last progress */
	struct {
		__u32 lrcvtime;
	} icsk_ack;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 packets_out, sacked_out, snd_una, snd_nxt, write_seq, rcv_nxt;
	__u32 snd_wnd, snd_wl1, mss_cache, srtt_us, rttvar_us, lsndtime, data_segs_out, total_retrans;
	__u64 bytes_acked, bytes_received;
	/*
	 * CLOCK_MONOTONIC in µs. delivered_mstamp: set to the send time when a flight starts with nothing in
	 * flight (tcp_rate_skb_sent) and to the time of each ACK that delivers (tcp_rate_gen), so while
	 * packets_out > 0 it is exactly since when nothing was acknowledged. first_tx_mstamp: the send time
	 * of the data delivered last. tcp_mstamp: the last time that this socket sent, tried to, or received.
	 */
	__u64 delivered_mstamp, first_tx_mstamp, tcp_mstamp;
	__u8 nonagle : 4;
};

struct tcp_skb_cb {
	__u32 seq, end_seq, ack_seq;
	__u8 tcp_flags; /* two bytes since 6.15 or so; only its offset is used */
};

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	char cb[48];
	int skb_iif;
	__be16 protocol, vlan_proto;
	__u16 transport_header, network_header; /* from head */
	unsigned char *head;
};

/* drivers/net/bonding: the module's own BTF. */
struct slave {
	struct net_device *dev;
};

struct bond_params {
	int mode;
};

struct bonding {
	struct net_device *dev;
	struct slave *curr_active_slave;
	struct bond_params params;
};

struct gendisk {
	char disk_name[32];
};

struct request_queue {
	struct gendisk *disk;
};

struct request {
	struct request_queue *q;
	__u32 cmd_flags;     /* its lowest 8 bits: enum req_op */
	__u64 __sector;	     /* of 512 bytes, from the disk's beginning: where what is left of it begins */
	__u64 start_time_ns; /* CLOCK_MONOTONIC when it was allocated; 0: its queue keeps no statistics */
	atomic_t ref;	     /* 0: free; a refcount_t before 6.0 or so, which begins with the same */
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

#pragma clang attribute pop

#endif
