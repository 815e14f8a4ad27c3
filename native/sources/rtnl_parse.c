/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include "rtnl_attr.h"
#include "rtnl_parse.h"

/* linux/if.h, which net/if.h excludes. */
#define IFF_LOWER_UP 0x10000

int rtnl_each_message(const char *bytes, size_t size, rtnl_message_fn fn, void *data)
{
	while (size >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)bytes;
		size_t step;

		if (m->nlmsg_len < sizeof(*m) || m->nlmsg_len > size)
			return 1;
		fn(data, m);
		step = NLMSG_ALIGN(m->nlmsg_len);
		if (step > size)
			step = size;
		bytes += step;
		size -= step;
	}
	return size ? 1 : 0;
}

struct link_extra {
	bool has_link, has_link_netns, has_carrier, moved;
	uint8_t carrier;
};

static bool get_link_attr(const struct attr *a, struct frame_link *out, struct link_extra *extra)
{
	switch (a->type) {
	case IFLA_IFNAME:
		attr_text(a, out->ifname, sizeof(out->ifname));
		return true;
	case IFLA_ADDRESS:
		/* Six bytes is Ethernet; InfiniBand and tunnels have other lengths, and no MAC to show. */
		out->has_mac = a->size == sizeof(out->mac);
		if (out->has_mac)
			memcpy(out->mac, a->value, sizeof(out->mac));
		return true;
	case IFLA_PERM_ADDRESS:
		out->has_perm_mac = a->size == sizeof(out->perm_mac);
		if (out->has_perm_mac)
			memcpy(out->perm_mac, a->value, sizeof(out->perm_mac));
		return true;
	case IFLA_LINK:
		extra->has_link = true;
		return attr_u32(a, &out->iflink);
	case IFLA_LINK_NETNSID:
		extra->has_link_netns = true;
		return true;
	case IFLA_MASTER:
		return attr_u32(a, &out->master_ifindex);
	case IFLA_MTU:
		return attr_u32(a, &out->mtu);
	case IFLA_OPERSTATE:
		return attr_u8(a, &out->operstate);
	case IFLA_CARRIER:
		extra->has_carrier = true;
		return attr_u8(a, &extra->carrier);
	case IFLA_CARRIER_UP_COUNT:
		return attr_u32(a, &out->carrier_up_count);
	case IFLA_CARRIER_DOWN_COUNT:
		return attr_u32(a, &out->carrier_down_count);
	case IFLA_PARENT_DEV_NAME:
		attr_text(a, out->parent_dev, sizeof(out->parent_dev));
		return true;
	case IFLA_PARENT_DEV_BUS_NAME:
		attr_text(a, out->parent_bus, sizeof(out->parent_bus));
		return true;
	case IFLA_LINKINFO:
		return rtnl_parse_linkinfo(a, out);
	case IFLA_NEW_NETNSID:
	case IFLA_NEW_IFINDEX:
		/* Only in the RTM_DELLINK of dev_change_net_namespace(). */
		extra->moved = true;
		return true;
	}
	return true;
}

/* Kinds whose IFLA_LINK is the device that carries them; a veth's is its peer, a tunnel's is any. */
static bool is_stacked(const char *kind)
{
	static const char *const kinds[] = {"vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

int rtnl_parse_link(const struct nlmsghdr *m, struct frame *f, uint32_t *lower)
{
	const struct ifinfomsg *info = attr_header(m, sizeof(*info));
	struct frame_link *out = &f->link;
	struct link_extra extra = {0};
	struct attr_walk walk;

	memset(f, 0, sizeof(*f));
	f->type = FRAME_LINK;
	*lower = 0;
	if (!info)
		return -EINVAL;
	/* Bridges and IPv6 tell of their own about a link with these types: a bridge's RTM_DELLINK is a
	 * port's. */
	if (info->ifi_family != AF_UNSPEC)
		return -ENOMSG;
	if (info->ifi_index <= 0)
		return -EINVAL;
	out->ifindex = (uint32_t)info->ifi_index;
	out->loopback = info->ifi_flags & IFF_LOOPBACK;
	out->admin_up = info->ifi_flags & IFF_UP;
	out->gone = m->nlmsg_type == RTM_DELLINK;
	walk = attr_walk_message(m, sizeof(*info));
	ATTR_EACH(a, &walk)
	{
		if (!get_link_attr(&a, out, &extra))
			return -EINVAL;
	}
	if (walk.malformed || (!out->ifname[0] && !out->gone))
		return -EINVAL;
	out->moved = out->gone && extra.moved;
	out->carrier = extra.has_carrier ? extra.carrier != 0 : (info->ifi_flags & IFF_LOWER_UP) != 0;
	/* The kernel leaves IFLA_LINK out where it would be the link itself. */
	if (!extra.has_link)
		out->iflink = out->ifindex;
	else if (!extra.has_link_netns && is_stacked(out->kind))
		*lower = out->iflink;
	return 0;
}

static bool is_ip(uint8_t af)
{
	return af == AF_INET || af == AF_INET6;
}

int rtnl_parse_address(const struct nlmsghdr *m, struct frame *f)
{
	const struct ifaddrmsg *info = attr_header(m, sizeof(*info));
	struct frame_address *out = &f->address;
	struct ip_address local = {0};
	struct attr_walk walk;

	memset(f, 0, sizeof(*f));
	f->type = FRAME_ADDRESS;
	if (!info)
		return -EINVAL;
	if (!is_ip(info->ifa_family))
		return -ENOMSG;
	if (!info->ifa_index || info->ifa_index > INT32_MAX ||
	    info->ifa_prefixlen > (info->ifa_family == AF_INET ? 32 : 128))
		return -EINVAL;
	out->ifindex = info->ifa_index;
	out->prefix_len = info->ifa_prefixlen;
	out->gone = m->nlmsg_type == RTM_DELADDR;
	walk = attr_walk_message(m, sizeof(*info));
	ATTR_EACH(a, &walk)
	{
		if (a.type == IFA_ADDRESS && !attr_address(a.value, a.size, info->ifa_family, &out->address))
			return -EINVAL;
		if (a.type == IFA_LOCAL && !attr_address(a.value, a.size, info->ifa_family, &local))
			return -EINVAL;
	}
	/* On a point-to-point link IFA_ADDRESS is the other end. */
	if (local.family)
		out->address = local;
	return walk.malformed || !out->address.family ? -EINVAL : 0;
}
