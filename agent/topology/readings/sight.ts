/** Whether what a reader's tool said can be used: what the agent says of its own sight. */
import type { HardwareEntry } from '../told.ts';
import { healthOf, isDiskTool } from './disk.ts';
import { selEntries } from './ipmi_sel.ts';
import { ipmiSensors } from './ipmi_sensors.ts';

/** blind: it ended badly, or cannot be understood. degraded: it works, and has nothing to say of this subject. */
export function readingSight(reading: HardwareEntry<'reading'>): {
  value: 'ok' | 'degraded' | 'blind';
  reason: string;
} {
  const { tool, outcome, complaint } = reading;
  if (outcome === 'timeout') return { value: 'blind', reason: `${tool} did not end in time` };
  if (outcome === 'truncated') return { value: 'blind', reason: `${tool} said more than is taken` };
  const read = isDiskTool(tool)
    ? healthOf(reading)
    : tool === 'ipmi-sel'
      ? selEntries(reading.output, complaint)
      : tool === 'ipmi-sensors'
        ? ipmiSensors(reading.output)
        : null;
  if (read === null || read.is === 'value') {
    if (outcome !== 'failed') return { value: 'ok', reason: '' };
    return { value: 'blind', reason: complaint || `${tool} failed` };
  }
  if (read.is === 'nothing') return { value: 'degraded', reason: read.reason };
  return { value: 'blind', reason: complaint === '' ? read.reason : `${tool}: ${complaint}` };
}
