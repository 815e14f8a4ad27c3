/* SPDX-License-Identifier: Apache-2.0 */
/* Leg probes on the wire: frames as they go out, from which MAC, and answers among what only looks like one.
 */
#include "check.h"
#include "prober_sources.h"

#define MAC "\x02\x11\x22\x33\x44\x55"
#define PEER "\x66\x77\x88\x99\xaa\xbb"

static struct probe arp = {
    .wish = {.target = {4, {10, 9, 0, 2}}}, .ops = &probe_by_arp, .fd = -1, .mac = MAC};
static struct probe nd = {
    .wish = {.target = {6, {0xfd, [13] = 0xab, 0xcd, 2}}}, .ops = &probe_by_nd, .fd = -1, .mac = MAC};

static void an_arp_probe_says_nothing_of_us(void)
{
	static const uint8_t expected[] = "\xff\xff\xff\xff\xff\xff" MAC "\x08\x06"
					  "\0\x01\x08\0\x06\x04\0\x01" MAC "\0\0\0\0"
					  "\0\0\0\0\0\0"
					  "\x0a\x09\0\x02";
	struct arp_frame frame;

	arp_make(&arp, true, &frame);
	CHECK(sizeof(frame) == sizeof(expected) - 1 && !memcmp(&frame, expected, sizeof(frame)));
	memcpy(arp.peer_mac, PEER, 6);
	arp_make(&arp, false, &frame);
	CHECK(!memcmp(&frame, PEER, 6) && !memcmp((char *)&frame + 6, expected + 6, sizeof(frame) - 6));
}

static void a_tag_stands_behind_the_addresses(void)
{
	struct probe tagged = arp;
	struct arp_frame frame;
	uint8_t out[PROBE_FRAME_MAX];

	arp_make(&arp, true, &frame);
	CHECK(probe_packet_tag(&arp, &frame, sizeof(frame), out) == sizeof(frame));
	CHECK(!memcmp(out, &frame, sizeof(frame)));
	tagged.wish.vlan = 0x123;
	CHECK(probe_packet_tag(&tagged, &frame, sizeof(frame), out) == sizeof(frame) + 4);
	CHECK(!memcmp(out, &frame, 12) && !memcmp(out + 12, "\x81\x00\x01\x23\x08\x06", 6));
	CHECK(!memcmp(out + 16, (const uint8_t *)&frame + 12, sizeof(frame) - 12));
	CHECK(sizeof(struct nd_frame) + 4 <= PROBE_FRAME_MAX);
}

static struct arp_frame arp_answer(void)
{
	struct arp_frame frame;

	arp_make(&arp, true, &frame);
	memcpy(frame.ether.ether_dhost, MAC, 6);
	memcpy(frame.ether.ether_shost, PEER, 6);
	frame.arp.arp_op = htons(ARPOP_REPLY);
	memcpy(frame.arp.arp_sha, PEER, 6);
	memcpy(frame.arp.arp_spa, arp.wish.target.bytes, 4);
	memcpy(frame.arp.arp_tha, MAC, 6);
	memset(frame.arp.arp_tpa, 0, 4);
	return frame;
}

static void an_arp_answer_is_the_targets_to_us(void)
{
	struct arp_frame good = arp_answer(), bad;
	const uint8_t *bytes = (const uint8_t *)&good;
	/* Addresses of the sender's, of any value: by whom it is answered is not known before. */
	const size_t any_from = offsetof(struct arp_frame, ether.ether_shost),
		     any_sha = offsetof(struct arp_frame, arp.arp_sha),
		     any_tpa = offsetof(struct arp_frame, arp.arp_tpa);

	memset(arp.peer_mac, 0, 6);
	CHECK(arp_match(&arp, bytes, sizeof(good), NULL) == PROBE_NEWEST);
	CHECK(!memcmp(arp.peer_mac, PEER, 6));
	for (size_t size = 0; size < sizeof(good); size++)
		CHECK(arp_match(&arp, bytes, size, NULL) == PROBE_NO_ANSWER);
	for (size_t i = 0; i < sizeof(good); i++) {
		bool any =
		    (i >= any_from && i < any_from + 6) || (i >= any_sha && i < any_sha + 6) || i >= any_tpa;

		bad = good;
		((uint8_t *)&bad)[i] ^= 4;
		CHECK(arp_match(&arp, (const uint8_t *)&bad, sizeof(bad), NULL) ==
		      (any ? PROBE_NEWEST : PROBE_NO_ANSWER));
	}
}

