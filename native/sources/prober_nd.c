/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes by neighbour solicitation (RFC 4861 4.3), from the link-local address that goes with the MAC that is
 * sent from (RFC 4291, appendix A), which is no address of this host's: the target learns of a neighbour that
 * it never uses, and nothing else. To the solicited-node group at first and after a loss, else to the target
 * alone.
 *
 * Not from the unspecified address, which would teach it nothing: a target that is about to claim its
 * address, since its link has just come back, takes that for a rival's and gives its address up (RFC 4862
 * 5.4.3). And not without the source link-layer address: Linux does not answer a stranger's then.
 */
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <stddef.h>
#include <string.h>
#include "prober.h"

#define HOP_LIMIT 255 /* RFC 4861 7.1: whoever is not on the link cannot send it */
#define SOLICITED 0x40

struct nd_frame {
	struct ether_header ether;
	struct ip6_hdr ip;
	struct nd_neighbor_solicit body; /* an advertisement has the same layout */
	struct nd_opt_hdr option;
	uint8_t mac[6];
} __attribute__((packed));

#define ANSWER_SIZE offsetof(struct nd_frame, option)

static void nd_want(const struct probe *p, struct probe_filter *f)
{
	uint32_t word;

	probe_want_u16(f, offsetof(struct nd_frame, ip.ip6_nxt), IPPROTO_ICMPV6 << 8 | HOP_LIMIT);
	probe_want_u16(f, offsetof(struct nd_frame, body), ND_NEIGHBOR_ADVERT << 8);
	for (uint32_t i = 0; i < 16; i += 4) {
		memcpy(&word, p->wish.target.bytes + i, sizeof(word));
		probe_want_u32(f, offsetof(struct nd_frame, body.nd_ns_target) + i, ntohl(word));
	}
}

static int nd_open(struct probe *p)
{
	return probe_packet_open(p, ETH_P_IPV6, nd_want);
}

static void own_address(const struct probe *p, uint8_t out[16])
{
	const uint8_t *m = p->mac;
	const uint8_t address[16] = {0xfe,     0x80, 0,	   0,	 0,    0,    0,	   0,
				     m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]};

	memcpy(out, address, sizeof(address));
}

static void nd_make(const struct probe *p, bool to_all, struct nd_frame *out)
{
	const uint8_t *t = p->wish.target.bytes;
	const uint8_t group[16] = {0xff, 2, [11] = 1, [12] = 0xff, t[13], t[14], t[15]};
	const uint8_t group_mac[6] = {0x33, 0x33, 0xff, t[13], t[14], t[15]};
	const size_t body = sizeof(*out) - offsetof(struct nd_frame, body);
	uint32_t sum;

	memset(out, 0, sizeof(*out));
	memcpy(out->ether.ether_dhost, to_all ? group_mac : p->peer_mac, 6);
	memcpy(out->ether.ether_shost, p->mac, 6);
	out->ether.ether_type = htons(ETH_P_IPV6);
	out->ip.ip6_vfc = 6 << 4;
	out->ip.ip6_plen = htons((uint16_t)body);
	out->ip.ip6_nxt = IPPROTO_ICMPV6;
	out->ip.ip6_hlim = HOP_LIMIT;
	own_address(p, out->ip.ip6_src.s6_addr);
	memcpy(&out->ip.ip6_dst, to_all ? group : t, 16);
	out->body.nd_ns_type = ND_NEIGHBOR_SOLICIT;
	memcpy(&out->body.nd_ns_target, t, 16);
	out->option.nd_opt_type = ND_OPT_SOURCE_LINKADDR;
	out->option.nd_opt_len = 1;
	memcpy(out->mac, p->mac, 6);
	/* RFC 8200 8.1: with the addresses, the length and the protocol before it. */
	sum = probe_sum(htons((uint16_t)body) + htons(IPPROTO_ICMPV6),
			(const uint8_t *)out + offsetof(struct nd_frame, ip.ip6_src), 32);
	out->body.nd_ns_cksum =
	    probe_checksum(probe_sum(sum, (const uint8_t *)out + offsetof(struct nd_frame, body), body));
}

static int nd_send(struct probe *p, uint16_t seq)
{
	struct nd_frame frame;

	(void)seq;
	nd_make(p, probe_packet_to_all(p), &frame);
	return probe_packet_send(p, &frame, sizeof(frame));
}

static int nd_match(struct probe *p, const uint8_t *bytes, size_t size, const struct sockaddr *from)
{
	struct nd_frame frame;
	uint8_t own[16];

	(void)from;
	if (size < ANSWER_SIZE)
		return PROBE_NO_ANSWER;
	memcpy(&frame, bytes, ANSWER_SIZE);
	own_address(p, own);
	if (frame.ether.ether_type != htons(ETH_P_IPV6) || memcmp(frame.ether.ether_dhost, p->mac, 6) ||
	    frame.ip.ip6_vfc >> 4 != 6 || frame.ip.ip6_nxt != IPPROTO_ICMPV6 ||
	    frame.ip.ip6_hlim != HOP_LIMIT || memcmp(&frame.ip.ip6_dst, own, 16) ||
	    frame.body.nd_ns_type != ND_NEIGHBOR_ADVERT || frame.body.nd_ns_code ||
	    !(ntohl(frame.body.nd_ns_reserved) >> 24 & SOLICITED) ||
	    memcmp(&frame.body.nd_ns_target, p->wish.target.bytes, 16))
		return PROBE_NO_ANSWER;
	probe_packet_answered_by(p, frame.ether.ether_shost);
	return PROBE_NEWEST;
}

const struct probe_method_ops probe_by_nd = {
    .open = nd_open, .fits = probe_packet_fits, .send = nd_send, .match = nd_match};
