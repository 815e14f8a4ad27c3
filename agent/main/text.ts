/** Observations as a person reads them: `link:c-a carrier=down`. */
import type { Observation } from '../types.ts';

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
    case 'self':
      return selfText(seen);
  }
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

function selfText(seen: Extract<Observation, { probe: 'self' }>): string | null {
  switch (seen.aspect) {
    case 'sight':
      return `${name(seen)} ${seen.value}${seen.reason === '' ? '' : `: ${seen.reason}`}`;
    case 'failover':
      // Failover records have a topic of their own.
      return null;
    case 'drill':
      return `${name(seen)} ${seen.value} ${seen.group} ${seen.leg}`;
    default:
      return `${name(seen)} ${seen.aspect}=${seen.value}`;
  }
}
