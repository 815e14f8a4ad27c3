/** Frames of hardware and of the reader in few words: what a host like any other says, but for what is given. */
import type { FrameOf } from '../../../agent/wire.ts';
import { type Helper, us, ZERO_US } from './frames.ts';

const errors = { count: 1, first_us: ZERO_US };

const usual = {
  /** A corrected read error of channel 1 (Intel). */
  mce: {
    ...errors,
    cpu: 2,
    socket: 0,
    bank: 7,
    status: '0x8c00004000010091',
    address: '0x12345000',
    misc: '0x8c',
    mcg_status: '0x0',
    mcg_cap: '0x1000c16',
    synd: '0x0',
    ipid: '0x0',
    cpuid: 0x50654,
    vendor: 0,
    microcode: 1,
  },
  memory_error: {
    ...errors,
    severity: 'corrected',
    message: 'memory read error',
    label: 'DIMM_A1',
    controller: 0,
    layers: [1, 0, null],
    address: '0x12345000',
    grain_bits: 6,
    syndrome: '0x0',
    detail: 'area:DRAM err_code:0001:0091',
  },
  firmware_error: {
    ...errors,
    kind: 'vendor',
    severity: 'corrected',
    fru_id: null,
    fru_text: 'CPU 0',
    address: null,
    section: 'd2e2621c-f936-468d-0d84-15a4ed015c8b',
    bytes: '00ff',
  },
  cxl_error: {
    ...errors,
    device: 'mem0',
    event: 'aer_correctable_error',
    severity: 'corrected',
    address: null,
    serial: '0x12',
  },
  aer: {
    ...errors,
    device: '0000:3b:00.0',
    severity: 'corrected',
    status: '0x1',
    tlp_header: null,
  },
  page_failure: { pfn: '0x12345', page: 'dirty_lru', result: 'recovered' },
  page_victim: {
    pid: 4711,
    comm: 'qemu-system-x86',
    command: '/usr/bin/qemu-system-x86_64 -name guest=instance-0000002a,debug-threads=on -S',
    cgroup: 'machine-qemu\\x2d3\\x2dinstance\\x2d0000002a.scope/libvirt',
    action: 'required',
    address: '0x7f0000001000',
  },
  nvme_event: { controller: 'nvme0', result: '0x20101' },
  scsi_error: { ...errors, device: '2:0:0:0', kind: 'timeout', operation: 0x28, result: 0 },
  thermal_trip: { ...errors, zone: 'x86_pkg_temp', id: 1, trip: 0, kind: 'passive' },
  device_health: {
    ...errors,
    device: 'pci/0000:3b:00.0',
    reporter: 'fw_fatal',
    message: 'Health sensors reached their high limit',
  },
  kmsg: {
    sequence: 1000,
    level: 3,
    text: 'mce: [Hardware Error]: Machine check events logged',
    subsystem: null,
    device: null,
  },
  pci_device: {
    device: '0000:3b:00.0',
    parent: '0000:3a:00.0',
    class: 0x020000,
    vendor: 0x15b3,
    product: 0x1015,
    driver: 'mlx5_core',
    slot: 'Slot 3',
    link_speed: '8.0 GT/s PCIe',
    link_width: 8,
    max_link_speed: '8.0 GT/s PCIe',
    max_link_width: 8,
    physical: null,
    gone: false,
  },
  processors: { present: '0-3', online: '0-3' },
  memory: { total_bytes: 2 ** 36, blocks: 64, offline_blocks: 0, corrupted_bytes: 0 },
  md: {
    array: 'md0',
    level: 'raid1',
    state: 'clean',
    raid_disks: 2,
    degraded: 0,
    action: 'idle',
    members: [
      { disk: 'sda', slot: 0, state: 'in_sync' },
      { disk: 'sdb', slot: 1, state: 'in_sync' },
    ],
    gone: false,
  },
  mount: {
    point: '/var/lib',
    device: '8:1',
    source: 'sda1',
    filesystem: 'ext4',
    read_only: false,
    super_read_only: false,
    gone: false,
  },
  power_supply: {
    supply: 'AC',
    kind: 'Mains',
    online: true,
    health: null,
    status: null,
    model: null,
    serial: null,
    gone: false,
  },
  watchdog: {
    watchdog: 'watchdog0',
    identity: 'iTCO_wdt',
    active: true,
    boot_status: 0,
    timeout_s: 30,
    gone: false,
  },
  reader_hello: {
    version: '0.1.0',
    pid: 101,
    tools: [{ tool: 'smartctl', state: 'ok', reason: null, interval_ms: 60_000 }],
  },
  reading: {
    tool: 'smartctl',
    subject: 'sda',
    outcome: 'ok',
    exit_code: 0,
    output: '{}',
    complaint: '',
    took_us: 1000,
    interval_ms: 60_000,
  },
  hwmon: {
    chip: 'hwmon0',
    name: 'coretemp',
    device: 'coretemp.0',
    sensors: [
      {
        sensor: 'temp1',
        label: 'Package id 0',
        input: 45_000,
        low: null,
        high: 90_000,
        critical: 100_000,
        alarm: false,
        fault: null,
      },
    ],
    gone: false,
  },
  edac: {
    controller: 'mc0',
    name: 'Skylake Socket#0 IMC#0',
    corrected: 0,
    uncorrected: 0,
    corrected_noinfo: 0,
    dimms: [
      {
        dimm: 'dimm0',
        label: 'DIMM_A1',
        location: 'channel 0 slot 0',
        size_mib: 32_768,
        kind: 'Registered-DDR4',
        corrected: 0,
        uncorrected: 0,
      },
    ],
    gone: false,
  },
} as const;

export type HardwareType = keyof typeof usual;
export type Fields<T extends HardwareType> = Omit<
  FrameOf<T>['data'],
  'boot_id' | 'epoch' | 'seq' | 't_us'
>;

/** What a frame of this type says beside its head. */
export const hwFields = <T extends HardwareType>(
  type: T,
  fields: Partial<Fields<T>> = {},
): Fields<T> => ({ ...(structuredClone(usual[type]) as unknown as Fields<T>), ...fields });

/** Errors of which nothing else is told happened once, just then. */
export const hw = <T extends HardwareType>(
  h: Helper,
  ms: number,
  type: T,
  fields: Partial<Fields<T>> = {},
): FrameOf<T> => {
  const own = hwFields(type, fields) as Fields<T> & { first_us?: number };
  if (own.first_us === ZERO_US) own.first_us = us(ms);
  return h.frame(ms, type, own);
};

/** The sources of hardware, each with the types that its snapshot names. */
export const HARDWARE_SOURCES: Readonly<Record<string, readonly HardwareType[]>> = {
  pci: ['pci_device'],
  processors: ['processors', 'memory'],
  md: ['md'],
  mount: ['mount'],
  supply: ['power_supply', 'watchdog'],
  reader: ['reading', 'hwmon', 'edac'],
};
