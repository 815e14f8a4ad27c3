/**
 * leg-blackholed: a leg has carrier and passes nothing, while another leg of its group does. Its probe is not answered, or a
 * BFD session on it has gone down. When all legs are silent at once it is whoever should answer, and no leg.
 */
import { nicCauses } from './causes.ts';
import { damp, dropLevel, dropMissing, isBad, type Levels, noLevels, setLevel } from './damped.ts';
import { type LegStates, newLeg, noLegs, silenceOf, takeLegs } from './leg_states.ts';
import { limits } from './limits.ts';
import {
  type Context,
  clear,
  type Family,
  type FaultInput,
  groupOfLeg,
  type Judgement,
  makeFault,
  type Scene,
} from './set.ts';

export interface BlackholeState {
  legs: LegStates;
  levels: Levels;
}
export const noBlackholes: BlackholeState = { legs: noLegs, levels: noLevels };

const BLACKHOLED = 'leg-blackholed';
const object = (leg: string) => `leg/${leg}`;

export const blackholeFamily: Family<BlackholeState> = (state, input, now, context) => {
  const legs = takeLegs(state.legs, input);
  const [levels, judgements, wakeAt] = damp(
    BLACKHOLED,
    state.levels,
    input,
    now,
    context,
    (known, then) => observe(known, legs, input, then),
  );
  return [{ legs, levels }, judgements, wakeAt];
};

function observe(
  levels: Levels,
  legs: LegStates,
  input: FaultInput,
  context: Context,
): [Levels, Judgement[]] {
  if (input.probe === 'tick') return [levels, []];
  if (input.probe === 'census') {
    if (input.legs === null) return [levels, []];
    return dropMissing(levels, BLACKHOLED, input.legs, input.t, context);
  }
  let next = levels;
  const judgements: Judgement[] = [];
  for (const leg of concerned(input, context.scene)) {
    const [after, told] = judge(next, legs, leg, input.t, context);
    next = after;
    judgements.push(...told);
  }
  return [next, judgements];
}

/** The leg itself, and all for which it may be the one that answers. */
function concerned(input: FaultInput, { groups }: Scene): string[] {
  if (input.probe === 'link' && input.aspect === 'legs') {
    return [...(groups[input.subject.slice('group/'.length)] ?? [])];
  }
  const leg =
    input.probe === 'bfd'
      ? input.leg
      : input.probe === 'link' || input.probe === 'leg_probe'
        ? input.subject.slice('leg/'.length)
        : null;
  if (leg === null) return [];
  const beside = Object.values(groups).filter(legs => legs.includes(leg));
  return [...new Set([leg, ...beside.flat()])];
}

function judge(
  levels: Levels,
  legs: LegStates,
  leg: string,
  t: number,
  context: Context,
): [Levels, Judgement[]] {
  const of = legs[leg] ?? newLeg;
  const { [object(leg)]: level, ...others } = levels;
  const isActive = context.active[`${BLACKHOLED} ${object(leg)}`] !== undefined;
  if (level === undefined && !isActive && !of.silent && of.lost_bfd === null) return [levels, []];
  // Alarmed before a reboot: nobody has said anything since.
  if (!of.heard) return [levels, []];
  const group = groupOfLeg(context.scene, leg);
  if (group === null) return dropLevel(levels, BLACKHOLED, object(leg), t);
  if (of.down) return [others, [clear(BLACKHOLED, object(leg), t, 'superseded')]];
  const silence = silenceOf(of);
  if (silence === null) {
    if (!of.answers && of.answered_us === null)
      return dropLevel(levels, BLACKHOLED, object(leg), t);
    const ended = of.answered_us !== null && of.answered_us > (level?.since ?? t);
    const fault = makeFault({
      type: BLACKHOLED,
      object: object(leg),
      t: ended ? of.answered_us! : t,
    });
    return [setLevel(levels, fault, false, 0), []];
  }
  // As it is alarmed, or is to be: other legs that fall silent later make no good leg of it.
  const others_answer = Object.values(context.scene.groups).some(
    names => names.includes(leg) && names.some(one => one !== leg && answers(legs, one)),
  );
  if (isBad(levels, object(leg)) || isActive) {
    if (others_answer || isActive) return [levels, []];
    return [others, []];
  }
  if (!others_answer || of.unknown) return [levels, []];
  const since = Math.max(silence.since, of.up_us ?? 0);
  const settled = of.up_us === null ? 0 : of.up_us + limits.blackhole.settle_us;
  const due = Math.max(t + silence.wait_us + limits.blackhole.grace_us, settled);
  const fault = makeFault({
    type: BLACKHOLED,
    object: object(leg),
    t: since,
    details: silence.details,
    group,
    leg,
    failover: context.scene.failovers[group]?.id ?? null,
    causes: nicCauses(leg, context.scene),
  });
  return [setLevel(levels, fault, true, due - since), []];
}

function answers(legs: LegStates, leg: string): boolean {
  const of = legs[leg] ?? newLeg;
  return of.answers && !of.unknown && !of.down && of.lost_bfd === null;
}
