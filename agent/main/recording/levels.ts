/** Which frames say how something is, and until another one says otherwise: what a later reader has to know. */
import { hardwareKey } from '../../topology/hardware.ts';
import type { Kind } from '../../topology/sources.ts';
import type { Frame } from '../../wire.ts';

export interface Level {
  kind: Kind;
  /** Among all frames. */
  key: string;
  /** It ends what is kept under the key. */
  ends: boolean;
}

/** A snapshot names disks that stand still, and not those that had errors once. */
export const isUnnamed = ({ type }: Frame): boolean => type === 'io_errors';

/** Key of the word by which a flow was seen again after a loss. */
export const seenAgain = (flow: number): string => `flow_seen ${flow}`;

/** Levels that say more of the same thing, and mean nothing before its frame. */
export function aboutIt(frame: Frame): string[] {
  if (frame.type === 'flow') {
    const { flow } = frame.data;
    const switches = [`flow_switch ${flow} out`, `flow_switch ${flow} in`];
    const stalls = [`flow_stall ${flow} still`, `flow_stall ${flow} slow`];
    return [...stalls, `flow_member ${flow}`, ...switches, seenAgain(flow)];
  }
  if (frame.type === 'link') return [`active_member ${frame.data.ifindex}`];
  if (frame.type === 'disk') return [`io_stall ${frame.data.disk}`, `io_errors ${frame.data.disk}`];
  return [];
}

/** Of what has gone, the levels that nobody ends one by one. */
export function endedWith(frame: Frame): string[] {
  if (frame.type !== 'link') return aboutIt(frame);
  const { ifindex } = frame.data;
  const own = ['carrier', ...Object.keys(KINDS).filter(type => type !== 'link')];
  return [...aboutIt(frame), ...own.map(type => `${type} ${ifindex}`)];
}

/** Null: an event, or about the helper itself. */
export function levelOf(frame: Frame): Level | null {
  switch (frame.type) {
    case 'link':
    case 'lacp_port':
    case 'team':
    case 'nic_mode':
    case 'nic_errors':
    case 'module_eeprom':
      return level(KINDS[frame.type], frame.type, frame.data.ifindex, frame.data.gone);
    case 'carrier':
      return level('carrier', frame.type, frame.data.ifindex);
    case 'active_member':
      return level('link', frame.type, frame.data.ifindex);
    case 'leg_probe':
      return level('probe', frame.type, frame.data.ifindex);
    case 'address': {
      const { ifindex, address, gone } = frame.data;
      return level('address', frame.type, `${ifindex} ${address}`, gone);
    }
    case 'route': {
      const { dst, table, metric, gone } = frame.data;
      return level('route', frame.type, `${table} ${dst} ${metric}`, gone);
    }
    case 'nexthop':
      return level('nexthop', frame.type, frame.data.id, frame.data.gone);
    case 'flow':
      return level('flow', frame.type, frame.data.flow, frame.data.closed);
    // An end of a stall says by which leg it goes now, too.
    case 'flow_stall':
    case 'flow_resume': {
      const { flow, reason } = frame.data;
      return level('flow', 'flow_stall', `${flow} ${reason === 'unanswered' ? 'slow' : 'still'}`);
    }
    case 'flow_switch':
      return level('flow', frame.type, `${frame.data.flow} ${frame.data.direction}`);
    case 'flow_member':
      return level('flow', frame.type, frame.data.flow);
    case 'bfd': {
      const { ifindex, remote, micro, gone } = frame.data;
      return level('bfd', frame.type, `${ifindex} ${remote} ${micro}`, gone);
    }
    case 'steering':
      return level('steering', frame.type, frame.data.group);
    case 'session':
      return level('session', frame.type, frame.data.session, frame.data.gone);
    case 'disk':
      return level('disk', frame.type, frame.data.disk, frame.data.gone);
    case 'io_stall':
    case 'io_resume':
      return level('io', 'io_stall', frame.data.disk, frame.type === 'io_resume');
    case 'io_errors':
      return level('io', frame.type, frame.data.disk);
    case 'multipath':
      return level('map', frame.type, frame.data.map, frame.data.gone);
    case 'processors':
    case 'memory':
      return level(frame.type, frame.type, hardwareKey(frame));
    case 'reading':
      return level(frame.type, frame.type, hardwareKey(frame), frame.data.outcome === 'gone');
    case 'pci_device':
    case 'md':
    case 'mount':
    case 'power_supply':
    case 'watchdog':
    case 'hwmon':
    case 'edac':
      return level(frame.type, frame.type, hardwareKey(frame), frame.data.gone);
    default:
      return null;
  }
}

const KINDS = {
  link: 'link',
  lacp_port: 'lacp',
  team: 'team',
  nic_mode: 'mode',
  nic_errors: 'errors',
  module_eeprom: 'module',
} as const;

const level = (kind: Kind, type: string, key: string | number, ends = false): Level => ({
  kind,
  key: `${type} ${key}`,
  ends,
});
