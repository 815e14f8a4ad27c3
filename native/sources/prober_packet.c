/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packet sockets of the methods arp and nd. Bound to a member they are served although the bond or team drops
 * what comes in by a member that is not in use. The MAC goes into the NIC's unicast filter, or the NIC would
 * not let the answers in; the kernel takes it out with the socket.
 *
 * A frame that is to go by a VLAN over the bond carries its tag in itself: that VLAN's device sends by the
 * member in use alone.
 */
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include "prober.h"

/* Echoes to all after one was lost: whoever has the address may have another MAC by now, or may not answer
 * what is sent to it alone. */
#define TO_ALL_AFTER_LOSS 100

#define VLAN_ID 0xfff

static void put(struct probe_filter *f, struct sock_filter instruction)
{
	f->code[f->count++] = instruction;
}

/* Where it leads to if they differ is not known yet. */
static void want(struct probe_filter *f, uint32_t value)
{
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 0));
}

void probe_want_u32(struct probe_filter *f, uint32_t offset, uint32_t value)
{
	put(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
	want(f, value);
}

void probe_want_u16(struct probe_filter *f, uint32_t offset, uint16_t value)
{
	put(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offset));
	want(f, value);
}

static void begin(const struct probe *p, struct probe_filter *f)
{
	uint32_t high;
	uint16_t low;

	/* The kernel has taken a tag out of the frame by now. Of VLAN 0 it says a priority only. What answers
	 * a tagged probe has no tag any more where a VLAN's device has taken it in. */
	if (!p->wish.vlan) {
		put(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						    (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG)));
		put(f, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, VLAN_ID));
		want(f, 0);
	}
	memcpy(&high, p->mac, sizeof(high));
	memcpy(&low, p->mac + 4, sizeof(low));
	probe_want_u32(f, 0, ntohl(high));
	probe_want_u16(f, 4, ntohs(low));
}

static void end(struct probe_filter *f)
{
	put(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 256));
	put(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0));
	for (unsigned short i = 0; i < f->count; i++)
		if (f->code[i].code == (BPF_JMP | BPF_JEQ | BPF_K))
			f->code[i].jf = (uint8_t)(f->count - 2 - i);
}

static int set_up(int fd, const struct probe *p, uint16_t ethertype, struct probe_filter *f)
{
	struct packet_mreq mac = {
	    .mr_ifindex = (int)p->wish.ifindex, .mr_type = PACKET_MR_UNICAST, .mr_alen = 6};
	struct sockaddr_ll device = {
	    .sll_family = AF_PACKET, .sll_protocol = htons(ethertype), .sll_ifindex = (int)p->wish.ifindex};
	int r = probe_prepare(fd, f->code, f->count);

	memcpy(mac.mr_address, p->mac, 6);
	if (r)
		return r;
	return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mac, sizeof(mac)) ||
		       bind(fd, (const struct sockaddr *)&device, sizeof(device))
		   ? -errno
		   : 0;
}

int probe_packet_open(struct probe *p, uint16_t ethertype,
		      void (*add)(const struct probe *p, struct probe_filter *f))
{
	struct probe_filter f = {.count = 0};
	int fd, r = probe_sending_mac(p->helper, p->wish.ifindex, p->mac);

	if (r)
		return r;
	/* Of no type yet: nothing is received before the filter is there. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	begin(p, &f);
	add(p, &f);
	end(&f);
	r = set_up(fd, p, ethertype, &f);
	if (r) {
		close(fd);
		return r;
	}
	p->fd = fd;
	p->to_all = 1;
	return 0;
}

bool probe_packet_fits(const struct probe *p)
{
	uint8_t mac[6];

	return !probe_sending_mac(p->helper, p->wish.ifindex, mac) && !memcmp(mac, p->mac, sizeof(mac));
}

size_t probe_packet_tag(const struct probe *p, const void *frame, size_t size, uint8_t out[PROBE_FRAME_MAX])
{
	const size_t macs = offsetof(struct ether_header, ether_type);
	const uint16_t tag[] = {htons(ETHERTYPE_VLAN), htons((uint16_t)p->wish.vlan)};
	const size_t tag_size = p->wish.vlan ? sizeof(tag) : 0;

	memcpy(out, frame, macs);
	memcpy(out + macs, tag, tag_size);
	memcpy(out + macs + tag_size, (const uint8_t *)frame + macs, size - macs);
	return size + tag_size;
}

int probe_packet_send(const struct probe *p, const void *frame, size_t size)
{
	uint8_t out[PROBE_FRAME_MAX];

	size = probe_packet_tag(p, frame, size, out);
	return send(p->fd, out, size, MSG_DONTWAIT) < 0 ? -errno : 0;
}

bool probe_packet_to_all(struct probe *p)
{
	if (p->lost_run)
		p->to_all = TO_ALL_AFTER_LOSS;
	if (!p->to_all)
		return false;
	/* The first answer tells whom to ask from then on. */
	if (p->answered_us)
		p->to_all--;
	return true;
}

void probe_packet_answered_by(struct probe *p, const uint8_t mac[6])
{
	/* A group's address is nobody's (a cluster may answer with one): it goes on being asked as all are.
	 */
	if (mac[0] & 1)
		p->to_all = TO_ALL_AFTER_LOSS;
	memcpy(p->peer_mac, mac, sizeof(p->peer_mac));
}
