/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of each type of frame, as agent/wire.ts names them, in its order. */
#include <linux/types.h>
#include "events.h"
#include "frame_put.h"

static void put_heartbeat(struct json *j, const struct frame_heartbeat *p)
{
	json_put_int(j, "wall_offset_us", p->wall_offset_us);
	json_put_uint(j, "cpu_us", p->cpu_us);
	json_put_uint(j, "bpf_us", p->bpf_us);
	json_open(j, "dropped", '{');
	json_put_uint(j, "bpf", p->dropped_bpf);
	json_put_uint(j, "netlink", p->dropped_netlink);
	json_put_uint(j, "ring", p->dropped_ring);
	json_close(j, '}');
}

static void put_snapshot(struct json *j, const struct frame_snapshot *p)
{
	json_put_text(j, "source", p->source, sizeof(p->source));
	json_put_text(j, "phase", p->end ? "end" : "begin", 5);
	json_put_bool(j, "complete", p->complete);
}

static void put_lost(struct json *j, const struct frame_lost *p)
{
	json_put_text(j, "source", p->source, sizeof(p->source));
	json_put_uint(j, "count", p->count);
	json_put_text(j, "reason", p->reason, sizeof(p->reason));
}

static void put_link(struct json *j, const struct frame_link *p)
{
	json_put_uint(j, "ifindex", p->ifindex);
	json_put_text(j, "ifname", p->ifname, sizeof(p->ifname));
	put_text_or_null(j, "kind", p->kind, sizeof(p->kind));
	put_text_or_null(j, "member_kind", p->member_kind, sizeof(p->member_kind));
	put_id_or_null(j, "master_ifindex", p->master_ifindex);
	json_put_uint(j, "iflink", p->iflink);
	put_mac_or_null(j, "mac", p->has_mac, p->mac);
	json_put_uint(j, "mtu", p->mtu);
	put_id_or_null(j, "vlan", p->vlan);
	put_text_or_null(j, "parent_dev", p->parent_dev, sizeof(p->parent_dev));
	put_text_or_null(j, "parent_bus", p->parent_bus, sizeof(p->parent_bus));
	put_text_or_null(j, "pci", p->pci, sizeof(p->pci));
	json_put_bool(j, "loopback", p->loopback);
	json_put_bool(j, "admin_up", p->admin_up);
	json_put_bool(j, "carrier", p->carrier);
	json_put_uint(j, "operstate", p->operstate);
	json_put_uint(j, "carrier_up_count", p->carrier_up_count);
	json_put_uint(j, "carrier_down_count", p->carrier_down_count);
	frame_put_bond(j, &p->bond);
	frame_put_bond_member(j, &p->bond_member);
	json_put_bool(j, "gone", p->gone);
	json_put_bool(j, "moved", p->moved);
}

static void put_carrier(struct json *j, const struct frame_carrier *p)
{
	json_put_uint(j, "ifindex", p->ifindex);
	json_put_bool(j, "carrier", p->carrier);
	json_put_bool(j, "admin_up", p->admin_up);
	json_put_uint(j, "carrier_up_count", p->carrier_up_count);
	json_put_uint(j, "carrier_down_count", p->carrier_down_count);
	json_put_text(j, "via", p->via, sizeof(p->via));
}

