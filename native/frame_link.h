/* SPDX-License-Identifier: Apache-2.0 */
/* Links, their addresses, and how the kernel is made to look at one. */
#ifndef PATHWARDEN_FRAME_LINK_H
#define PATHWARDEN_FRAME_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <net/if.h>
#include "frame_base.h"
#include "frame_bond.h"

#define FRAME_DEV_MAX 32

struct frame_link {
	uint32_t ifindex, iflink, master_ifindex, mtu;
	char ifname[IFNAMSIZ];
	char kind[FRAME_KIND_MAX];	  /* IFLA_INFO_KIND; "" = none: a plain NIC */
	char member_kind[FRAME_KIND_MAX]; /* IFLA_INFO_SLAVE_KIND */
	char parent_dev[FRAME_DEV_MAX];	  /* IFLA_PARENT_DEV_NAME, e.g. 0000:3b:00.0 */
	char parent_bus[FRAME_KIND_MAX];
	char pci[FRAME_PCI_MAX];     /* the function that it is behind; "": none */
	uint8_t mac[6], perm_mac[6]; /* perm_mac, IFLA_PERM_ADDRESS: for the prober, not told */
	uint16_t vlan; /* the 802.1Q VLAN that the device stands for, 1..4094; 0: none, or tagged otherwise */
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

enum nudge_how { NUDGE_OFF, NUDGE_ASK, NUDGE_OPERSTATE };

struct frame_nudge {
	uint32_t ifindex;
	enum nudge_how how;
	int error;	   /* errno of the request, 0 = accepted */
	bool honoured;	   /* the kernel had looked when it answered (operstate fits the carrier) */
	uint64_t cause_us; /* the loss or return of carrier that it answers */
};

#endif
