/* SPDX-License-Identifier: Apache-2.0 */
/* What a frame looks like outside: its size in the ring, its message on the wire, its line of text. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "frame_fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PAYLOAD offsetof(struct frame, heartbeat)

static const char *const type_names[] = {
    [FRAME_HELLO] = "hello",
    [FRAME_HEARTBEAT] = "heartbeat",
    [FRAME_SNAPSHOT] = "snapshot",
    [FRAME_LOST] = "lost",
    [FRAME_LINK] = "link",
    [FRAME_CARRIER] = "carrier",
    [FRAME_ADDRESS] = "address",
    [FRAME_ROUTE] = "route",
    [FRAME_NEXTHOP] = "nexthop",
    [FRAME_NUDGE] = "nudge",
    [FRAME_FLOW] = "flow",
    [FRAME_FLOW_STALL] = "flow_stall",
    [FRAME_FLOW_RESUME] = "flow_resume",
    [FRAME_FLOW_SWITCH] = "flow_switch",
    [FRAME_FLOW_PROGRESS] = "flow_progress",
    [FRAME_TRACE] = "trace",
    [FRAME_TRACE_FLOW] = "trace_flow",
    [FRAME_LEG_PROBE] = "leg_probe",
    [FRAME_ACTIVE_MEMBER] = "active_member",
    [FRAME_ANNOUNCE] = "announce",
    [FRAME_LACP_PORT] = "lacp_port",
    [FRAME_TEAM] = "team",
    [FRAME_NIC_MODE] = "nic_mode",
    [FRAME_NIC_ERRORS] = "nic_errors",
    [FRAME_MODULE_EEPROM] = "module_eeprom",
    [FRAME_TX_TIMEOUT] = "tx_timeout",
    [FRAME_FLOW_MEMBER] = "flow_member",
    [FRAME_STEERING] = "steering",
    [FRAME_FLOW_STATS] = "flow_stats",
    [FRAME_BFD] = "bfd",
    [FRAME_SESSION] = "session",
    [FRAME_DISK] = "disk",
    [FRAME_IO_STALL] = "io_stall",
    [FRAME_IO_RESUME] = "io_resume",
    [FRAME_IO_ERRORS] = "io_errors",
    [FRAME_MULTIPATH] = "multipath",
    [FRAME_NVME_EVENT] = "nvme_event",
    [FRAME_SCSI_ERROR] = "scsi_error",
    [FRAME_THERMAL_TRIP] = "thermal_trip",
    [FRAME_DEVICE_HEALTH] = "device_health",
    [FRAME_KMSG] = "kmsg",
    [FRAME_MCE] = "mce",
    [FRAME_MEMORY_ERROR] = "memory_error",
    [FRAME_FIRMWARE_ERROR] = "firmware_error",
    [FRAME_CXL_ERROR] = "cxl_error",
    [FRAME_AER] = "aer",
    [FRAME_PAGE_FAILURE] = "page_failure",
    [FRAME_PAGE_VICTIM] = "page_victim",
    [FRAME_PCI_DEVICE] = "pci_device",
    [FRAME_PROCESSORS] = "processors",
    [FRAME_MEMORY] = "memory",
    [FRAME_MD] = "md",
    [FRAME_MOUNT] = "mount",
    [FRAME_POWER_SUPPLY] = "power_supply",
    [FRAME_WATCHDOG] = "watchdog",
};

static unsigned int at_most(unsigned int n, unsigned int max)
{
	return n < max ? n : max;
}

size_t frame_size(const struct frame *f)
{
	switch (f->type) {
	case FRAME_HELLO:
		return PAYLOAD;
	case FRAME_HEARTBEAT:
		return PAYLOAD + sizeof(f->heartbeat);
	case FRAME_SNAPSHOT:
		return PAYLOAD + sizeof(f->snapshot);
	case FRAME_LOST:
		return PAYLOAD + offsetof(struct frame_lost, reason) +
		       strnlen(f->lost.reason, FRAME_REASON_MAX - 1) + 1;
	case FRAME_LINK:
		return PAYLOAD + sizeof(f->link);
	case FRAME_CARRIER:
		return PAYLOAD + sizeof(f->carrier);
	case FRAME_ADDRESS:
		return PAYLOAD + sizeof(f->address);
	case FRAME_ROUTE:
		return PAYLOAD + offsetof(struct frame_route, hops) +
		       at_most(f->route.hop_count, FRAME_HOPS_MAX) * sizeof(f->route.hops[0]);
	case FRAME_NEXTHOP:
		return PAYLOAD + offsetof(struct frame_nexthop, members) +
		       at_most(f->nexthop.member_count, FRAME_HOPS_MAX) * sizeof(f->nexthop.members[0]);
	case FRAME_NUDGE:
		return PAYLOAD + sizeof(f->nudge);
	case FRAME_FLOW:
		return PAYLOAD + sizeof(f->flow);
	case FRAME_FLOW_STALL:
	case FRAME_FLOW_RESUME:
	case FRAME_FLOW_SWITCH:
	case FRAME_FLOW_PROGRESS:
		return PAYLOAD + sizeof(f->change);
	case FRAME_TRACE:
		return PAYLOAD + sizeof(f->trace);
	case FRAME_TRACE_FLOW:
		return PAYLOAD + sizeof(f->trace_flow);
	case FRAME_LEG_PROBE:
		return PAYLOAD + sizeof(f->leg_probe);
	case FRAME_ACTIVE_MEMBER:
		return PAYLOAD + sizeof(f->active_member);
	case FRAME_ANNOUNCE:
		return PAYLOAD + sizeof(f->announce);
	case FRAME_LACP_PORT:
		return PAYLOAD + sizeof(f->lacp_port);
	case FRAME_TEAM:
		return PAYLOAD + offsetof(struct frame_team, ports) +
		       at_most(f->team.port_count, FRAME_PORTS_MAX) * sizeof(f->team.ports[0]);
	case FRAME_NIC_MODE:
		return PAYLOAD + sizeof(f->nic_mode);
	case FRAME_NIC_ERRORS:
		return PAYLOAD + sizeof(f->nic_errors);
	case FRAME_MODULE_EEPROM:
		return PAYLOAD + offsetof(struct frame_module_eeprom, pages) +
		       at_most(f->module_eeprom.page_count, FRAME_EEPROM_PAGES_MAX) *
			   sizeof(f->module_eeprom.pages[0]);
	case FRAME_TX_TIMEOUT:
		return PAYLOAD + sizeof(f->tx_timeout);
	case FRAME_FLOW_MEMBER:
		return PAYLOAD + sizeof(f->flow_member);
	case FRAME_STEERING:
		return PAYLOAD + sizeof(f->steering);
	case FRAME_FLOW_STATS:
		return PAYLOAD + sizeof(f->flow_stats);
	case FRAME_BFD:
		return PAYLOAD + sizeof(f->bfd);
	case FRAME_SESSION:
		return PAYLOAD + offsetof(struct frame_session, disks) +
		       at_most(f->session.disk_count, FRAME_DISKS_MAX) * sizeof(f->session.disks[0]);
	case FRAME_DISK:
		return PAYLOAD + offsetof(struct frame_disk, holders) +
		       at_most(f->disk.holder_count, FRAME_HOLDERS_MAX) * sizeof(f->disk.holders[0]);
	case FRAME_IO_STALL:
	case FRAME_IO_RESUME:
		return PAYLOAD + sizeof(f->io);
	case FRAME_IO_ERRORS:
		return PAYLOAD + sizeof(f->io_errors);
	case FRAME_MULTIPATH:
		return PAYLOAD + offsetof(struct frame_multipath, paths) +
		       at_most(f->multipath.path_count, FRAME_PATHS_MAX) * sizeof(f->multipath.paths[0]);
	case FRAME_NVME_EVENT:
		return PAYLOAD + sizeof(f->nvme_event);
	case FRAME_SCSI_ERROR:
		return PAYLOAD + sizeof(f->scsi_error);
	case FRAME_THERMAL_TRIP:
		return PAYLOAD + sizeof(f->thermal_trip);
	case FRAME_DEVICE_HEALTH:
		return PAYLOAD + sizeof(f->device_health);
	case FRAME_KMSG:
		return PAYLOAD + offsetof(struct frame_kmsg, text) +
		       strnlen(f->kmsg.text, FRAME_TEXT_MAX - 1) + 1;
	case FRAME_MCE:
		return PAYLOAD + sizeof(f->mce);
	case FRAME_MEMORY_ERROR:
		return PAYLOAD + sizeof(f->memory_error);
	case FRAME_FIRMWARE_ERROR:
		return PAYLOAD + sizeof(f->firmware_error);
	case FRAME_CXL_ERROR:
		return PAYLOAD + sizeof(f->cxl_error);
	case FRAME_AER:
		return PAYLOAD + sizeof(f->aer);
	case FRAME_PAGE_FAILURE:
		return PAYLOAD + sizeof(f->page_failure);
	case FRAME_PAGE_VICTIM:
		return PAYLOAD + sizeof(f->page_victim);
	case FRAME_PCI_DEVICE:
		return PAYLOAD + sizeof(f->pci_device);
	case FRAME_PROCESSORS:
		return PAYLOAD + offsetof(struct frame_processors, lists) +
		       (size_t)(frame_cpus_online(&f->processors) - f->processors.lists) +
		       strlen(frame_cpus_online(&f->processors)) + 1;
	case FRAME_MEMORY:
		return PAYLOAD + sizeof(f->memory);
	case FRAME_MD:
		return PAYLOAD + offsetof(struct frame_md, members) +
		       at_most(f->md.member_count, FRAME_MEMBERS_MAX) * sizeof(f->md.members[0]);
	case FRAME_MOUNT:
		return PAYLOAD + offsetof(struct frame_mount, point) +
		       strnlen(f->mount.point, FRAME_TEXT_MAX - 1) + 1;
	case FRAME_POWER_SUPPLY:
		return PAYLOAD + sizeof(f->power_supply);
	case FRAME_WATCHDOG:
		return PAYLOAD + sizeof(f->watchdog);
	}
	return PAYLOAD;
}

const char *frame_address_text(const struct ip_address *a, char buf[FRAME_ADDRESS_TEXT])
{
	static const uint8_t zeros[12];

	if (a->family == 4) {
		inet_ntop(AF_INET, a->bytes, buf, FRAME_ADDRESS_TEXT);
	} else if (memcmp(a->bytes, zeros, 10) == 0 && (a->bytes[12] || a->bytes[13])) {
		/* inet_ntop would write the last four bytes dotted, which not every reader takes (RFC 5952,
		 * 5). */
		snprintf(buf, FRAME_ADDRESS_TEXT, "::%x:%x:%x", a->bytes[10] << 8 | a->bytes[11],
			 a->bytes[12] << 8 | a->bytes[13], a->bytes[14] << 8 | a->bytes[15]);
	} else {
		inet_ntop(AF_INET6, a->bytes, buf, FRAME_ADDRESS_TEXT);
	}
	return buf;
}

