/** Memory: errors of DIMMs, by whoever tells of them, their counters, and pages that the kernel had to give up. */
import { describeFru, dimmFru } from '../../topology/fru.ts';
import type { Topology } from '../../topology/state.ts';
import { tableGet } from '../../topology/table.ts';
import type { HardwareEntry } from '../../topology/told.ts';
import type { Observation, Us } from '../../types.ts';
import type { Frame, FrameOf } from '../../wire.ts';
import { decodeMce } from '../hw_cpu/mce/decode.ts';
import { meaning } from '../hw_cpu/mce/severity.ts';
import type { Probe } from '../probe.ts';
import { vmOf } from './vm.ts';

type Of<A extends string> = Extract<Observation, { probe: 'hw_memory'; aspect: A }>;
type MemoryError = Of<'error'>['value'];
type Dimm = HardwareEntry<'edac'>['dimms'][number];

export const probe: Probe = {
  name: 'hw_memory',
  observe(frame, topology) {
    return [...counters(topology, frame.data.t_us), ...event(frame, topology)];
  },
};

function event(frame: Frame, topology: Topology): Observation[] {
  switch (frame.type) {
    case 'memory_error':
      return memoryError(frame.data, topology);
    case 'mce':
      return machineCheck(frame.data);
    case 'firmware_error':
      return frame.data.kind === 'memory' ? firmware(frame.data, topology) : [];
    case 'cxl_error':
      return cxl(frame.data);
    case 'page_victim': {
      const { pid, comm, command, cgroup, action, t_us: t } = frame.data;
      const value = { pid, comm, vm: vmOf(command, cgroup), action };
      return [{ probe: 'hw_memory', aspect: 'page-victim', subject: 'host', t, value }];
    }
    case 'page_failure': {
      const { pfn: page, page: kind, result, t_us: t } = frame.data;
      const value = { page, kind, result };
      return [{ probe: 'hw_memory', aspect: 'page-failure', subject: 'host', t, value }];
    }
    default:
      return [];
  }
}

function error(
  subject: `dimm/${string}`,
  { t_us: t, count, first_us }: { t_us: Us; count: number; first_us: Us },
  value: Omit<MemoryError, 'count' | 'first_us'>,
): Of<'error'>[] {
  return [
    { probe: 'hw_memory', aspect: 'error', subject, t, value: { ...value, count, first_us } },
  ];
}

/** edac_mc_handle_error() joins the labels of all that it could be with this. */
const OR = ' or ';
/** What it says when it could be none, or all. */
const NOBODY = ['', 'unknown memory', 'any memory'];

function memoryError(data: FrameOf<'memory_error'>['data'], topology: Topology): Observation[] {
  const { severity, message, label, controller, layers, address, detail } = data;
  if (severity === 'info') return [];
  const known = label.trim();
  const labels = NOBODY.includes(known) ? [] : known.split(OR).map(one => one.trim());
  const position = layers.filter(layer => layer !== null);
  const details = [
    message || 'memory error',
    `controller ${controller}${position.length === 0 ? '' : `, position ${position.join(':')}`}`,
    ...(isZero(address) ? [] : [`address ${address}`]),
    ...(detail === '' ? [] : [detail]),
  ];
  return error(
    labels.length === 0 ? `dimm/unknown-${controller}` : `dimm/${labels.join(',')}`,
    data,
    {
      severity,
      details,
      fru: unitsOf(topology, labels),
      by: 'controller',
      page: isZero(address) ? null : pageOf(BigInt(address)),
    },
  );
}

/** One of them is to be replaced: each is named. */
const unitsOf = (topology: Topology, labels: readonly string[]): string | null =>
  labels.flatMap(label => describeFru(dimmFru(topology, label)) ?? []).join(' or ') || null;

const isZero = (hex: string): boolean => /^0x0+$/.test(hex);
const PAGE_BITS = 12n;
const pageOf = (address: bigint): string => `0x${(address >> PAGE_BITS).toString(16)}`;

function machineCheck(data: FrameOf<'mce'>['data']): Observation[] {
  const mce = decodeMce(data);
  if (mce === null || !mce.memory) return [];
  const count = Math.max(data.count, mce.corrected_count);
  return error(
    `dimm/unknown-${data.socket}`,
    { ...data, count },
    {
      severity: meaning[mce.class].severity,
      details: [
        ...mce.details,
        `socket ${data.socket}, no driver of the memory controller names the DIMM`,
      ],
      fru: null,
      by: 'mce',
      page: mce.address === null ? null : pageOf(mce.address),
    },
  );
}

const SEVERITY = {
  corrected: 'corrected',
  recoverable: 'uncorrected',
  uncorrected: 'uncorrected',
  fatal: 'fatal',
  info: null,
} as const;

function firmware(data: FrameOf<'firmware_error'>['data'], topology: Topology): Observation[] {
  const severity = SEVERITY[data.severity];
  if (severity === null) return [];
  const label = data.fru_text?.trim() || null;
  return error(`dimm/${label ?? 'unknown-firmware'}`, data, {
    severity,
    details: ['told by firmware', ...(data.address === null ? [] : [`address ${data.address}`])],
    fru: (label && describeFru(dimmFru(topology, label))) ?? label,
    by: 'firmware',
    page: data.address === null ? null : pageOf(BigInt(data.address)),
  });
}

function cxl(data: FrameOf<'cxl_error'>['data']): Observation[] {
  const { device, event, serial, address } = data;
  const severity = SEVERITY[data.severity];
  if (severity === null) return [];
  const details = [`CXL ${event}`, ...(address === null ? [] : [`device address ${address}`])];
  const fru = serial === null ? null : `serial ${serial}`;
  return error(`dimm/${device}`, data, { severity, details, fru, by: 'cxl', page: null });
}

function counters(topology: Topology, t: Us): Of<'counters'>[] {
  const { effect, hardware } = topology;
  const gone = effect.gone.hardware.flatMap(one => {
    if (one.kind !== 'edac') return [];
    return one.entry.dimms.map(dimm => counted(topology, dimm, t, 'absent'));
  });
  const told = [...new Set(effect.hardware.edac)].flatMap(key => {
    const controller = tableGet(hardware.edac, key);
    if (controller === undefined) return [];
    return controller.dimms.map(dimm => {
      if (controller.stale) return counted(topology, dimm, t, 'unknown');
      const { corrected, uncorrected } = dimm;
      return counted(topology, dimm, controller.t, { corrected, uncorrected });
    });
  });
  return [...gone, ...told];
}

const counted = (
  topology: Topology,
  { label }: Dimm,
  t: Us,
  value: Of<'counters'>['value'],
): Of<'counters'> => ({
  probe: 'hw_memory',
  aspect: 'counters',
  subject: `dimm/${label}`,
  t,
  value,
  fru: describeFru(dimmFru(topology, label)),
});
