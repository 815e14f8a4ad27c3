/** Observations of links, legs and leg probes, taken in as facts about legs. */
import type { Observation, Us } from '../types.ts';
import type { Condition, ConditionKey, LegFacts, Loss } from './facts.ts';

export const noLeg: LegFacts = { conditions: {}, losses: [] };

/** Losses kept per leg: more than a record lists. */
const LOSSES_MAX = 128;
/** The kernel's own account is a dump that follows a link event, which may be late by linkwatch's second. */
export const DUMP_LATE_US = 1_000_000;

type LinkObservation = Extract<Observation, { probe: 'link'; ups: number }>;
type AnswerObservation = Extract<Observation, { probe: 'leg_probe' }>;

interface Reading {
  key: ConditionKey;
  good: boolean;
  t: Us;
  ups: number;
  downs: number;
  /** The loss, if this is one. */
  loss: Loss;
  /** The end of a loss, if this is one. */
  healed_us: Us;
}

/** The leg with what was observed. `lost`: a new loss is among it. */
export interface Taken {
  facts: LegFacts;
  lost: Loss[];
}

export function takeLink(facts: LegFacts, seen: LinkObservation): Taken {
  const { aspect: key, value, t, ups, downs, uncertainty_us } = seen;
  if (value === 'unknown' || value === 'absent') return takeUnknown(facts, key, t);
  const leg = seen.subject.slice('leg/'.length);
  const source = seen.via === 'rtnl' ? 'netlink' : 'carrier';
  const loss: Loss = {
    leg,
    key,
    group: null,
    source,
    t,
    lo: t - uncertainty_us,
    hi: t,
    seen_us: t,
    healed_us: null,
  };
  return take(facts, { key, good: value === 'up', t, ups, downs, loss, healed_us: t });
}

export function takeAnswer(facts: LegFacts, seen: AnswerObservation): Taken {
  const { value, t, since_us, uncertainty_us } = seen;
  if (value === 'unknown' || value === 'absent') return takeUnknown(facts, 'answering', t);
  const loss: Loss = {
    leg: seen.subject.slice('leg/'.length),
    key: 'answering',
    group: null,
    source: 'last_progress',
    t: since_us,
    // The echo before was answered; this one was lost on its way out or back.
    lo: since_us - uncertainty_us,
    hi: since_us + uncertainty_us,
    seen_us: t,
    healed_us: null,
  };
  const good = value === 'yes';
  const reading = {
    key: 'answering',
    good,
    t,
    ups: 0,
    downs: 0,
    loss,
    healed_us: since_us,
  } as const;
  return take(facts, reading);
}

/** What a group's own kernel device says of a leg. */
export interface GroupReading {
  key: `kernel ${string}` | `member ${string}`;
  group: string;
  leg: string;
  /** Null: nobody can say. */
  good: boolean | null;
  t: Us;
  /** It may tell of a loss that much later. */
  late_us: Us;
}

export function takeGroups(facts: LegFacts, reading: GroupReading): Taken {
  const { key, group, leg, good, t, late_us } = reading;
  if (good === null) return takeUnknown(facts, key, t);
  const loss: Loss = {
    leg,
    key,
    group,
    source: 'netlink',
    t,
    lo: t - late_us,
    hi: t,
    seen_us: t,
    healed_us: null,
  };
  return take(facts, { key, good, t, ups: 0, downs: 0, loss, healed_us: t });
}

/**
 * Is it lost by any account, as last known? `linkOnly`: without that of its probe, whose echoes a bond drops on a
 * member that it does not use.
 */
export function isLost(facts: LegFacts, group: string, linkOnly = false): boolean {
  return facts.losses.some(
    loss =>
      loss.healed_us === null &&
      (loss.group === null || loss.group === group) &&
      !(linkOnly && loss.key === 'answering'),
  );
}

function takeUnknown(facts: LegFacts, key: ConditionKey, t: Us): Taken {
  const known = facts.conditions[key];
  if (known === undefined || known.unknown_since !== null) return { facts, lost: [] };
  return { facts: withCondition(facts, key, { ...known, unknown_since: t }), lost: [] };
}

function take(facts: LegFacts, reading: Reading): Taken {
  const { key, good, t, ups, downs } = reading;
  const before = facts.conditions[key];
  const moved = before !== undefined && good !== before.good;
  const flapped = before !== undefined && !moved && missedFlap(key, before, reading);
  const since = before === undefined || moved || flapped ? t : before.since;
  const last = Math.max(t, before?.t ?? t);
  const next = withCondition(facts, key, { good, since, t: last, unknown_since: null, ups, downs });
  // What is so at the first sight is no event.
  if (before === undefined) return { facts: next, lost: [] };
  if (!moved && !flapped) return { facts: refine(next, before, reading), lost: [] };
  let { losses } = next;
  const lost: Loss[] = [];
  if (good ? moved : flapped) losses = heal(losses, key, reading.healed_us);
  if (!good || flapped) {
    const loss = sinceSight(before, reading.loss);
    lost.push(flapped && good ? { ...loss, healed_us: t } : loss);
  }
  return { facts: { ...next, losses: [...losses, ...lost].slice(-LOSSES_MAX) }, lost };
}

/** Two sources tell of the same change (the counts are equal), and the one that is heard later saw it first. */
function refine(facts: LegFacts, before: Condition, reading: Reading): LegFacts {
  const { key, good, t, ups, downs, loss } = reading;
  if (ups !== before.ups || downs !== before.downs || t >= before.since) return facts;
  const losses = facts.losses.map((one): Loss => {
    if (one.key !== key) return one;
    if (good)
      return one.healed_us === before.since ? { ...one, healed_us: Math.max(t, one.t) } : one;
    if (one.healed_us !== null || one.t !== before.since) return one;
    return { ...loss, seen_us: Math.min(one.seen_us, loss.seen_us) };
  });
  return { ...withCondition(facts, key, { ...facts.conditions[key]!, since: t }), losses };
}

/**
 * Lost and back, or back and lost, between two readings: then both counts rose. (Only the down count rises when the bit
 * was read before its count.) Lower counts are those of another device.
 */
function missedFlap(key: ConditionKey, before: Condition, { ups, downs }: Reading): boolean {
  return key === 'carrier' && ups > before.ups && downs > before.downs;
}

/** If nobody could see for a while, it may have happened at any time in it. */
function sinceSight(before: Condition, loss: Loss): Loss {
  return before.unknown_since === null ? loss : { ...loss, lo: Math.min(loss.lo, before.t) };
}

function heal(losses: readonly Loss[], key: ConditionKey, t: Us): readonly Loss[] {
  return losses.map(loss =>
    loss.key === key && loss.healed_us === null
      ? { ...loss, healed_us: Math.max(t, loss.t) }
      : loss,
  );
}

const withCondition = (facts: LegFacts, key: ConditionKey, condition: Condition): LegFacts => ({
  ...facts,
  conditions: { ...facts.conditions, [key]: condition },
});
