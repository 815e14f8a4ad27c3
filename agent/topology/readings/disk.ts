/** What is known of a disk's health: by smartctl, or by nvme-cli, whoever said something last that can be used. */
import type { DiskHealth } from '../../types.ts';
import type { ReaderTool } from '../../wire.ts';
import { readingKey } from '../hardware.ts';
import type { Topology } from '../state.ts';
import { tableGet } from '../table.ts';
import type { HardwareEntry } from '../told.ts';
import { nvmeLog } from './nvme_log.ts';
import { garbage, type Read } from './read.ts';
import { smartHealth } from './smart.ts';

type Reading = HardwareEntry<'reading'>;

export const DISK_TOOLS: readonly ReaderTool[] = ['smartctl', 'nvme-smart-log'];

export const isDiskTool = (tool: ReaderTool): boolean => DISK_TOOLS.includes(tool);

/** Null: no tool has been run on it, or it has gone. */
export function diskReading(topology: Topology, subject: string): Reading | null {
  const told = DISK_TOOLS.flatMap(tool => {
    const one = tableGet(topology.hardware.reading, readingKey(tool, subject));
    return one === undefined ? [] : [one];
  });
  const used = told.filter(one => healthOf(one).is === 'value');
  return latest(used) ?? latest(told);
}

const latest = (of: readonly Reading[]): Reading | null =>
  of.reduce<Reading | null>((last, one) => (last === null || one.t >= last.t ? one : last), null);

/** Parsed once. */
export function healthOf(reading: Reading): Read<DiskHealth> {
  const known = healths.get(reading);
  if (known !== undefined) return known;
  const made = parse(reading);
  healths.set(reading, made);
  return made;
}
const healths = new WeakMap<object, Read<DiskHealth>>();

function parse({ tool, outcome, output, complaint }: Reading): Read<DiskHealth> {
  if (outcome === 'timeout') return garbage(`${tool} did not end in time`);
  if (outcome === 'truncated') return garbage(`${tool} said more than is taken`);
  const read = tool === 'smartctl' ? smartHealth(output) : nvmeLog(output);
  return read.is === 'garbage' && complaint !== '' ? garbage(`${tool}: ${complaint}`) : read;
}
