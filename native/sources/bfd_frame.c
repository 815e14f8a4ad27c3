/* SPDX-License-Identifier: Apache-2.0 */
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include "bfd_frame.h"

#define ETHERNET_BYTES 14
#define IP4_BYTES 20
#define IP6_BYTES 40
#define UDP_BYTES 8
#define HOP_LIMIT 255

static const uint8_t group_mac[6] = {0x01, 0x00, 0x5e, 0x90, 0x00, 0x01};

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static size_t get16(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

/* RFC 1071, over an even number of bytes. */
static uint32_t add_up(uint32_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)get16(bytes + i);
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

static size_t address_bytes(const struct ip_address *a)
{
	return a->family == 4 ? 4 : 16;
}

static void put_ip4(uint8_t *ip, const struct bfd_ends *ends, size_t payload)
{
	memset(ip, 0, IP4_BYTES);
	ip[0] = 0x45;
	ip[1] = IPTOS_CLASS_CS6;
	put16(ip + 2, IP4_BYTES + payload);
	ip[6] = 0x40; /* don't fragment */
	ip[8] = HOP_LIMIT;
	ip[9] = IPPROTO_UDP;
	memcpy(ip + 12, ends->local.bytes, 4);
	memcpy(ip + 16, ends->remote.bytes, 4);
	put16(ip + 10, fold(add_up(0, ip, IP4_BYTES)));
}

static void put_ip6(uint8_t *ip, const struct bfd_ends *ends, size_t payload)
{
	memset(ip, 0, IP6_BYTES);
	ip[0] = 0x60 | IPTOS_CLASS_CS6 >> 4;
	put16(ip + 4, payload);
	ip[6] = IPPROTO_UDP;
	ip[7] = HOP_LIMIT;
	memcpy(ip + 8, ends->local.bytes, 16);
	memcpy(ip + 24, ends->remote.bytes, 16);
}

static void put_udp(uint8_t *udp, const struct bfd_ends *ends, const uint8_t packet[BFD_PACKET_BYTES])
{
	size_t size = UDP_BYTES + BFD_PACKET_BYTES;
	uint32_t sum = (uint32_t)size + IPPROTO_UDP;
	uint16_t checksum;

	put16(udp, ends->source_port);
	put16(udp + 2, BFD_MICRO_PORT);
	put16(udp + 4, size);
	put16(udp + 6, 0);
	memcpy(udp + UDP_BYTES, packet, BFD_PACKET_BYTES);
	sum = add_up(sum, ends->local.bytes, address_bytes(&ends->local));
	sum = add_up(sum, ends->remote.bytes, address_bytes(&ends->remote));
	checksum = fold(add_up(sum, udp, size));
	put16(udp + 6, checksum ? checksum : 0xffff); /* RFC 768: 0 would say that there is none */
}

size_t bfd_frame_build(const struct bfd_ends *ends, const uint8_t packet[BFD_PACKET_BYTES],
		       uint8_t out[BFD_FRAME_BYTES_MAX])
{
	bool v4 = ends->local.family == 4;
	uint8_t *ip = out + ETHERNET_BYTES, *udp = ip + (v4 ? IP4_BYTES : IP6_BYTES);

	memcpy(out, group_mac, sizeof(group_mac));
	memcpy(out + 6, ends->mac, sizeof(ends->mac));
	put16(out + 12, v4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	if (v4)
		put_ip4(ip, ends, UDP_BYTES + BFD_PACKET_BYTES);
	else
		put_ip6(ip, ends, UDP_BYTES + BFD_PACKET_BYTES);
	put_udp(udp, ends, packet);
	return (size_t)(udp - out) + UDP_BYTES + BFD_PACKET_BYTES;
}

/* Length of an IPv4 header that leads to a whole UDP datagram of one hop, 0: of no such. */
static size_t parse_ip4(const uint8_t *ip, size_t size, const struct ip_address *local,
			struct ip_address *from)
{
	size_t header = size >= IP4_BYTES ? 4u * (ip[0] & 0xfu) : 0;

	if (header < IP4_BYTES || size < header || ip[0] >> 4 != 4 || get16(ip + 6) & 0x3fff ||
	    ip[8] != HOP_LIMIT || ip[9] != IPPROTO_UDP || memcmp(ip + 16, local->bytes, 4) ||
	    fold(add_up(0, ip, header)))
		return 0;
	from->family = 4;
	memcpy(from->bytes, ip + 12, 4);
	return header;
}

static size_t parse_ip6(const uint8_t *ip, size_t size, const struct ip_address *local,
			struct ip_address *from)
{
	if (size < IP6_BYTES || ip[0] >> 4 != 6 || ip[6] != IPPROTO_UDP || ip[7] != HOP_LIMIT ||
	    memcmp(ip + 24, local->bytes, 16))
		return 0;
	from->family = 6;
	memcpy(from->bytes, ip + 8, 16);
	return IP6_BYTES;
}

bool bfd_frame_parse(const uint8_t *frame, size_t size, const struct ip_address *local,
		     struct ip_address *from, const uint8_t **payload, size_t *payload_size)
{
	const uint8_t *ip = frame + ETHERNET_BYTES, *udp;
	size_t header, length;

	memset(from, 0, sizeof(*from));
	if (size < ETHERNET_BYTES)
		return false;
	size -= ETHERNET_BYTES;
	header = local->family == 4 ? parse_ip4(ip, size, local, from) : parse_ip6(ip, size, local, from);
	if (!header || size < header + UDP_BYTES)
		return false;
	udp = ip + header;
	length = get16(udp + 4);
	/* Its checksum may be left to a NIC that is none (veth); the frame's own has been checked by a real
	 * one. */
	if (get16(udp + 2) != BFD_MICRO_PORT || length < UDP_BYTES || length > size - header)
		return false;
	*payload = udp + UDP_BYTES;
	*payload_size = length - UDP_BYTES;
	return true;
}
