/** What the storage-path faults believe of connections, of the probes of legs, and of the kernel's sessions. */
import type { Observation, Us } from '../types.ts';
import { type FaultInput, targetObject } from './set.ts';

type Progress = Extract<Observation, { aspect: 'progress' }>;

export interface FlowBelief {
  /** The target that it leads to. */
  object: string;
  group: string | null;
  /** It stands still: it was told so, or its answer is overdue and a leg of it was silent meanwhile. */
  stalled: boolean;
  /** How it was told that its answer is overdue; null: it is not. */
  overdue: Progress | null;
  /** Interface names of the ways there and back, each once; none: not known. */
  legs: readonly string[];
  /** Stalled: the last progress. Else: what ended the last stall, or when it was first seen. */
  since: Us;
}

export type FlowBeliefs = Readonly<Record<string, FlowBelief>>;

export interface LegAnswer {
  answering: boolean;
  since: Us;
  interval_us: Us;
  /** It was answered before, so that silence says something: not everybody answers such questions. */
  ever: boolean;
}

/** By leg; one that is not here is not probed, or not known. */
export type LegAnswers = Readonly<Record<string, LegAnswer>>;

/** `standing`: what was told of flows that stand still since now. */
export interface SeenFlows {
  flows: FlowBeliefs;
  standing: readonly Progress[];
}

export function observeFlow(flows: FlowBeliefs, answers: LegAnswers, seen: Progress): SeenFlows {
  const flow = seen.subject.slice('flow/'.length);
  if (seen.value === 'unknown') return { flows, standing: [] };
  if (seen.value === 'absent') return { flows: without(flows, flow), standing: [] };
  const legs = [...new Set([seen.leg_out, seen.leg_in])].filter(leg => leg !== null);
  const known = flows[flow];
  const overdue = seen.value === 'slow' ? seen : null;
  // A leg that answers again is not yet the answer: that may have to wait for its next retransmission.
  const waits = overdue !== null && ((known?.overdue && known.stalled) || isSilent(legs, answers));
  const belief: FlowBelief = {
    object: targetObject(seen.group, seen.target),
    group: seen.group,
    stalled: seen.value === 'stalled' || waits,
    overdue,
    legs,
    since: seen.since_us,
  };
  const standing = belief.stalled ? [seen] : [];
  if (known !== undefined && JSON.stringify(known) === JSON.stringify(belief)) {
    return { flows, standing };
  }
  return { flows: { ...flows, [flow]: belief }, standing };
}

const isSilent = (legs: readonly string[], answers: LegAnswers): boolean =>
  legs.some(leg => hasFallenSilent(answers[leg]));

export const hasFallenSilent = (answer: LegAnswer | undefined): boolean =>
  answer?.ever === true && !answer.answering;

/** After a leg was told of: flows with an overdue answer on one that is silent stand still, whoever has acknowledged what. */
export function awaitAnswers(flows: FlowBeliefs, answers: LegAnswers): SeenFlows {
  const found = Object.entries(flows).filter(
    ([, { stalled, overdue, legs }]) => !stalled && overdue !== null && isSilent(legs, answers),
  );
  if (found.length === 0) return { flows, standing: [] };
  const held = found.map(([flow, belief]) => [flow, { ...belief, stalled: true }] as const);
  return {
    flows: { ...flows, ...Object.fromEntries(held) },
    standing: found.flatMap(([, { overdue }]) => overdue ?? []),
  };
}

/** The flows to one target. */
export interface TargetFlows {
  stalled: number;
  moving: number;
  /** Of those that stand still. */
  legs: ReadonlySet<string>;
  /** When the first of those that move began to; Infinity: none does. */
  moving_since: Us;
}

/** By target. Computed once for each set of beliefs. */
export function targetsOf(flows: FlowBeliefs): ReadonlyMap<string, TargetFlows> {
  const known = targets.get(flows);
  if (known !== undefined) return known;
  const made = new Map<string, TargetFlows & { legs: Set<string> }>();
  for (const { object, stalled, legs, since } of Object.values(flows)) {
    let to = made.get(object);
    if (to === undefined) {
      to = { stalled: 0, moving: 0, legs: new Set(), moving_since: Number.POSITIVE_INFINITY };
      made.set(object, to);
    }
    if (stalled) {
      to.stalled++;
      for (const leg of legs) to.legs.add(leg);
    } else {
      to.moving++;
      to.moving_since = Math.min(to.moving_since, since);
    }
  }
  targets.set(flows, made);
  return made;
}
const targets = new WeakMap<FlowBeliefs, ReadonlyMap<string, TargetFlows>>();

/** Without the flows that a census does not name. */
export function presentFlows(flows: FlowBeliefs, named: readonly string[]): FlowBeliefs {
  const present = new Set(named);
  const left = Object.entries(flows).filter(([flow]) => present.has(flow));
  return left.length < Object.keys(flows).length ? Object.fromEntries(left) : flows;
}

/** `unknown` is no answer: what a leg was like may be so no more. */
export function observeAnswer(
  answers: LegAnswers,
  seen: Extract<Observation, { probe: 'leg_probe' }>,
): LegAnswers {
  const leg = seen.subject.slice('leg/'.length);
  if (seen.value === 'unknown' || seen.value === 'absent') return without(answers, leg);
  const { since_us: since, uncertainty_us: interval_us } = seen;
  const answering = seen.value === 'yes';
  const ever = answering || (answers[leg]?.ever ?? false);
  return { ...answers, [leg]: { answering, since, interval_us, ever } };
}

/** Targets by the sessions that are not usable, or have lost their connection. */
export type FailedSessions = Readonly<Record<string, string>>;

export function observeSession(
  failed: FailedSessions,
  seen: Extract<Observation, { probe: 'storage_session' }>,
): FailedSessions {
  const { subject, value, connected, group, target } = seen;
  if (value === 'unknown') return failed;
  if (target === null) return failed;
  if (value === 'failed' || (value === 'usable' && connected === false)) {
    return { ...failed, [subject]: targetObject(group, target) };
  }
  return without(failed, subject);
}

export const presentSessions = (
  failed: FailedSessions,
  { storage }: Extract<FaultInput, { probe: 'census' }>,
): FailedSessions =>
  storage?.sessions == null
    ? failed
    : Object.fromEntries(
        Object.entries(failed).filter(([subject]) =>
          storage.sessions?.includes(subject.slice('session/'.length)),
        ),
      );

function without<T>(from: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  if (from[key] === undefined) return from;
  const { [key]: _gone, ...rest } = from;
  return rest;
}