static void put_route(struct json *j, const struct frame_route *p)
{
	char text[FRAME_ADDRESS_TEXT], cidr[FRAME_ADDRESS_TEXT + 4];

	json_put_uint(j, "family", p->dst.family);
	snprintf(cidr, sizeof(cidr), "%s/%u", frame_address_text(&p->dst, text), p->prefix_len);
	json_put_text(j, "dst", cidr, sizeof(cidr));
	json_put_uint(j, "table", p->table);
	json_put_uint(j, "metric", p->metric);
	json_put_uint(j, "protocol", p->protocol);
	put_address(j, "prefsrc", &p->prefsrc);
	put_id_or_null(j, "nhid", p->nhid);
	json_open(j, "nexthops", '[');
	for (unsigned int i = 0; i < p->hop_count && i < FRAME_HOPS_MAX; i++) {
		const struct frame_hop *hop = &p->hops[i];

		json_open(j, NULL, '{');
		json_put_uint(j, "ifindex", hop->ifindex);
		put_address(j, "gateway", &hop->gateway);
		json_put_uint(j, "weight", hop->weight);
		json_put_bool(j, "dead", hop->dead);
		json_put_bool(j, "linkdown", hop->linkdown);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_put_bool(j, "lone", p->lone);
	json_put_bool(j, "gone", p->gone);
}

static void put_nexthop(struct json *j, const struct frame_nexthop *p)
{
	json_put_uint(j, "id", p->id);
	put_id_or_null(j, "ifindex", p->ifindex);
	put_address(j, "gateway", &p->gateway);
	json_put_uint(j, "protocol", p->protocol);
	json_put_bool(j, "dead", p->dead);
	json_put_bool(j, "linkdown", p->linkdown);
	if (!p->member_count) {
		json_put_null(j, "group");
	} else {
		json_open(j, "group", '[');
		for (unsigned int i = 0; i < p->member_count && i < FRAME_HOPS_MAX; i++) {
			json_open(j, NULL, '{');
			json_put_uint(j, "id", p->members[i].id);
			json_put_uint(j, "weight", p->members[i].weight);
			json_close(j, '}');
		}
		json_close(j, ']');
	}
	json_put_bool(j, "gone", p->gone);
}

static void put_nudge(struct json *j, const struct frame_nudge *p)
{
	static const char *const how[] = {[NUDGE_ASK] = "ask", [NUDGE_OPERSTATE] = "operstate"};

	json_put_uint(j, "ifindex", p->ifindex);
	put_choice(j, "how", how, COUNT(how), p->how);
	json_put_uint(j, "errno", (uint64_t)(p->error < 0 ? -p->error : p->error));
	json_put_bool(j, "honoured", p->honoured);
	json_put_uint(j, "cause_us", p->cause_us);
}

static void put_flow(struct json *j, const struct frame_flow *p)
{
	json_put_uint(j, "flow", p->flow);
	put_address(j, "local", &p->local);
	json_put_uint(j, "local_port", p->local_port);
	put_address(j, "remote", &p->remote);
	json_put_uint(j, "remote_port", p->remote_port);
	json_put_text(j, "role", p->is_server ? "server" : "client", 6);
	put_id_or_null(j, "out_ifindex", p->out_ifindex);
	put_id_or_null(j, "in_ifindex", p->in_ifindex);
	json_put_uint(j, "srtt_us", p->srtt_us);
	json_put_bool(j, "closed", p->closed);
}

static void put_flow_change(struct json *j, const struct frame *f)
{
	static const char *const reasons[] = {
	    [STALL_UNACKED] = "unacked", [STALL_UNSENT] = "unsent", [STALL_UNANSWERED] = "unanswered"};
	const struct frame_flow_change *p = &f->change;

	json_put_uint(j, "flow", p->flow);
	switch (f->type) {
	case FRAME_FLOW_SWITCH:
		json_put_text(j, "direction", p->inbound ? "in" : "out", 3);
		put_id_or_null(j, "from_ifindex", p->from_ifindex);
		json_put_uint(j, "to_ifindex", p->inbound ? p->in_ifindex : p->out_ifindex);
		break;
	case FRAME_FLOW_PROGRESS:
		json_put_text(j, "after", p->reason ? "switch" : "pause", 6);
		json_put_uint(j, "since_us", p->since_us);
		break;
	default:
		put_choice(j, "reason", reasons, COUNT(reasons), p->reason);
		json_put_uint(j, "since_us", p->since_us);
		put_id_or_null(j, "out_ifindex", p->out_ifindex);
		put_id_or_null(j, "in_ifindex", p->in_ifindex);
		if (f->type == FRAME_FLOW_STALL)
			json_put_uint(j, "threshold_us", p->threshold_us);
	}
}

static void put_trace(struct json *j, const struct frame_trace *p)
{
	json_put_uint(j, "trace", p->trace);
	json_put_text(j, "phase", p->end ? "end" : "begin", 5);
	json_put_text(j, "reason", p->reason, sizeof(p->reason));
	json_put_uint(j, "for_ms", p->for_ms);
}

static void put_trace_flow(struct json *j, const struct frame_trace_flow *p)
{
	json_put_uint(j, "flow", p->flow);
	json_put_uint(j, "trace", p->trace);
	json_put_uint(j, "pause_from_us", p->pause_from_us);
	json_put_uint(j, "pause_to_us", p->pause_to_us);
	json_put_bool(j, "pause_open", p->pause_open);
	json_put_uint(j, "progress_count", p->progress_count);
	json_put_uint(j, "spacing_us", p->spacing_us);
}

static void put_leg_probe(struct json *j, const struct frame_leg_probe *p)
{
	static const char *const methods[] = {[PROBE_ICMP] = "icmp", [PROBE_ARP] = "arp", [PROBE_ND] = "nd"};

	json_put_uint(j, "ifindex", p->ifindex);
	put_address(j, "target", &p->target);
	json_put_text(j, "method", methods[p->method], 8);
	json_put_bool(j, "answering", p->answering);
	json_put_uint(j, "since_us", p->since_us);
	json_put_uint(j, "sent", p->sent);
	json_put_uint(j, "answered", p->answered);
	json_put_uint(j, "rtt_us", p->rtt_us);
}

static void put_flow_member(struct json *j, const struct frame_flow_member *p)
{
	json_put_uint(j, "flow", p->flow);
	json_put_uint(j, "master_ifindex", p->master_ifindex);
	put_id_or_null(j, "from_ifindex", p->from_ifindex);
	json_put_uint(j, "to_ifindex", p->to_ifindex);
}

void frame_fields(struct json *j, const struct frame *f)
{
	switch (f->type) {
	case FRAME_HELLO: /* wire.c writes it */
		break;
	case FRAME_HEARTBEAT:
		put_heartbeat(j, &f->heartbeat);
		break;
	case FRAME_SNAPSHOT:
		put_snapshot(j, &f->snapshot);
		break;
	case FRAME_LOST:
		put_lost(j, &f->lost);
		break;
	case FRAME_LINK:
		put_link(j, &f->link);
		break;
	case FRAME_CARRIER:
		put_carrier(j, &f->carrier);
		break;
	case FRAME_ADDRESS:
		json_put_uint(j, "ifindex", f->address.ifindex);
		put_address(j, "address", &f->address.address);
		json_put_uint(j, "prefix_len", f->address.prefix_len);
		json_put_bool(j, "gone", f->address.gone);
		break;
	case FRAME_ROUTE:
		put_route(j, &f->route);
		break;
	case FRAME_NEXTHOP:
		put_nexthop(j, &f->nexthop);
		break;
	case FRAME_NUDGE:
		put_nudge(j, &f->nudge);
		break;
	case FRAME_FLOW:
		put_flow(j, &f->flow);
		break;
	case FRAME_FLOW_STALL:
	case FRAME_FLOW_RESUME:
	case FRAME_FLOW_SWITCH:
	case FRAME_FLOW_PROGRESS:
		put_flow_change(j, f);
		break;
	case FRAME_TRACE:
		put_trace(j, &f->trace);
		break;
	case FRAME_TRACE_FLOW:
		put_trace_flow(j, &f->trace_flow);
		break;
	case FRAME_LEG_PROBE:
		put_leg_probe(j, &f->leg_probe);
		break;
	case FRAME_ACTIVE_MEMBER:
	case FRAME_ANNOUNCE:
	case FRAME_LACP_PORT:
	case FRAME_TEAM:
	case FRAME_NIC_MODE:
	case FRAME_NIC_ERRORS:
	case FRAME_MODULE_EEPROM:
	case FRAME_TX_TIMEOUT:
		frame_fields_nic(j, f);
		break;
	case FRAME_FLOW_STATS:
		frame_put_flow_stats(j, &f->flow_stats);
		break;
	case FRAME_FLOW_MEMBER:
		put_flow_member(j, &f->flow_member);
		break;
	case FRAME_STEERING:
		frame_put_steering(j, &f->steering);
		break;
	case FRAME_BFD:
		frame_put_bfd(j, &f->bfd);
		break;
	case FRAME_SESSION:
	case FRAME_DISK:
	case FRAME_IO_STALL:
	case FRAME_IO_RESUME:
	case FRAME_IO_ERRORS:
		frame_fields_block(j, f);
		break;
	case FRAME_MULTIPATH:
		frame_put_multipath(j, &f->multipath);
		break;
	case FRAME_NVME_EVENT:
	case FRAME_SCSI_ERROR:
	case FRAME_THERMAL_TRIP:
	case FRAME_DEVICE_HEALTH:
	case FRAME_KMSG:
		frame_fields_events(j, f);
		break;
	case FRAME_MCE:
	case FRAME_MEMORY_ERROR:
	case FRAME_FIRMWARE_ERROR:
	case FRAME_CXL_ERROR:
	case FRAME_AER:
	case FRAME_PAGE_FAILURE:
	case FRAME_PAGE_VICTIM:
		frame_fields_ras(j, f);
		break;
	case FRAME_PCI_DEVICE:
	case FRAME_PROCESSORS:
	case FRAME_MEMORY:
	case FRAME_MD:
	case FRAME_MOUNT:
	case FRAME_POWER_SUPPLY:
	case FRAME_WATCHDOG:
		frame_fields_hardware(j, f);
		break;
	}
}
