/**
 * link-speed-reduced: a leg that has carrier runs slower than another leg of its group, slower than the best that it
 * offers itself, or half duplex: after a failover to it the traffic may not fit.
 */
import type { Observation, Us } from '../types.ts';
import { damp, dropLevel, dropMissing, type Levels, noLevels, setLevel } from './damped.ts';
import { limits } from './limits.ts';
import {
  type Context,
  type Family,
  type FaultInput,
  groupOfLeg,
  type Judgement,
  makeFault,
} from './set.ts';

type Mode = Extract<Observation, { probe: 'nic'; aspect: 'mode' }>;
type ModeValue = Exclude<Mode['value'], string>;

interface Nic {
  carrier: 'up' | 'down' | 'unknown';
  mode: ModeValue | null;
}

export interface SpeedState {
  nics: Readonly<Record<string, Nic>>;
  levels: Levels;
}
export const noSpeeds: SpeedState = { nics: {}, levels: noLevels };

const REDUCED = 'link-speed-reduced';
const newNic: Nic = { carrier: 'unknown', mode: null };

export const speedFamily: Family<SpeedState> = (state, input, now, context) => {
  let { nics } = state;
  const [levels, judgements, wakeAt] = damp(
    REDUCED,
    state.levels,
    input,
    now,
    context,
    (known, then) => {
      const taken = takeIn(nics, known, input, then);
      nics = taken.nics;
      return [taken.levels, taken.judgements];
    },
  );
  return [{ nics, levels }, judgements, wakeAt];
};

type Taken = SpeedState & { judgements: Judgement[] };

function takeIn(
  nics: SpeedState['nics'],
  levels: Levels,
  input: FaultInput,
  context: Context,
): Taken {
  if (input.probe === 'census' && input.legs !== null) {
    const { legs } = input;
    const kept = Object.entries(nics).filter(([leg]) => legs.includes(leg));
    const [left, judgements] = dropMissing(levels, REDUCED, legs, input.t, context);
    return { nics: Object.fromEntries(kept), levels: left, judgements };
  }
  if (input.probe === 'link' && input.aspect === 'legs') {
    return { nics, levels: judgeAll(nics, levels, input.t, context), judgements: [] };
  }
  const isLink = input.probe === 'link' && input.aspect === 'carrier';
  const isMode = input.probe === 'nic' && input.aspect === 'mode';
  if (!isLink && !isMode) return { nics, levels, judgements: [] };
  const { subject, value, t } = input;
  if (isLink && nics[subject.slice('leg/'.length)]?.carrier === value) {
    return { nics, levels, judgements: [] };
  }
  const leg = subject.slice('leg/'.length);
  const known = nics[leg] ?? newNic;
  if (value === 'absent') {
    const { [leg]: _gone, ...rest } = nics;
    const [left, judgements] = dropLevel(levels, REDUCED, subject, t);
    return { nics: rest, levels: judgeAll(rest, left, t, context), judgements };
  }
  const nic: Nic = isLink
    ? { ...known, carrier: input.value as Nic['carrier'] }
    : { ...known, mode: value === 'unknown' ? null : (input.value as ModeValue) };
  const next = { ...nics, [leg]: nic };
  return { nics: next, levels: judgeAll(next, levels, t, context), judgements: [] };
}

/** What one leg does decides how its neighbours look. */
function judgeAll(nics: SpeedState['nics'], levels: Levels, t: Us, context: Context): Levels {
  let next = levels;
  for (const [leg, nic] of Object.entries(nics)) {
    // Without carrier there is no speed, and one that was reduced may be so still.
    if (nic.carrier !== 'up' || nic.mode === null) continue;
    const group = groupOfLeg(context.scene, leg);
    if (group === null) continue;
    const others = context.scene.groups[group]!.filter(other => other !== leg).flatMap(other =>
      nics[other]?.carrier === 'up' ? (nics[other].mode?.speed_mbps ?? []) : [],
    );
    const details = reasons(nic.mode, Math.max(0, ...others), group);
    const object = `leg/${leg}`;
    const bad = details.length > 0;
    const { raise_after_us, clear_after_us } = limits.speed;
    const fault = makeFault({ type: REDUCED, object, t, details, group, leg });
    next = setLevel(next, fault, bad, bad ? raise_after_us : clear_after_us);
  }
  return next;
}

function reasons(mode: ModeValue, others: number, group: string): string[] {
  const { speed_mbps: speed, advertised_mbps: offered, duplex } = mode;
  const found: string[] = [];
  if (speed !== null && speed < others) {
    found.push(`${speed} Mbit/s, another leg of ${group} has ${others}`);
  }
  if (speed !== null && offered !== null && speed < offered) {
    found.push(`${speed} Mbit/s, ${offered} are offered`);
  }
  if (duplex === 'half') found.push('half duplex');
  return found;
}