static void a_solicitation_is_whole(void)
{
	static const uint8_t group[16] = {0xff, 2, [11] = 1, [12] = 0xff, 0xab, 0xcd, 2};
	static const uint8_t own[16] = {0xfe, 0x80, [8] = 0, 0x11, 0x22, 0xff, 0xfe, 0x33, 0x44, 0x55};
	struct nd_frame frame;
	uint32_t sum;

	nd_make(&nd, true, &frame);
	CHECK(sizeof(frame) == 86);
	CHECK(!memcmp(frame.ether.ether_dhost, "\x33\x33\xff\xab\xcd\x02", 6));
	CHECK(!memcmp(&frame.ip.ip6_dst, group, 16) && !memcmp(&frame.ip.ip6_src, own, 16));
	CHECK(frame.ip.ip6_hlim == 255 && frame.ip.ip6_plen == htons(32));
	CHECK(!memcmp(&frame.option, "\x01\x01" MAC, 8));
	/* RFC 1071: with its checksum it comes to zero. */
	sum = probe_sum(htons(32) + htons(IPPROTO_ICMPV6), &frame.ip.ip6_src, 32 + 32);
	CHECK(probe_checksum(sum) == 0);
	memcpy(nd.peer_mac, PEER, 6);
	nd_make(&nd, false, &frame);
	CHECK(!memcmp(frame.ether.ether_dhost, PEER, 6));
	CHECK(!memcmp(&frame.ip.ip6_dst, nd.wish.target.bytes, 16));
	sum = probe_sum(htons(32) + htons(IPPROTO_ICMPV6), &frame.ip.ip6_src, 32 + 32);
	CHECK(probe_checksum(sum) == 0);
}

static struct nd_frame nd_answer(void)
{
	struct nd_frame frame;

	nd_make(&nd, false, &frame);
	memcpy(frame.ether.ether_dhost, MAC, 6);
	memcpy(frame.ether.ether_shost, PEER, 6);
	frame.ip.ip6_dst = frame.ip.ip6_src;
	memcpy(&frame.ip.ip6_src, nd.wish.target.bytes, 16);
	frame.body.nd_ns_type = ND_NEIGHBOR_ADVERT;
	frame.body.nd_ns_reserved = htonl((uint32_t)SOLICITED << 24);
	return frame;
}

static bool within(size_t i, size_t from, size_t size)
{
	return i >= from && i < from + size;
}

static void an_advertisement_is_the_targets_to_us(void)
{
	struct nd_frame good = nd_answer(), bad;
	const uint8_t *bytes = (const uint8_t *)&good;

	memset(nd.peer_mac, 0, 6);
	CHECK(nd_match(&nd, bytes, ANSWER_SIZE, NULL) == PROBE_NEWEST);
	CHECK(!memcmp(nd.peer_mac, PEER, 6));
	for (size_t size = 0; size < ANSWER_SIZE; size++)
		CHECK(nd_match(&nd, bytes, size, NULL) == PROBE_NO_ANSWER);
	for (size_t i = 0; i < ANSWER_SIZE; i++) {
		/* Whose MAC and address it comes from, lengths and labels, its checksum, its other flags. */
		bool any = within(i, 6, 6) || within(i, 14, 6) || within(i, 22, 16) || within(i, 56, 2) ||
			   within(i, 59, 3);

		bad = good;
		((uint8_t *)&bad)[i] ^= i == 14 ? 1 : 0x44;
		CHECK(nd_match(&nd, (const uint8_t *)&bad, ANSWER_SIZE, NULL) ==
		      (any ? PROBE_NEWEST : PROBE_NO_ANSWER));
	}
}

