/**
 * link-down and link-flapping, one belief per link.
 *
 * The kernel's carrier counts find what was not seen: a count that rose by more than the change at hand tells of losses
 * that came and went unseen, and they are told as such. Flapping takes link-down's place while it lasts.
 */
import { type Fault, faultKey, type Observation, type Us } from '../types.ts';
import { nicCauses } from './causes.ts';
import { limits } from './limits.ts';
import {
  activeObjects,
  type Context,
  clear,
  earliest,
  type Family,
  groupOfLeg,
  type Judgement,
  makeFault,
} from './set.ts';

type LinkObservation = Extract<Observation, { probe: 'link'; ups: number }>;

interface Link {
  carrier: 'up' | 'down' | 'unknown';
  admin: 'up' | 'down' | 'unknown';
  /** What the two say together; null: nobody could say yet. */
  down: boolean | null;
  ups: number;
  downs: number;
  /** Last observation. */
  t: Us;
  down_since: Us | null;
  via: string;
  /** Counts may have begun anew (the agent started, or nobody could see). */
  rebase: boolean;
  /** Latest losses, no more than flapping needs. */
  losses: Us[];
  /** Last movement while it flaps; null: it does not. */
  flapping_moved: Us | null;
}

export type LinkState = Readonly<Record<string, Link>>;
export const noLinks: LinkState = {};

const DOWN = 'link-down';
const FLAPPING = 'link-flapping';
const object = (leg: string) => `leg/${leg}`;

/** After a start: the beliefs stay, but a device may have been made anew meanwhile, and its counts with it. */
export const restoreLinks = (links: LinkState): LinkState =>
  Object.fromEntries(Object.entries(links).map(([leg, link]) => [leg, { ...link, rebase: true }]));

export const linkFamily: Family<LinkState> = (links, input, now, context) => {
  const judgements: Judgement[] = [];
  let next = links;
  if (input.probe === 'link' && input.aspect !== 'legs') {
    next = observe(links, input, judgements, context);
  } else if (input.probe === 'link') {
    // Membership makes an empty port matter, or matter no longer.
    for (const [leg, link] of Object.entries(links)) judge(leg, link, input.t, judgements, context);
  } else if (input.probe === 'census' && input.legs !== null) {
    for (const leg of missingFrom(input.legs, links, context)) {
      next = forget(next, leg, input.t, judgements);
    }
  } else if (input.probe === 'tick') {
    next = settle(links, now, judgements, context);
  }
  return [next, judgements, wakeAt(next)];
};

function missingFrom(present: string[], links: LinkState, context: Context): string[] {
  const alarmed = activeObjects(context.active, DOWN, FLAPPING).map(o => o.slice('leg/'.length));
  return [...new Set([...Object.keys(links), ...alarmed])].filter(leg => !present.includes(leg));
}

function forget(links: LinkState, leg: string, t: Us, judgements: Judgement[]): LinkState {
  judgements.push(clear(DOWN, object(leg), t, 'subject-gone'));
  judgements.push(clear(FLAPPING, object(leg), t, 'subject-gone'));
  const { [leg]: _gone, ...rest } = links;
  return rest;
}

function observe(
  links: LinkState,
  seen: LinkObservation,
  judgements: Judgement[],
  context: Context,
): LinkState {
  const leg = seen.subject.slice('leg/'.length);
  if (seen.value === 'absent') return forget(links, leg, seen.t, judgements);
  const known = links[leg];
  if (seen.value === 'unknown') {
    if (known === undefined) return links;
    return { ...links, [leg]: { ...known, [seen.aspect]: 'unknown', rebase: true } };
  }
  const older = known !== undefined && (seen.ups < known.ups || seen.downs < known.downs);
  if (older && !known.rebase) return links;

  const before = known ?? firstSight(seen);
  const link = endFlapping(leg, before, seen.t, judgements, context);
  const [moved, missed] = advance(link, seen, older);
  const after = countLosses(moved, link, missed, seen.t);
  tell(leg, link, after, missed, judgements, context);
  return { ...links, [leg]: after };
}

const firstSight = (seen: LinkObservation): Link => ({
  carrier: 'unknown',
  admin: 'unknown',
  down: null,
  ups: seen.ups,
  downs: seen.downs,
  t: seen.t,
  down_since: null,
  via: seen.via,
  rebase: false,
  losses: [],
  flapping_moved: null,
});

/** The link with this reading taken in, and how many losses came and went unseen before it. */
function advance(link: Link, seen: LinkObservation, older: boolean): [Link, number] {
  const levels = { carrier: link.carrier, admin: link.admin, [seen.aspect]: seen.value };
  const down = isDown(levels.carrier, levels.admin, link.down);
  const lost = link.down === false && down === true ? 1 : 0;
  const gained = link.down === true && down === false ? 1 : 0;
  // An unseen loss and return raises both counts. One count alone can lag behind the bit that was read with it.
  const unseen = Math.min(seen.downs - link.downs - lost, seen.ups - link.ups - gained);
  const moved: Link = {
    ...link,
    ...levels,
    down,
    ups: seen.ups,
    downs: seen.downs,
    t: Math.max(link.t, seen.t),
    rebase: false,
    via: seen.via,
    down_since: !down ? null : link.down === true ? link.down_since : seen.t,
  };
  return [moved, older || link.down === null ? 0 : Math.max(0, unseen)];
}

