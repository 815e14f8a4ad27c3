/** The temperature of a disk, by what it says of it itself: NVMe warns when one of its own thresholds is passed. */
import { describeFru, diskFru } from '../../topology/fru.ts';
import { diskReading, healthOf, isDiskTool } from '../../topology/readings/disk.ts';
import { NVME_WARNING } from '../../topology/readings/nvme_log.ts';
import type { Topology } from '../../topology/state.ts';
import type { HardwareEntry } from '../../topology/told.ts';
import type { HwEnvironmentObservation, Us } from '../../types.ts';

type Seen = Extract<HwEnvironmentObservation, { aspect: 'sensor' }>;

/** Of disks that do not judge it themselves there is hwmon's drivetemp, if anything. */
export function diskTemperature(
  topology: Topology,
  told: HardwareEntry<'reading'>,
  t: Us,
  instead: 'unknown' | 'absent' | null,
): Seen[] {
  if (!isDiskTool(told.tool)) return [];
  // What another tool has said later, or said at all, stands.
  const last = diskReading(topology, told.subject);
  if (last !== (instead === 'absent' ? null : told)) return [];
  const seen = (value: Seen['value'], at: Us): Seen => ({
    probe: 'hw_environment',
    aspect: 'sensor',
    subject: `sensor/${told.subject}/temperature`,
    measures: 'temperature',
    value,
    t: at,
    fru: describeFru(diskFru(topology, told.subject)),
  });
  // Whatever its last word was worth.
  if (instead === 'absent') return told.subject.startsWith('nvme') ? [seen('absent', t)] : [];
  const read = healthOf(told);
  if (read.is !== 'value' || read.value.warning === null) return [];
  const { warning, temperature } = read.value;
  const alarm = (warning & NVME_WARNING.temperature) !== 0;
  if (instead !== null) return [seen(instead, t)];
  return [seen({ ...untold, input: temperature, level: alarm ? 'major' : 'ok' }, told.t)];
}

const untold = {
  unit: '°C',
  low: null,
  high: null,
  critical: null,
  alarm: null,
  fault: null,
  states: '',
};
