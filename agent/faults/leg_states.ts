/** What links, probes and BFD sessions say of each leg. */
import type { Observation, Us } from '../types.ts';
import { limits } from './limits.ts';
import type { FaultInput } from './set.ts';

export interface LegState {
  /** Without carrier, or administratively down. */
  carrier: boolean | null;
  admin: boolean | null;
  down: boolean;
  /** When it came up; null: it was up when it was first seen. */
  up_us: Us | null;
  /** Its probe is answered, or is not; neither: it is not probed. */
  answers: boolean;
  silent: boolean;
  silent_us: Us;
  answered_us: Us | null;
  /** Time between two questions: the others of the group are found silent so much later. */
  interval_us: Us;
  target: string;
  /** Nobody can say now; all else is as of before. */
  unknown: boolean;
  /** A probe or a session has said something of it since the host was started. */
  heard: boolean;
  /** BFD sessions that were up: by their other end, since when they are down; null: up, or held down on purpose. */
  bfd: Readonly<Record<string, Us | null>>;
  /** Other ends of those that nobody could see since they were up: a helper that is new begins its sessions anew. */
  unsure: readonly string[];
  lost_bfd: { remote: string; since: Us; unsure: boolean } | null;
}

export type LegStates = Readonly<Record<string, LegState>>;
export const noLegs: LegStates = {};

export const newLeg: LegState = {
  carrier: null,
  admin: null,
  down: false,
  up_us: null,
  answers: false,
  silent: false,
  silent_us: 0,
  answered_us: null,
  interval_us: 0,
  target: '',
  unknown: false,
  heard: false,
  bfd: {},
  unsure: [],
  lost_bfd: null,
};

export function takeLegs(legs: LegStates, input: FaultInput): LegStates {
  switch (input.probe) {
    case 'link':
      if (input.aspect === 'legs') return legs;
      return put(legs, input.subject, leg => takeLink(leg, input));
    case 'leg_probe':
      return put(legs, input.subject, leg => takeAnswer(leg, input));
    case 'bfd':
      return put(legs, `leg/${input.leg}`, leg => takeBfd(leg, input));
    case 'census': {
      if (input.legs === null) return legs;
      const present = new Set(input.legs);
      const kept = Object.entries(legs).filter(([leg]) => present.has(leg));
      return kept.length === Object.keys(legs).length ? legs : Object.fromEntries(kept);
    }
    default:
      return legs;
  }
}

function put(legs: LegStates, subject: string, take: (leg: LegState) => LegState): LegStates {
  const name = subject.slice('leg/'.length);
  // An earlier version may have stored less.
  const before = { ...newLeg, ...legs[name] };
  const after = take(before);
  return after === before ? legs : { ...legs, [name]: after };
}

type LinkSeen = Extract<Observation, { probe: 'link'; ups: number }>;

function takeLink(leg: LegState, seen: LinkSeen): LegState {
  if (seen.value === 'unknown') return leg;
  if (seen.value === 'absent') return newLeg;
  const is = { carrier: leg.carrier, admin: leg.admin, [seen.aspect]: seen.value === 'up' };
  const down = is.carrier === false || is.admin === false;
  const up_us = leg.down && !down ? seen.t : leg.up_us;
  return { ...leg, ...is, down, up_us };
}

function takeAnswer(leg: LegState, seen: Extract<Observation, { probe: 'leg_probe' }>): LegState {
  const { value, since_us, uncertainty_us: interval_us, target } = seen;
  if (value === 'unknown') return { ...leg, unknown: true };
  if (value === 'absent') {
    const none = { answers: false, silent: false, answered_us: null };
    return { ...leg, ...none, unknown: false, heard: true };
  }
  const silent = value === 'no';
  return {
    ...leg,
    ...{ silent, answers: !silent, interval_us, target, unknown: false, heard: true },
    silent_us: silent ? since_us : leg.silent_us,
    answered_us: silent ? leg.answered_us : since_us,
  };
}

function takeBfd(leg: LegState, seen: Extract<Observation, { probe: 'bfd' }>): LegState {
  const { value, remote, remote_state, since_us } = seen;
  const { [remote]: known, ...others } = leg.bfd;
  const sure = leg.unsure.filter(end => end !== remote);
  if (value === 'unknown') {
    return known === undefined ? leg : { ...leg, unsure: [...sure, remote] };
  }
  const unsure = value === 'up' || value === 'absent' ? sure : leg.unsure;
  const held = value === 'admin-down' || remote_state === 'admin-down';
  let bfd: LegState['bfd'] = others;
  if (value === 'up') bfd = { ...others, [remote]: null };
  // It was up, and is no more; one that never was says nothing.
  else if (value !== 'absent' && !held && known !== undefined) {
    bfd = { ...others, [remote]: known ?? since_us };
  }
  const lost = Object.entries(bfd).flatMap(([end, since]) =>
    since === null ? [] : [{ remote: end, since, unsure: unsure.includes(end) }],
  );
  const answered_us = value === 'up' ? since_us : leg.answered_us;
  return { ...leg, bfd, unsure, lost_bfd: lost[0] ?? null, answered_us, heard: true };
}

/** Since when it passes nothing, by which account; null: it is not silent. wait_us: until the others are known to be as well. */
export function silenceOf(leg: LegState): { since: Us; wait_us: Us; details: string[] } | null {
  const { silent, silent_us, target, interval_us, lost_bfd } = leg;
  if (silent) {
    const details = [`no answer from ${target}, asked by this leg alone`];
    return { since: silent_us, wait_us: interval_us, details };
  }
  if (lost_bfd === null) return null;
  const details = [`the BFD session with ${lost_bfd.remote} is down`];
  const wait_us = lost_bfd.unsure ? limits.bfd.restart_us : interval_us;
  return { since: lost_bfd.since, wait_us, details };
}
