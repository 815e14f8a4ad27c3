/** Observations as a person reads them: `link:c-a carrier=down`. */
import { lacpText } from '../topology/lacp_text.ts';
import type { BondMember, Maintenance, Observation } from '../types.ts';
import { hardwareText } from './hardware-text.ts';
import { storageText } from './storage-text.ts';

/** Null: nothing that a person would want to see pass. */
export function observationText(seen: Observation): string | null {
  switch (seen.probe) {
    case 'link':
      if (seen.aspect !== 'legs') return `${name(seen)} ${seen.aspect}=${seen.value} (${seen.via})`;
      return `${name(seen)} legs ${legsText(seen.value)}`;
    case 'storage_flow':
      if (seen.aspect === 'progress') return `${name(seen)} ${seen.value}${by(seen)}`;
      return `${name(seen)} ${passageText(seen.value)}`;
    case 'leg_probe':
      return `${name(seen)} answering=${seen.value} (${seen.target})`;
    case 'bond':
      return bondText(seen);
    case 'nic':
      return nicText(seen);
    case 'self':
      return selfText(seen);
    case 'storage_session':
    case 'block':
    case 'multipath':
      return storageText(seen);
    case 'bfd':
    case 'steering':
      return plainText(seen);
    case 'hw_memory':
    case 'hw_cpu':
    case 'hw_pci':
    case 'hw_disk':
    case 'hw_environment':
    case 'hw_host':
      return hardwareText(seen);
  }
}

function plainText(seen: Extract<Observation, { probe: 'bfd' | 'steering' }>): string {
  const value = typeof seen.value === 'string' ? seen.value : JSON.stringify(seen.value);
  return `${name(seen)} ${seen.aspect}=${value}`;
}

const name = ({ probe, subject }: Observation): string =>
  `${probe}:${subject.slice(subject.indexOf('/') + 1)}`;

function legsText(value: Extract<Observation, { aspect: 'legs' }>['value']): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .filter(([, legs]) => legs.length > 0)
    .map(([state, legs]) => `${state}: ${legs.join(' ')}`)
    .join(', ');
}

const by = (seen: { leg_out: string | null; leg_in: string | null }): string =>
  `, out ${seen.leg_out ?? '?'}, in ${seen.leg_in ?? '?'}`;

function passageText(value: Extract<Observation, { aspect: 'passage' }>['value']): string {
  switch (value.kind) {
    case 'legs':
    case 'switched':
      return `${value.kind} ${value.direction}: ${value.from ?? '?'} -> ${value.to ?? '?'}`;
    case 'progressed':
      return `progressed after a ${value.after}`;
    case 'traced': {
      const pause = (value.pause_to_us - value.pause_from_us) / 1000;
      return `traced: longest pause ${pause.toFixed(1)} ms${value.pause_open ? ', still open' : ''}`;
    }
  }
}

function bondText(seen: Extract<Observation, { probe: 'bond' }>): string {
  switch (seen.aspect) {
    case 'member':
      return `${name(seen)} ${seen.group} ${typeof seen.value === 'string' ? seen.value : memberText(seen.value)}`;
    case 'switch':
      return `${name(seen)} active: ${seen.value.from ?? 'none'} -> ${seen.value.to ?? 'none'} (${seen.via})`;
    case 'announcement':
      return `${name(seen)} announced by ${seen.value.kind}${seen.value.address === null ? '' : `: ${seen.value.address}`}`;
  }
}

function memberText({ mii, state, lacp }: BondMember): string {
  const aggregator = lacp === null ? '' : `, aggregator ${lacp.aggregator_id}, ${lacpText(lacp)}`;
  return `mii=${mii} ${state}${aggregator}`;
}

/** Null: counters move all the time, and a module's readings with each look. */
function nicText(seen: Extract<Observation, { probe: 'nic' }>): string | null {
  if (seen.aspect === 'presence') return `${name(seen)} ${seen.value}`;
  if (seen.aspect === 'tx-timeout')
    return `${name(seen)} transmit time-out, queue ${seen.value.queue}`;
  if (typeof seen.value === 'string') return `${name(seen)} ${seen.aspect} ${seen.value}`;
  if (seen.aspect !== 'mode') return null;
  const { speed_mbps, duplex } = seen.value;
  return `${name(seen)} speed ${speed_mbps ?? '?'} Mbit/s, ${duplex ?? '?'} duplex`;
}

function selfText(seen: Extract<Observation, { probe: 'self' }>): string | null {
  switch (seen.aspect) {
    case 'sight':
      return `${name(seen)} ${seen.value}${because(seen)}`;
    case 'spool':
    case 'delivery':
    case 'escalation':
      return `${name(seen)} ${seen.aspect}=${seen.value}${because(seen)}`;
    case 'failover':
      // Failover records have a topic of their own.
      return null;
    case 'told':
      return `${name(seen)} told to ${seen.adapter}`;
    case 'drill':
      return `${name(seen)} ${seen.value} ${seen.group} ${seen.leg}`;
    default:
      return `${name(seen)} ${seen.aspect}=${seen.value}`;
  }
}

const because = ({ reason }: { reason: string }): string => (reason === '' ? '' : `: ${reason}`);

/** It is no observation, but whoever watches is to know. */
export const maintenanceText = (maintenance: Maintenance | null): string =>
  maintenance === null
    ? 'maintenance=off'
    : `maintenance=on until ${new Date(maintenance.until.wall_us / 1000).toISOString()}: ${maintenance.reason}`;
