/**
 * Hardware, as the kernel tells of it: errors that it was told of or found, and what there is. Errors of one component
 * that follow each other quickly are one frame with their count: ten frames in a second for each at most, and one in a storm
 * that lasts.
 */
import * as z from 'zod';
import { count, frame, text, us } from './base.ts';

/** Registers do not fit a JSON number. */
const hex = z.string().regex(/^0x[0-9a-f]{1,16}$/);
/** `0000:03:00.0`. */
const pciAddress = z.string().regex(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/);
/** How many errors this frame stands for, itself included. t_us is that of the last. */
const errors = { count: z.int().min(1), first_us: us };
/** Numbers as the kernel lists them: `0-3,8`. */
const list = z
  .string()
  .max(2047)
  .regex(/^[0-9,-]*$/);

export const hardwareFrames = [
  // ---------------------------------------------------------------- errors: source `ras`
  /** mce:mce_record: a machine check bank's registers (Intel SDM 3B, 15.3; AMD APM 2, 9.3). */
  frame('mce', {
    ...errors,
    cpu: count,
    socket: count,
    bank: z.int().min(0).max(255),
    status: hex,
    address: hex,
    misc: hex,
    mcg_status: hex,
    mcg_cap: hex,
    synd: hex,
    ipid: hex,
    /** CPUID leaf 1, EAX. */
    cpuid: count,
    /** X86_VENDOR_* of asm/processor.h: 0 Intel, 2 AMD, 9 Hygon, 10 Zhaoxin. */
    vendor: z.int().min(0).max(255),
    microcode: count,
  }),
  /** ras:mc_event, of a memory controller's driver (EDAC). */
  frame('memory_error', {
    ...errors,
    severity: z.enum(['corrected', 'uncorrected', 'deferred', 'fatal', 'info']),
    /** As the driver words it: "memory read error". */
    message: text,
    /** dimm_label of the DIMM, or several joined by " or "; "unknown memory", "any memory". */
    label: text,
    controller: z.int().min(0).max(255),
    /** Position in the controller's layers (channel, slot; csrow, channel); null: not known. */
    layers: z.array(z.int().min(0).max(255).nullable()).length(3),
    address: hex,
    grain_bits: z.int().min(0).max(255),
    syndrome: hex,
    detail: text,
  }),
  /** What firmware has told of in CPER records: ras:extlog_mem_event, arm_event, non_standard_event. */
  frame('firmware_error', {
    ...errors,
    kind: z.enum(['memory', 'processor', 'vendor']),
    severity: z.enum(['corrected', 'recoverable', 'fatal', 'info']),
    fru_id: text.nullable(),
    fru_text: text.nullable(),
    address: hex.nullable(),
    /** CPER section type (UEFI N.2.2); null: not told. */
    section: text.nullable(),
    /** The first of its raw bytes. */
    bytes: z.string().regex(/^([0-9a-f]{2}){0,64}$/),
  }),
  /** cxl:cxl_* of a memory device: its own AER errors and its event log. */
  frame('cxl_error', {
    ...errors,
    /** mem0. */
    device: text,
    /** Name of the tracepoint without `cxl_`. */
    event: text,
    severity: z.enum(['corrected', 'uncorrected', 'fatal', 'info']),
    address: hex.nullable(),
    serial: text.nullable(),
  }),
  /** ras:aer_event, PCIe Advanced Error Reporting. */
  frame('aer', {
    ...errors,
    device: pciAddress,
    severity: z.enum(['corrected', 'nonfatal', 'fatal']),
    /** The uncorrectable or correctable error status register (PCIe base specification, 7.8.4). */
    status: hex,
    /** The first 16 bytes of the packet that is to blame; null: not logged. */
    tlp_header: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .nullable(),
  }),
  /** ras:memory_failure_event: the kernel has given up a page. */
  frame('page_failure', {
    pfn: hex,
    /** enum mf_action_page_type as the kernel's BTF names it, lower case without `MF_MSG_`: `clean_lru`. */
    page: text,
    result: z.enum(['ignored', 'failed', 'delayed', 'recovered']),
  }),
  /** signal:signal_generate of a SIGBUS for a poisoned page: this process had it. Before its page_failure. */
  frame('page_victim', {
    pid: z.int().min(1),
    comm: text,
    /**
     * Its arguments joined by a blank, cut; `-name` of one that is cut is moved to the front. null: it was gone before they
     * could be read.
     */
    command: text.nullable(),
    /** The last four names of its cgroup's path, joined by a slash; null: the root. */
    cgroup: text.nullable(),
    /** required: it was about to use it (BUS_MCEERR_AR); optional: it was told early (BUS_MCEERR_AO). */
    action: z.enum(['required', 'optional']),
    /** In its own address space. */
    address: hex,
  }),

  // ---------------------------------------------------------------- errors: source `hwevents`
  /**
   * nvme:nvme_async_event: completion dword 0 of an asynchronous event request (NVMe base 2.0, 5.2.1). Of its health a
   * controller tells only when feature 0x0b asks for that; Linux does not.
   */
  frame('nvme_event', { controller: text, result: hex }),
  /** scsi:scsi_dispatch_cmd_error, _timeout. */
  frame('scsi_error', {
    ...errors,
    /** `host:channel:id:lun`. */
    device: text,
    /** error: its driver did not take a command (busy, mostly), and result is why: SCSI_MLQUEUE_* of scsi/scsi.h. */
    kind: z.enum(['error', 'timeout']),
    operation: z.int().min(0).max(255),
    result: z.int(),
  }),
  /** thermal:thermal_zone_trip. */
  frame('thermal_trip', {
    ...errors,
    zone: text,
    id: count,
    trip: z.int(),
    /** As the kernel names it: critical, hot, passive, active. */
    kind: text,
  }),
  /** devlink:devlink_health_report: a device's driver has found it ill. */
  frame('device_health', {
    ...errors,
    /** `pci/0000:03:00.0`. */
    device: text,
    reporter: text,
    message: text,
  }),
  /** A record of the kernel's log, of the kernel itself, at warning or worse, with its own time. */
  frame('kmsg', {
    /** /dev/kmsg's own number. */
    sequence: count,
    /** 0 emergency … 4 warning (syslog). */
    level: z.int().min(0).max(4),
    text,
    /** SUBSYSTEM= and DEVICE= of its dictionary; null: it has none. */
    subsystem: text.nullable(),
    device: text.nullable(),
  }),

  // ---------------------------------------------------------------- what there is
  /** Source `pci`. */
  frame('pci_device', {
    device: pciAddress,
    /** The function above it, mostly a port; null: on a root bus. */
    parent: pciAddress.nullable(),
    /** Class code, 24 bits. */
    class: count,
    vendor: z.int().min(0).max(0xffff),
    product: z.int().min(0).max(0xffff),
    driver: text.nullable(),
    /** Name of its physical slot; null: it has none. */
    slot: text.nullable(),
    /** Current and greatest link speed and width, as sysfs has them (`8.0 GT/s PCIe`, 4); null: not told. */
    link_speed: text.nullable(),
    link_width: count.nullable(),
    max_link_speed: text.nullable(),
    max_link_width: count.nullable(),
    /** Of an SR-IOV virtual function: the physical one. */
    physical: pciAddress.nullable().default(null),
    gone: z.boolean(),
  }),
  /** Source `processors`. */
  frame('processors', {
    present: list,
    online: list,
    /** Control of simultaneous multithreading; `off`, `forceoff`: siblings are offline on purpose. null: not told. */
    smt: text.nullable().default(null),
  }),
  /** Source `processors`, too: memory blocks that can be taken offline, and what was given up as broken. */
  frame('memory', {
    total_bytes: count,
    blocks: count,
    offline_blocks: count,
    /** HardwareCorrupted of /proc/meminfo. */
    corrupted_bytes: count,
  }),
  /** Source `md`. */
  frame('md', {
    array: text,
    /** raid1; null: not told. */
    level: text.nullable(),
    /** array_state: clean, active, write-pending (one of these for any: writes change it), inactive, readonly… */
    state: text,
    raid_disks: count,
    degraded: count,
    /** idle, resync, recover, check, repair, reshape, frozen. */
    action: text,
    members: z
      .array(
        z.object({
          disk: text,
          /** null: a spare. */
          slot: count.nullable(),
          /** in_sync, faulty, spare, write_mostly… joined by commas. */
          state: text,
        }),
      )
      .max(32),
    gone: z.boolean(),
  }),
  /** Source `mount`: a file system on a block device or of the network; once, where it is mounted first as a whole. */
  frame('mount', {
    /** Where it is mounted, cut. */
    point: text,
    /** major:minor. */
    device: text,
    /** sda1, /dev/mapper/x, host:/export. */
    source: text,
    filesystem: text,
    /** The mount's own option `ro`. */
    read_only: z.boolean(),
    /**
     * The file system's (super block's); true with read_only false: the kernel has made it so after an error. Of ext4 with
     * errors=remount-ro, which shows it no more, also after an error that it has counted.
     */
    super_read_only: z.boolean(),
    gone: z.boolean(),
  }),
  /** Source `supply`: power supplies that the kernel knows. */
  frame('power_supply', {
    supply: text,
    /** Mains, Battery, UPS, USB. */
    kind: text,
    online: z.boolean().nullable(),
    health: text.nullable(),
    status: text.nullable(),
    model: text.nullable(),
    serial: text.nullable(),
    gone: z.boolean(),
  }),
  /** Source `supply`, too: watchdogs. */
  frame('watchdog', {
    watchdog: text,
    identity: text,
    active: z.boolean(),
    /** WDIOF_* of linux/watchdog.h: 0x20 it has reset this host. */
    boot_status: count,
    timeout_s: count,
    gone: z.boolean(),
  }),
] as const;