/** Down when either says so; up needs the carrier's own word; otherwise as before. */
function isDown(carrier: Link['carrier'], admin: Link['admin'], before: boolean | null) {
  if (carrier === 'down' || admin === 'down') return true;
  return carrier === 'up' ? false : before;
}

function countLosses(link: Link, before: Link, missed: number, t: Us): Link {
  const lost = missed + (before.down === false && link.down === true ? 1 : 0);
  const moved = lost > 0 || (before.down !== null && before.down !== link.down);
  if (!moved) return link;
  const { flapping_losses, flapping_window_us } = limits.link;
  const losses = [...link.losses, ...Array<Us>(Math.min(lost, flapping_losses)).fill(t)]
    .filter(at => at > t - flapping_window_us)
    .slice(-flapping_losses);
  const flapping = link.flapping_moved !== null || losses.length >= flapping_losses;
  return { ...link, losses, flapping_moved: flapping ? t : null };
}

function tell(
  leg: string,
  before: Link,
  link: Link,
  missed: number,
  judgements: Judgement[],
  context: Context,
): void {
  const between: [Us, Us] | null = missed > 0 ? [before.t, link.t] : null;
  if (between !== null && link.flapping_moved === null && matters(leg, link, context)) {
    if (before.down === true) {
      judgements.push(clear(DOWN, object(leg), link.t, 'condition-ended', between));
    }
    // Down before and after: the last of the missed losses is the one that stands now.
    const passed = before.down === true && link.down === true ? missed - 1 : missed;
    if (passed > 0) {
      const losses = passed === 1 ? 'one loss' : `${passed} losses`;
      const fault = linkFault(DOWN, leg, link, context, [
        `${losses} not seen when it happened, found by the kernel's carrier counts`,
      ]);
      judgements.push({ is: 'passed', fault: { ...fault, t: link.t, between } });
    }
    if (before.down === true && link.down === true) {
      const fault = linkFault(DOWN, leg, link, context, [reason(link)]);
      judgements.push({ is: 'active', fault: { ...fault, t: link.t, between } });
    }
  }
  judge(leg, link, link.t, judgements, context);
}

/** Says what is so now. Idempotent. */
function judge(leg: string, link: Link, t: Us, judgements: Judgement[], context: Context): void {
  if (link.flapping_moved !== null) {
    judgements.push(clear(DOWN, object(leg), t, 'superseded'));
    judgements.push({
      is: 'active',
      fault: linkFault(FLAPPING, leg, { ...link, down_since: link.losses[0] ?? t }, context, [
        `${limits.link.flapping_losses} losses within ${limits.link.flapping_window_us / 1e6} s or less`,
      ]),
    });
    return;
  }
  if (link.down === null) return;
  if (!link.down) judgements.push(clear(DOWN, object(leg), t));
  else if (!matters(leg, link, context))
    judgements.push(clear(DOWN, object(leg), t, 'subject-gone'));
  else
    judgements.push({ is: 'active', fault: linkFault(DOWN, leg, link, context, [reason(link)]) });
}

/** A port that never had carrier since boot and belongs to no group is empty, not broken. */
function matters(leg: string, link: Link, context: Context): boolean {
  return link.ups > 0 || link.losses.length > 0 || groupOfLeg(context.scene, leg) !== null;
}

const reason = (link: Link): string =>
  link.admin === 'down' ? 'administratively down' : 'no carrier';

function linkFault(
  type: string,
  leg: string,
  link: Link,
  context: Context,
  details: string[],
): Fault {
  const group = groupOfLeg(context.scene, leg);
  // What was said at the raise about who saw it stays: another witness of the same is no news.
  const known = context.active[faultKey({ type, object: object(leg) })];
  const witness = known?.details.find(d => d.startsWith('seen by ')) ?? `seen by ${link.via}`;
  return makeFault({
    type,
    object: object(leg),
    t: link.down_since ?? link.t,
    details: [...details, witness],
    group,
    leg,
    failover: group === null ? null : (context.scene.failovers[group]?.id ?? null),
    // What was done by hand has no other reason.
    causes: link.admin === 'down' ? [] : nicCauses(leg, context.scene),
  });
}

/** Flapping ends by event time, so a late tick gives the same end as one in time. */
function endFlapping(
  leg: string,
  link: Link,
  upTo: Us,
  judgements: Judgement[],
  context: Context,
): Link {
  if (link.flapping_moved === null) return link;
  const end = link.flapping_moved + limits.link.flapping_quiet_us;
  if (upTo < end) return link;
  const quiet: Link = { ...link, flapping_moved: null, losses: [] };
  judgements.push(clear(FLAPPING, object(leg), end));
  judge(leg, quiet, end, judgements, context);
  return quiet;
}

function settle(links: LinkState, now: Us, judgements: Judgement[], context: Context): LinkState {
  let next = links;
  for (const [leg, link] of Object.entries(links)) {
    const settled = endFlapping(leg, link, now, judgements, context);
    if (settled !== link) next = { ...next, [leg]: settled };
  }
  return next;
}

const wakeAt = (links: LinkState): Us | null =>
  earliest(
    ...Object.values(links).map(l =>
      l.flapping_moved === null ? null : l.flapping_moved + limits.link.flapping_quiet_us,
    ),
  );