void frame_open(struct json *j, const char *type, const struct frame_identity *who, uint64_t seq,
		uint64_t t_us)
{
	json_open(j, NULL, '{');
	json_put_text(j, "type", type, strlen(type));
	json_open(j, "data", '{');
	json_put_text(j, "boot_id", who->boot_id, sizeof(who->boot_id));
	json_put_uint(j, "epoch", who->epoch);
	json_put_uint(j, "seq", seq);
	json_put_uint(j, "t_us", t_us);
}

int frame_close(struct json *j)
{
	json_close(j, '}');
	json_close(j, '}');
	json_put_raw(j, "\f");
	return json_finish(j);
}

const char *frame_type_name(enum frame_type type)
{
	return (size_t)type < COUNT(type_names) && type_names[type] ? type_names[type] : "unknown";
}

int frame_encode(const struct frame *f, const struct frame_identity *who, uint64_t seq, char *buf,
		 size_t size)
{
	struct json j;

	json_start(&j, JSON_WIRE, buf, size);
	frame_open(&j, frame_type_name(f->type), who, seq, f->t_us);
	frame_fields(&j, f);
	return frame_close(&j);
}

int frame_print(const struct frame *f, char *buf, size_t size)
{
	int head = snprintf(buf, size, "%llu.%06llu %-13s ", (unsigned long long)f->t_us / 1000000,
			    (unsigned long long)f->t_us % 1000000, frame_type_name(f->type));
	struct json j;
	int body;

	if (head < 0 || (size_t)head >= size)
		return -ENOSPC;
	json_start(&j, JSON_TEXT, buf + head, size - (size_t)head);
	frame_fields(&j, f);
	body = json_finish(&j);
	return body < 0 ? body : head + body;
}
