/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes by ARP as RFC 5227 sends them, with the sender address 0.0.0.0: who has the target's address
 * answers, and nobody learns anything of us. To all at first and after a loss, else to the target alone: a
 * broadcast wakes every host of the network.
 *
 * Who claims an address by RFC 5227 takes a probe for a rival's and gives up. So the target is better a
 * gateway than a host that may do so when it starts. And a switch may limit how much ARP it takes from a
 * port.
 */
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include "prober.h"

struct arp_frame {
	struct ether_header ether;
	struct ether_arp arp;
} __attribute__((packed));

static void arp_want(const struct probe *p, struct probe_filter *f)
{
	uint32_t target;

	memcpy(&target, p->wish.target.bytes, sizeof(target));
	probe_want_u16(f, offsetof(struct arp_frame, arp.arp_op), ARPOP_REPLY);
	probe_want_u32(f, offsetof(struct arp_frame, arp.arp_spa), ntohl(target));
}

static int arp_open(struct probe *p)
{
	return probe_packet_open(p, ETH_P_ARP, arp_want);
}

static void arp_make(const struct probe *p, bool to_all, struct arp_frame *out)
{
	memset(out, 0, sizeof(*out));
	memset(out->ether.ether_dhost, 0xff, 6);
	if (!to_all)
		memcpy(out->ether.ether_dhost, p->peer_mac, 6);
	memcpy(out->ether.ether_shost, p->mac, 6);
	out->ether.ether_type = htons(ETH_P_ARP);
	out->arp.arp_hrd = htons(ARPHRD_ETHER);
	out->arp.arp_pro = htons(ETH_P_IP);
	out->arp.arp_hln = 6;
	out->arp.arp_pln = 4;
	out->arp.arp_op = htons(ARPOP_REQUEST);
	memcpy(out->arp.arp_sha, p->mac, 6);
	memcpy(out->arp.arp_tpa, p->wish.target.bytes, 4);
}

static int arp_send(struct probe *p, uint16_t seq)
{
	struct arp_frame frame;

	(void)seq;
	arp_make(p, probe_packet_to_all(p), &frame);
	return probe_packet_send(p, &frame, sizeof(frame));
}

static int arp_match(struct probe *p, const uint8_t *bytes, size_t size, const struct sockaddr *from)
{
	struct arp_frame frame;

	(void)from;
	if (size < sizeof(frame))
		return PROBE_NO_ANSWER;
	memcpy(&frame, bytes, sizeof(frame));
	if (frame.ether.ether_type != htons(ETH_P_ARP) || memcmp(frame.ether.ether_dhost, p->mac, 6) ||
	    frame.arp.arp_hrd != htons(ARPHRD_ETHER) || frame.arp.arp_pro != htons(ETH_P_IP) ||
	    frame.arp.arp_hln != 6 || frame.arp.arp_pln != 4 || frame.arp.arp_op != htons(ARPOP_REPLY) ||
	    memcmp(frame.arp.arp_spa, p->wish.target.bytes, 4) || memcmp(frame.arp.arp_tha, p->mac, 6))
		return PROBE_NO_ANSWER;
	probe_packet_answered_by(p, frame.arp.arp_sha);
	return PROBE_NEWEST;
}

const struct probe_method_ops probe_by_arp = {
    .open = arp_open, .fits = probe_packet_fits, .send = arp_send, .match = arp_match};
