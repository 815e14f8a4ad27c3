/** What the reader is to be asked for at once, after a frame that says that its last word is no longer true. */
import type { Frame, ReaderTool } from '../wire.ts';
import { controllerOf } from './fru.ts';
import { readingKey } from './hardware.ts';
import type { Topology } from './state.ts';
import { tableGet } from './table.ts';

export interface WantedRead {
  tool: ReaderTool;
  subject: string;
}

/** Those that the reader has told of: it refuses what it does not know. It takes the same one once a second. */
export function wantedReads(frame: Frame, topology: Topology): WantedRead[] {
  return wanted(frame).filter(
    ({ tool, subject }) =>
      tableGet(topology.hardware.reading, readingKey(tool, subject)) !== undefined,
  );
}

function wanted(frame: Frame): WantedRead[] {
  switch (frame.type) {
    case 'nvme_event':
      return disk(frame.data.controller);
    case 'io_errors':
      return frame.data.medium > 0 ? disk(frame.data.disk) : [];
    case 'md':
      return frame.data.members
        .filter(({ state }) => state.includes('faulty'))
        .flatMap(one => disk(one.disk.replace(/(?<=^sd[a-z]+)\d+$/, '')));
    case 'thermal_trip':
    case 'power_supply':
      return [bmc('ipmi-sensors'), bmc('ipmi-sel')];
    default:
      return [];
  }
}

const bmc = (tool: ReaderTool): WantedRead => ({ tool, subject: 'bmc' });

function disk(name: string): WantedRead[] {
  const subject = controllerOf(name);
  return subject.startsWith('nvme')
    ? [
        { tool: 'nvme-smart-log', subject },
        { tool: 'smartctl', subject },
      ]
    : [{ tool: 'smartctl', subject }];
}