static void an_echo_reply_carries_our_cookie(void)
{
	struct probe p = {.wish = {.target = {4, {10, 9, 0, 2}}}, .id = 0x1234};
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a090002)};
	uint8_t bytes[24 + sizeof(struct echo)] = {0x46};
	struct echo echo = {.type = ICMP_ECHOREPLY, .id = htons(0x1234), .seq = htons(7), .cookie = 42};

	cookie = 42;
	memcpy(bytes + 24, &echo, sizeof(echo));
	CHECK(icmp_match(&p, bytes, sizeof(bytes), (void *)&from) == 7);
	for (size_t size = 0; size < sizeof(bytes); size++)
		CHECK(icmp_match(&p, bytes, size, (void *)&from) == PROBE_NO_ANSWER);
	cookie = 43;
	CHECK(icmp_match(&p, bytes, sizeof(bytes), (void *)&from) == PROBE_NO_ANSWER);
	cookie = 42;
	from.sin_addr.s_addr = htonl(0x0a090003);
	CHECK(icmp_match(&p, bytes, sizeof(bytes), (void *)&from) == PROBE_NO_ANSWER);
}

/* The kernel runs it on whatever passes a socket. */
static bool filter_lets_through(const struct probe *p,
				void (*want_more)(const struct probe *, struct probe_filter *),
				const void *bytes, size_t size)
{
	struct probe_filter f = {.count = 0};
	char received[256];
	int pair[2];
	bool through;

	begin(p, &f);
	want_more(p, &f);
	end(&f);
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair))
		return false;
	CHECK(!probe_prepare(pair[0], f.code, f.count));
	through = send(pair[1], bytes, size, 0) == (ssize_t)size &&
		  recv(pair[0], received, sizeof(received), 0) == (ssize_t)size;
	close(pair[0]);
	close(pair[1]);
	return through;
}

static void the_filter_wakes_us_for_answers_alone(void)
{
	struct arp_frame good = arp_answer(), bad = good;
	struct nd_frame good6 = nd_answer(), bad6 = good6;

	CHECK(filter_lets_through(&arp, arp_want, &good, sizeof(good)));
	bad.arp.arp_op = htons(ARPOP_REQUEST);
	CHECK(!filter_lets_through(&arp, arp_want, &bad, sizeof(bad)));
	bad = good;
	bad.arp.arp_spa[3]++;
	CHECK(!filter_lets_through(&arp, arp_want, &bad, sizeof(bad)));
	bad = good;
	bad.ether.ether_dhost[5]++;
	CHECK(!filter_lets_through(&arp, arp_want, &bad, sizeof(bad)));
	CHECK(!filter_lets_through(&arp, arp_want, &good, 20));
	CHECK(filter_lets_through(&nd, nd_want, &good6, ANSWER_SIZE));
	bad6.ip.ip6_hlim = 254;
	CHECK(!filter_lets_through(&nd, nd_want, &bad6, ANSWER_SIZE));
	bad6 = good6;
	bad6.body.nd_ns_type = ND_NEIGHBOR_SOLICIT;
	CHECK(!filter_lets_through(&nd, nd_want, &bad6, ANSWER_SIZE));
	bad6 = good6;
	bad6.body.nd_ns_target.s6_addr[15]++;
	CHECK(!filter_lets_through(&nd, nd_want, &bad6, ANSWER_SIZE));
}

static void who_has_answered_is_asked_alone(void)
{
	struct probe p = {.to_all = 1};

	CHECK(probe_packet_to_all(&p) && probe_packet_to_all(&p));
	p.answered_us = 1;
	CHECK(probe_packet_to_all(&p));
	probe_packet_answered_by(&p, (const uint8_t *)PEER);
	CHECK(!probe_packet_to_all(&p) && !probe_packet_to_all(&p));
	p.lost_run = 1;
	CHECK(probe_packet_to_all(&p));
	p.lost_run = 0;
	for (int i = 1; i < TO_ALL_AFTER_LOSS; i++)
		CHECK(probe_packet_to_all(&p));
	CHECK(!probe_packet_to_all(&p));
	/* A group's address is never asked alone. */
	probe_packet_answered_by(&p, (const uint8_t *)"\x03\xbf\x0a\x09\0\x02");
	CHECK(probe_packet_to_all(&p));
}

