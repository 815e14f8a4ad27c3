/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame as the sources write it: the compact record kept in the replay ring. frame.c turns it into the
 * JSON that agent/wire.ts describes; wire.ts is the truth. The headers below mirror it field by field: one
 * for each file of agent/wire/.
 */
#ifndef PATHWARDEN_FRAME_H
#define PATHWARDEN_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include "frame_base.h"
#include "frame_bond.h"
#include "frame_flow.h"
#include "frame_hardware.h"
#include "frame_helper.h"
#include "frame_link.h"
#include "frame_nic.h"
#include "frame_probing.h"
#include "frame_route.h"
#include "frame_steering.h"
#include "frame_storage.h"
#include "frame_trace.h"

enum frame_type {
	FRAME_HELLO = 1, /* made for each client by wire.c, never in the ring */
	FRAME_HEARTBEAT,
	FRAME_SNAPSHOT,
	FRAME_LOST,
	FRAME_LINK,
	FRAME_CARRIER,
	FRAME_ADDRESS,
	FRAME_ROUTE,
	FRAME_NEXTHOP,
	FRAME_NUDGE,
	FRAME_FLOW,
	FRAME_FLOW_STALL,
	FRAME_FLOW_RESUME,
	FRAME_FLOW_SWITCH,
	FRAME_FLOW_PROGRESS,
	FRAME_TRACE,
	FRAME_TRACE_FLOW,
	FRAME_LEG_PROBE,
	FRAME_ACTIVE_MEMBER,
	FRAME_ANNOUNCE,
	FRAME_LACP_PORT,
	FRAME_TEAM,
	FRAME_NIC_MODE,
	FRAME_NIC_ERRORS,
	FRAME_MODULE_EEPROM,
	FRAME_TX_TIMEOUT,
	FRAME_FLOW_MEMBER,
	FRAME_FLOW_STATS,
	FRAME_STEERING,
	FRAME_BFD,
	FRAME_SESSION,
	FRAME_DISK,
	FRAME_IO_STALL,
	FRAME_IO_RESUME,
	FRAME_IO_ERRORS,
	FRAME_MULTIPATH,
	FRAME_NVME_EVENT,
	FRAME_SCSI_ERROR,
	FRAME_THERMAL_TRIP,
	FRAME_DEVICE_HEALTH,
	FRAME_KMSG,
	FRAME_MCE,
	FRAME_MEMORY_ERROR,
	FRAME_FIRMWARE_ERROR,
	FRAME_CXL_ERROR,
	FRAME_AER,
	FRAME_PAGE_FAILURE,
	FRAME_PAGE_VICTIM,
	FRAME_PCI_DEVICE,
	FRAME_PROCESSORS,
	FRAME_MEMORY,
	FRAME_MD,
	FRAME_MOUNT,
	FRAME_POWER_SUPPLY,
	FRAME_WATCHDOG,
};

struct frame {
	enum frame_type type;
	uint64_t t_us; /* CLOCK_MONOTONIC, taken where the event is */
	union {
		struct frame_heartbeat heartbeat;
		struct frame_snapshot snapshot;
		struct frame_lost lost;
		struct frame_link link;
		struct frame_carrier carrier;
		struct frame_address address;
		struct frame_route route;
		struct frame_nexthop nexthop;
		struct frame_nudge nudge;
		struct frame_flow flow;
		struct frame_flow_change change;
		struct frame_trace trace;
		struct frame_trace_flow trace_flow;
		struct frame_leg_probe leg_probe;
		struct frame_active_member active_member;
		struct frame_announce announce;
		struct frame_lacp_port lacp_port;
		struct frame_team team;
		struct frame_nic_mode nic_mode;
		struct frame_nic_errors nic_errors;
		struct frame_module_eeprom module_eeprom;
		struct frame_tx_timeout tx_timeout;
		struct frame_steering steering;
		struct frame_flow_member flow_member;
		struct frame_bfd bfd;
		struct frame_flow_stats flow_stats;
		struct frame_session session;
		struct frame_disk disk;
		struct frame_io io;
		struct frame_io_errors io_errors;
		struct frame_multipath multipath;
		struct frame_nvme_event nvme_event;
		struct frame_scsi_error scsi_error;
		struct frame_thermal_trip thermal_trip;
		struct frame_device_health device_health;
		struct frame_kmsg kmsg;
		struct frame_mce mce;
		struct frame_memory_error memory_error;
		struct frame_firmware_error firmware_error;
		struct frame_cxl_error cxl_error;
		struct frame_aer aer;
		struct frame_page_failure page_failure;
		struct frame_page_victim page_victim;
		struct frame_pci_device pci_device;
		struct frame_processors processors;
		struct frame_memory memory;
		struct frame_md md;
		struct frame_mount mount;
		struct frame_power_supply power_supply;
		struct frame_watchdog watchdog;
	};
};

/* Bytes of `f` worth keeping: the header, and of the payload what its type uses. */
size_t frame_size(const struct frame *f);

/*
 * Writes the frame as one wire message, form feed included, into buf. Returns the length, or -ENOSPC.
 * `seq` and the epoch's identity come from the ring.
 */
struct frame_identity {
	char boot_id[37];
	uint64_t epoch;
};
int frame_encode(const struct frame *f, const struct frame_identity *who, uint64_t seq, char *buf,
		 size_t size);

/* The longest wire message: a link or a route with all its hops, every character escaped, or a hello. */
#define FRAME_ENCODED_MAX 8192

/* The same for a person, one line without its end: seconds, type, name=value… Length, or -ENOSPC. */
int frame_print(const struct frame *f, char *buf, size_t size);

const char *frame_type_name(enum frame_type type);

/* An address as text, never in the dotted form of IPv6. Returns buf. */
#define FRAME_ADDRESS_TEXT 48
const char *frame_address_text(const struct ip_address *a, char buf[FRAME_ADDRESS_TEXT]);

/* For frames made by hand (hello, refused): everything up to the type's own fields, and everything after
 * them. */
struct json;
void frame_open(struct json *j, const char *type, const struct frame_identity *who, uint64_t seq,
		uint64_t t_us);
int frame_close(struct json *j);

#endif
