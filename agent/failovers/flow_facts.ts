/** Observations of storage flows, taken in as facts about them. */
import type { Observation, Us } from '../types.ts';
import { type FlowFacts, insertAt, insertBefore, type Overdue, type Pause } from './facts.ts';

type Progress = Extract<Observation, { aspect: 'progress' }>;
type Passage = Extract<Observation, { aspect: 'passage' }>;

/** Older than any open record needs. */
const KEEP_US = 90_000_000;
const PAUSES_MAX = 256;
const ACCOUNTS_MAX = 16;
const OVERDUE_MAX = 16;

export const newFlow = (id: string): FlowFacts => ({
  id,
  group: null,
  srtt_us: 0,
  out: [],
  in: [],
  pauses: [],
  overdue: [],
  accounts: [],
  unknown_since: null,
  closed_us: null,
});

/** `stalled`: it stands still since a time that was not known before. */
export interface TakenFlow {
  facts: FlowFacts;
  stalled: Pause | null;
}

export function takeProgress(before: FlowFacts, seen: Progress): TakenFlow {
  const { value, t } = seen;
  if (value === 'unknown') {
    return { facts: { ...before, unknown_since: before.unknown_since ?? t }, stalled: null };
  }
  if (value === 'absent')
    return { facts: { ...before, closed_us: before.closed_us ?? t }, stalled: null };
  const facts: FlowFacts = {
    ...before,
    group: seen.group ?? before.group,
    srtt_us: seen.srtt_us,
    out: insertAt(before.out, t, seen.leg_out),
    in: insertAt(before.in, t, seen.leg_in),
    overdue: value === 'slow' ? addOverdue(before.overdue, seen) : before.overdue,
    unknown_since: null,
    closed_us: null,
  };
  const open = before.pauses.find(isOpen);
  if (value !== 'stalled') return { facts: resume(facts, before, seen), stalled: null };
  if (open?.from === seen.since_us) return { facts, stalled: null };
  const stall: Pause = {
    kind: 'stall',
    from: seen.since_us,
    to: null,
    to_lo: t,
    seen_us: t,
    truncated: false,
  };
  // A stall that ended and began again while nobody could see.
  const ended = endStall(facts, before, seen.since_us);
  return { facts: addPause(ended, stall), stalled: stall };
}

function addOverdue(before: readonly Overdue[], { since_us: asked, t: seen_us }: Progress) {
  if (before.some(one => one.asked === asked)) return before;
  return [...before, { asked, seen_us }].slice(-OVERDUE_MAX);
}

/** Moving is since the progress that ended the stall; slow is an acknowledgement of now. */
function resume(facts: FlowFacts, before: FlowFacts, seen: Progress): FlowFacts {
  return endStall(facts, before, seen.value === 'moving' ? seen.since_us : seen.t);
}

function endStall(facts: FlowFacts, before: FlowFacts, at: Us): FlowFacts {
  const pauses = facts.pauses.map(pause => {
    if (!isOpen(pause)) return pause;
    const to = Math.max(at, pause.from);
    const to_lo = before.unknown_since === null ? to : Math.min(to, before.unknown_since);
    return { ...pause, to, to_lo };
  });
  return { ...facts, pauses };
}

export const isOpen = (pause: Pause): boolean => pause.kind === 'stall' && pause.to === null;

export function takePassage(before: FlowFacts, seen: Passage): FlowFacts {
  const { value, t } = seen;
  const facts = { ...before, group: seen.group ?? before.group };
  switch (value.kind) {
    case 'legs':
    case 'switched': {
      const side = value.direction;
      const history = insertBefore(facts[side], t, value.from);
      return { ...facts, [side]: insertAt(history, t, value.to) };
    }
    case 'progressed': {
      const { after: kind, since_us: from } = value;
      return addPause(facts, { kind, from, to: t, to_lo: t, seen_us: t, truncated: false });
    }
    case 'traced':
      return takeAccount(facts, t, value);
  }
}

function takeAccount(
  facts: FlowFacts,
  t: Us,
  value: Extract<Passage['value'], { kind: 'traced' }>,
): FlowFacts {
  const { pause_from_us: from, pause_to_us: to, pause_open: truncated } = value;
  const { progress_count, spacing_us } = value;
  const account = { t, pause_us: to - from, progress_count, spacing_us };
  const accounts = [...facts.accounts.filter(one => one.t !== t), account].slice(-ACCOUNTS_MAX);
  const next = { ...facts, accounts };
  if (to <= from) return next;
  return addPause(next, { kind: 'traced', from, to, to_lo: to, seen_us: t, truncated });
}

function addPause(facts: FlowFacts, pause: Pause): FlowFacts {
  const same = (one: Pause) =>
    one.kind === pause.kind && one.from === pause.from && one.to === pause.to;
  if (facts.pauses.some(same)) return facts;
  const recent = facts.pauses.filter(one => one.to === null || one.to > pause.seen_us - KEEP_US);
  return { ...facts, pauses: [...recent, pause].slice(-PAUSES_MAX) };
}