static void set_links(const char *master_mac, const char *perm_mac, const char *other_mac)
{
	memset(links, 0, sizeof(links));
	link_count = 3;
	links[0] = (struct frame_link){.ifindex = 1, .has_mac = true};
	memcpy(links[0].mac, master_mac, 6);
	links[1] =
	    (struct frame_link){.ifindex = 2, .master_ifindex = 1, .member_kind = "bond", .has_mac = true};
	memcpy(links[1].mac, master_mac, 6);
	links[1].bond_member.has_perm_mac = true;
	memcpy(links[1].bond_member.perm_mac, perm_mac, 6);
	links[2] =
	    (struct frame_link){.ifindex = 3, .master_ifindex = 1, .member_kind = "bond", .has_mac = true};
	memcpy(links[2].mac, other_mac, 6);
}

#define NIC_A "\x3c\xec\xef\0\0\x01"
#define NIC_B "\x3c\xec\xef\0\0\x02"
#define LOCAL_A "\x3e\xec\xef\0\0\x01"

static bool sends_from(const char *mac)
{
	uint8_t got[6];

	return !probe_sending_mac(NULL, 2, got) && !memcmp(got, mac, 6);
}

static void a_members_own_mac_is_sent_from_but_none_in_use(void)
{
	uint8_t mac[6];

	set_links(NIC_B, NIC_A, NIC_B);
	CHECK(sends_from(NIC_A));
	/* The bond has it: of its first member, used or not. */
	set_links(NIC_A, NIC_A, NIC_A);
	CHECK(sends_from(LOCAL_A));
	/* fail_over_mac=follow: another member has it now. */
	set_links(NIC_B, NIC_A, NIC_A);
	CHECK(sends_from(LOCAL_A));
	/* Of a virtual machine it is made up already. */
	set_links("\x52\x54\0\0\0\x01", "\x52\x54\0\0\0\x01", NIC_B);
	CHECK(sends_from("\xd2\x54\0\0\0\x01"));
	/* None is known, or none that a frame can come from. */
	set_links(NIC_B, "\0\0\0\0\0\0", NIC_B);
	CHECK(probe_sending_mac(NULL, 2, mac) == -ENODATA);
	set_links(NIC_B, "\x01\x80\xc2\0\0\x01", NIC_B);
	CHECK(probe_sending_mac(NULL, 2, mac) == -ENODATA);
	links[1].bond_member.has_perm_mac = false;
	CHECK(probe_sending_mac(NULL, 2, mac) == -ENODATA);
	/* Of a team's port the NIC says it. */
	snprintf(links[1].member_kind, sizeof(links[1].member_kind), "team");
	links[1].has_perm_mac = true;
	memcpy(links[1].perm_mac, NIC_A, 6);
	CHECK(sends_from(NIC_A));
	/* A NIC by itself has no other than its own. */
	links[1].member_kind[0] = '\0';
	CHECK(sends_from(NIC_B));
	CHECK(probe_sending_mac(NULL, 9, mac) == -ENODEV);
}

int main(void)
{
	RUN(an_arp_probe_says_nothing_of_us);
	RUN(a_tag_stands_behind_the_addresses);
	RUN(an_arp_answer_is_the_targets_to_us);
	RUN(a_solicitation_is_whole);
	RUN(an_advertisement_is_the_targets_to_us);
	RUN(an_echo_reply_carries_our_cookie);
	RUN(the_filter_wakes_us_for_answers_alone);
	RUN(who_has_answered_is_asked_alone);
	RUN(a_members_own_mac_is_sent_from_but_none_in_use);
	return check_done();
}
