/** The record of one group's failover, computed anew from all facts each time. */
import { stamp } from '../time.ts';
import type { FailoverRecord, Us } from '../types.ts';
import { type Back, backOf } from './back.ts';
import { type CutTime, cutOf, type Episode, episodesOf, healOf, legsOf } from './episodes.ts';
import {
  type Finding,
  NO_SWITCH,
  noSwitch,
  PEER_STILL_USES_LEG,
  peerStillUsesLeg,
  STEERED,
  steeredOff,
} from './findings.ts';
import { limits } from './limits.ts';
import {
  allOf,
  deadlinesOf,
  hasAlternative,
  lastEventOf,
  longestGap,
  seenAt,
  switchedAt,
} from './moments.ts';
import { echoAt, isLeft, type Move, moveOf, phasesOf } from './moves.ts';
import type { Crossing } from './passage.ts';
import { crossingsOf, flowsOf, historiesOf, lossesBeyond, lossesOf } from './scope.ts';
import type { Failovers, GroupFacts, OpenRecord } from './state.ts';
import { judge, judgeTold } from './verdict.ts';

export interface Evaluation {
  /** As it is now, open. */
  record: FailoverRecord;
  /** Nothing more is to come: it may close. */
  complete: boolean;
  /** A leg is lost still. */
  unhealed: boolean;
  /** The last thing that happened, as far as it was seen. */
  lastEvent: Us;
  /** When it may look different without any input. */
  wakeAt: Us | null;
}

/** What happened, before anybody judges it. */
interface Happening {
  episodes: readonly Episode[];
  cut: CutTime;
  crossings: readonly Crossing[];
  /** Of a bond or team: its own part. */
  move: Move | null;
  /** A leg that could have taken over was there. */
  alternative: boolean;
  /** That a peer still uses the leg, by flow; that a bond did not switch. */
  findings: readonly Finding[];
  unmoved: Finding;
  back: Back | null;
}

/** Null: nothing was lost that could be told. */
export function evaluate(
  state: Failovers,
  id: string,
  group: GroupFacts,
  open: OpenRecord,
  now: Us,
): Evaluation | null {
  const what = happening(state, id, group, open, now);
  if (what === null) return null;
  const { episodes, cut, crossings, move, findings, unmoved, back } = what;
  const moves = [move?.switched_us, move?.announced_us].filter(t => t != null);
  const lastEvent = lastEventOf(episodes, crossings, [...moves, ...(back?.events ?? [])]);
  const end = endOf(state, id, open, what, lastEvent, now);
  const deadlines = [
    cut.t + limits.incomplete_us,
    ...(end.waits ? [] : [lastEvent + limits.quiet_us]),
    ...deadlinesOf(crossings, [...findings, unmoved], open.budget_ms * 1000),
    ...(open.told_us === null && state.options.primary ? [cut.hi + open.budget_ms * 1000 + 1] : []),
  ].filter(t => t > now);
  return {
    record: recordOf(state, id, group, open, what, end.final, now),
    complete: end.complete,
    unhealed: episodes.some(one => one.healed_us === null && !isLeft(one)),
    lastEvent,
    wakeAt: deadlines.length === 0 ? null : Math.min(...deadlines),
  };
}

function happening(
  state: Failovers,
  id: string,
  group: GroupFacts,
  open: OpenRecord,
  now: Us,
): Happening | null {
  const flows = flowsOf(state, id);
  const losses = lossesOf(state, id, group, open);
  const lost = episodesOf(losses, open.cut);
  const accounts = lost.flatMap(one => one.losses);
  const beyond = lossesBeyond(state, id, group, open, accounts, healOf(lost));
  const episodes = episodesOf([...losses, ...beyond], open.cut);
  if (episodes.length === 0) return null;
  const cut = cutOf(episodes);
  const crossings = crossingsOf(group, flows, episodes, cut, open, now);
  const findings = crossings.map(one => peerStillUsesLeg(one, now));
  const budget_us = open.budget_ms * 1000;
  const move = moveOf(group, episodes, crossings, cut);
  const alternative = hasAlternative(state, id, group, episodes, cut);
  const unmoved = noSwitch(move, alternative, budget_us, now);
  const outOf = (flow: Crossing['facts']) => historiesOf(group, flow, episodes).out;
  const active = move?.one_leg ? group.active : null;
  const back = backOf({ episodes, flows, crossings, outOf, active, budget_us });
  return { episodes, cut, crossings, move, alternative, findings, unmoved, back };
}

/** Every affected flow progresses, nothing happened for a while, and the trace's account of the flows is there. */
function endOf(
  state: Failovers,
  id: string,
  { cut: drill }: OpenRecord,
  { cut, crossings, unmoved, back }: Happening,
  lastEvent: Us,
  now: Us,
): { waits: boolean; complete: boolean; final: boolean } {
  const undone = drill === null || drill.healed_us !== null || drill.ended;
  const pending = crossings.some(one => one.pending) || (back?.pending ?? false);
  const traced = !state.tracing || flowsOf(state, id).length === 0;
  const waits = !undone || pending || !traced || unmoved.due !== null;
  const complete = !waits && now >= lastEvent + limits.quiet_us;
  return { waits, complete, final: complete || now >= cut.t + limits.incomplete_us };
}

function recordOf(
  state: Failovers,
  id: string,
  group: GroupFacts,
  open: OpenRecord,
  { episodes, cut, crossings, move, alternative, findings, unmoved, back }: Happening,
  final: boolean,
  now: Us,
): FailoverRecord {
  const budget_us = open.budget_ms * 1000;
  const { legs, more } = legsOf(episodes);
  const found = findings.some(one => one.found);
  const busy = crossings.filter(one => one.demand);
  const echo_us = busy.length > 0 || move === null ? null : echoAt(state, id, group, move, cut);
  const flowing_us = allOf(busy.map(one => one.passage.flowing_us)) ?? echo_us;
  const phases = phasesOf(move, cut, flowing_us);
  const longest = longestGap(crossings);
  const { verdict, reason } = judge({
    crossings,
    budget_us,
    final,
    legs: [...new Set(legs.map(one => one.leg))],
    alternative,
    move,
    unmoved: unmoved.found,
    phases,
    kind: group.kind,
    peerStillUsesLeg: found,
    flowing_us,
    cut,
    ...longest,
  });
  const expected = state.options.primary;
  const steered = steeredOff(group, episodes, cut);
  return {
    id: open.id,
    group: id,
    kind: group.kind,
    opened: stamp(state.helper.boot_id, cut.t, state.helper.wall_offset_us),
    state: 'open',
    budget_ms: open.budget_ms,
    strategy: open.strategy,
    nudge: open.nudge,
    drill: open.cut?.drill ?? null,
    legs,
    cut: {
      t_us: cut.t,
      source: cut.source,
      uncertainty_us: Math.max(cut.hi - cut.t, cut.t - cut.lo),
    },
    seen_us: seenAt(episodes, crossings, move, cut),
    switched_us: move === null ? switchedAt(crossings) : move.switched_us,
    announced_us: move?.announced_us ?? null,
    phases,
    flowing_us,
    told_us: open.told_us,
    ...longest,
    flows: crossings.map(one => one.passage),
    verdict,
    reason: more === 0 ? reason : `${reason}; ${more} more losses of legs`,
    told_verdict: judgeTold(open.told_us, cut, { budget_us, now, final, expected }),
    back: back?.back ?? null,
    steered,
    findings: [
      ...(found ? [PEER_STILL_USES_LEG] : []),
      ...(unmoved.found ? [NO_SWITCH] : []),
      ...(steered === null ? [] : [STEERED]),
    ],
  };
}
