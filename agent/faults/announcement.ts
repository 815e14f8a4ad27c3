/**
 * no-gratuitous-arp: a bond took another member into use and told nobody. The switches go on sending to the old one until
 * they see a packet of its, or forget it.
 */
import type { Observation, Us } from '../types.ts';
import { limits } from './limits.ts';
import {
  activeObjects,
  type Context,
  clear,
  earliest,
  type Family,
  type FaultInput,
  type Judgement,
  makeFault,
} from './set.ts';

type Bond = Extract<Observation, { probe: 'bond' }>;
type Switch = Extract<Bond, { aspect: 'switch' }>;

interface Group {
  /** Last announcement. */
  announced: Us | null;
  /** A switch that is still to be announced. */
  pending: { t: Us; due: Us; from: string | null; to: string | null } | null;
}

export type AnnouncementState = Readonly<Record<string, Group>>;
export const noAnnouncements: AnnouncementState = {};

const NONE = 'no-gratuitous-arp';
/** The helper's source that sees announcements. */
const SIGHT = 'source/bond';

export const announcementFamily: Family<AnnouncementState> = (groups, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const [settled, judgements] = settle(groups, reached, context);
  const [next, told] = observe(settled, input);
  return [next, [...judgements, ...told], wakeAt(next, reached, context)];
};

function observe(groups: AnnouncementState, input: FaultInput): [AnnouncementState, Judgement[]] {
  if (input.probe === 'bond' && input.aspect !== 'member') {
    const name = input.subject.slice('group/'.length);
    const known = groups[name] ?? { announced: null, pending: null };
    if (input.aspect === 'switch') return [{ ...groups, [name]: switched(known, input) }, []];
    const announced = Math.max(known.announced ?? 0, input.t);
    return [
      { ...groups, [name]: { announced, pending: null } },
      [clear(NONE, input.subject, input.t)],
    ];
  }
  if (input.probe === 'self' && (input.aspect === 'sight' || input.aspect === 'helper')) {
    // What comes now may be missed.
    const blind = input.aspect === 'helper' ? input.value === 'lost' : input.value === 'blind';
    const ours = input.aspect === 'helper' || input.subject === SIGHT;
    if (blind && ours) return [withoutPending(groups), []];
  }
  if (input.probe === 'census' && input.groups !== null) return census(groups, input.groups);
  if (input.probe === 'link' && input.aspect === 'legs' && input.value === 'absent') {
    const { [input.subject.slice('group/'.length)]: _gone, ...rest } = groups;
    return [rest, [clear(NONE, input.subject, input.t, 'subject-gone')]];
  }
  return [groups, []];
}

function switched(known: Group, seen: Switch): Group {
  const { t, via, value, announce_within_us } = seen;
  if (announce_within_us === null) return { ...known, pending: null };
  // Netlink's message may be read after the announcement that followed from what it tells.
  const since = via === 'netlink' ? t - limits.announcement.late_us : t;
  if (known.announced !== null && known.announced >= since) return { ...known, pending: null };
  const due = t + announce_within_us + limits.announcement.grace_us;
  return { ...known, pending: { t, due, ...value } };
}

/** Also after a start: what was announced meanwhile was not seen. */
export function withoutPending(groups: AnnouncementState): AnnouncementState {
  const all = Object.entries(groups);
  if (all.every(([, { pending }]) => pending === null)) return groups;
  return Object.fromEntries(all.map(([name, group]) => [name, { ...group, pending: null }]));
}

function census(
  groups: AnnouncementState,
  present: readonly string[],
): [AnnouncementState, Judgement[]] {
  const kept = Object.entries(groups).filter(([name]) => present.includes(name));
  return [kept.length < Object.keys(groups).length ? Object.fromEntries(kept) : groups, []];
}

/** Raises what is overdue, and clears what the switches have learned by themselves by now. */
function settle(
  groups: AnnouncementState,
  reached: Us,
  context: Context,
): [AnnouncementState, Judgement[]] {
  const judgements: Judgement[] = [];
  let next = groups;
  for (const object of activeObjects(context.active, NONE)) {
    const end = endOf(context, object);
    if (reached >= end) judgements.push(clear(NONE, object, end));
  }
  for (const [name, group] of Object.entries(groups)) {
    const { pending } = group;
    if (pending === null || reached < pending.due) continue;
    next = { ...next, [name]: { ...group, pending: null } };
    judgements.push({ is: 'active', fault: silent(name, pending, context) });
  }
  return [next, judgements];
}

const endOf = ({ active }: Context, object: string): Us =>
  active[`${NONE} ${object}`]!.t + limits.announcement.clear_after_us;

const silent = (group: string, pending: NonNullable<Group['pending']>, { scene }: Context) =>
  makeFault({
    type: NONE,
    object: `group/${group}`,
    t: pending.due,
    details: [
      `from ${pending.from ?? 'none'} to ${pending.to ?? 'none'}, and no announcement for ${(pending.due - pending.t) / 1000} ms`,
    ],
    group,
    leg: pending.to,
    failover: scene.failovers[group]?.id ?? null,
  });

function wakeAt(groups: AnnouncementState, reached: Us, context: Context): Us | null {
  const times = [
    ...Object.values(groups).map(({ pending }) => pending?.due ?? null),
    ...activeObjects(context.active, NONE).map(object => endOf(context, object)),
  ];
  return earliest(...times.map(t => (t !== null && t > reached ? t : null)));
}
