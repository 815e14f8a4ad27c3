/* SPDX-License-Identifier: Apache-2.0 */
/* Bonds and teams. */
#ifndef PATHWARDEN_FRAME_BOND_H
#define PATHWARDEN_FRAME_BOND_H

#include <stdbool.h>
#include <stdint.h>
#include "frame_base.h"

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

#endif
