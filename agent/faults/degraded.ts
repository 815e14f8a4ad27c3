/**
 * link-degraded: packets are damaged on the way. By the rate of errors, per second and per packet, or by its slope: errors
 * that are few and grow, and those that forward error correction still repairs, foretell what the rate will be.
 */
import type { Observation, Us } from '../types.ts';
import { linkCauses } from './causes.ts';
import { damp, dropLevel, dropMissing, isBad, type Levels, noLevels, setLevel } from './damped.ts';
import { type Meter, measure, newMeter, type Rate, rateAt, slopesAt } from './error_meter.ts';
import { limits } from './limits.ts';
import {
  type Context,
  earliest,
  type Family,
  groupOfLeg,
  type Judgement,
  makeFault,
} from './set.ts';

type Errors = Extract<Observation, { probe: 'nic'; aspect: 'errors' }>;

interface Nic {
  meter: Meter;
  /** The rate is too high, with hysteresis. */
  hot: boolean;
  /** What rose, and how far it had come; null: nothing does. */
  risen: { what: 'errors' | 'corrected'; to: number } | null;
}

export interface DegradedState {
  nics: Readonly<Record<string, Nic>>;
  levels: Levels;
}
export const noErrors: DegradedState = { nics: {}, levels: noLevels };

/** Without what fills again within minutes: it would be stored each second. */
export const levelsAlone = ({ levels }: DegradedState): DegradedState => ({ nics: {}, levels });

const DEGRADED = 'link-degraded';
/** A rate falls although no counter tells: looked at this often, when none has told for so long (it is each second). */
const AGAIN_US = 1_000_000;
const SILENT_US = 2_000_000;

export const degradedFamily: Family<DegradedState> = (state, input, now, context) => {
  let { nics } = state;
  const reached = input.probe === 'tick' ? now : input.t;
  const [levels, judgements, wakeAt] = damp(
    DEGRADED,
    state.levels,
    input,
    now,
    context,
    (known, then) => {
      if (input.probe === 'nic' && input.aspect === 'errors') {
        const [next, after, told] = observe(nics, known, input, then);
        nics = next;
        return [after, told];
      }
      if (input.probe === 'census' && input.legs !== null) {
        const { legs } = input;
        nics = Object.fromEntries(Object.entries(nics).filter(([leg]) => legs.includes(leg)));
        return dropMissing(known, DEGRADED, legs, input.t, then);
      }
      const [next, after] = again(nics, known, reached, then);
      nics = next;
      return [after, []];
    },
  );
  const falling = Object.entries(nics).map(([leg, { meter }]) => {
    const told = meter.samples.at(-1)?.t ?? null;
    if (told === null || meter.last === null || !isBad(levels, `leg/${leg}`)) return null;
    return Math.max(told + SILENT_US, reached + AGAIN_US);
  });
  return [{ nics, levels }, judgements, earliest(wakeAt, ...falling)];
};

function observe(
  nics: DegradedState['nics'],
  levels: Levels,
  seen: Errors,
  context: Context,
): [DegradedState['nics'], Levels, Judgement[]] {
  const { value, subject, t } = seen;
  const leg = subject.slice('leg/'.length);
  const known = nics[leg] ?? { meter: newMeter, hot: false, risen: null };
  if (value === 'absent') {
    const { [leg]: _gone, ...rest } = nics;
    return [rest, ...dropLevel(levels, DEGRADED, subject, t)];
  }
  if (value === 'unknown') {
    return [{ ...nics, [leg]: { ...known, meter: newMeter } }, levels, []];
  }
  const nic = assess({ ...known, meter: measure(known.meter, t, value) }, t);
  return [{ ...nics, [leg]: nic }, tell(levels, leg, nic, t, context), []];
}

/** Those that are bad, as they are by now. */
function again(
  nics: DegradedState['nics'],
  levels: Levels,
  t: Us,
  context: Context,
): [DegradedState['nics'], Levels] {
  let next = nics;
  let after = levels;
  for (const [leg, known] of Object.entries(nics)) {
    // Of one that nobody can see now, nothing is known.
    if (!isBad(levels, `leg/${leg}`) || known.meter.last === null) continue;
    if (t < (known.meter.samples.at(-1)?.t ?? t) + SILENT_US) continue;
    const nic = assess(known, t);
    next = { ...next, [leg]: nic };
    after = tell(after, leg, nic, t, context);
  }
  return [next, after];
}

function assess(nic: Nic, t: Us): Nic {
  const { per_second, per_packet, clear_part } = limits.errors;
  const rate = rateAt(nic.meter, t);
  const over = (part: number) =>
    rate.per_second >= per_second * part && rate.per_packet >= per_packet * part;
  return { ...nic, hot: over(nic.hot ? clear_part : 1), risen: risen(nic, t) };
}

function risen({ meter, risen: before }: Nic, t: Us): Nic['risen'] {
  const slopes = slopesAt(meter, t);
  // Once it has risen, it is over when it has come down again, not when it stays where it is.
  if (before !== null) {
    const { last, rising } = slopes[before.what];
    if (rising) return { ...before, to: Math.max(before.to, last) };
    return last > before.to * limits.errors.clear_part ? before : null;
  }
  for (const what of ['errors', 'corrected'] as const) {
    if (slopes[what].rising) return { what, to: slopes[what].last };
  }
  return null;
}

function tell(levels: Levels, leg: string, nic: Nic, t: Us, context: Context): Levels {
  const object = `leg/${leg}`;
  const bad = nic.hot || nic.risen !== null;
  const group = groupOfLeg(context.scene, leg);
  const fault = makeFault({
    type: DEGRADED,
    object,
    t,
    // What was said at the raise stays: the figures move all the time.
    details: context.active[`${DEGRADED} ${object}`]?.details ?? details(nic, rateAt(nic.meter, t)),
    group,
    leg,
    causes: linkCauses(leg, context.scene),
  });
  const { raise_after_us, clear_after_us } = limits.errors;
  const raise = nic.risen === null ? raise_after_us : 0;
  return setLevel(levels, fault, bad, bad ? raise : clear_after_us);
}

function details({ hot, risen }: Nic, { per_second, per_packet }: Rate): string[] {
  const found: string[] = [];
  if (hot) {
    const packets = Number.isFinite(per_packet)
      ? `one in ${Math.max(1, Math.round(1 / per_packet))} packets`
      : 'no packet passed';
    found.push(`${per_second.toFixed(1)} errors per second, ${packets}`);
  }
  if (risen?.what === 'errors') found.push(`rising: ${risen.to.toFixed(1)} in a million packets`);
  if (risen?.what === 'corrected') {
    found.push(`rising: ${Math.round(risen.to)} corrected errors per minute`);
  }
  return found;
}
