/**
 * Faults that only events tell of: nothing says when they are over, so they end when there was none for some time. Only the
 * last event of each object is kept.
 */
import { faultKey, type Us } from '../types.ts';
import { activeObjects, type Context, clear, earliest, type Judgement } from './set.ts';

/** By object: when the last was. */
export type Events = Readonly<Record<string, Us>>;
export const noEvents: Events = {};

/** After a reboot the event itself is forgotten, and the alarm's time stands for it. */
const endOf = (
  events: Events,
  type: string,
  object: string,
  { active }: Context,
  quiet_us: Us,
): Us => (events[object] ?? active[faultKey({ type, object })]!.t) + quiet_us;

/** What has ended by now. */
export function quietEnds(
  type: string,
  events: Events,
  quiet_us: Us,
  reached: Us,
  context: Context,
): Judgement[] {
  return activeObjects(context.active, type)
    .map(object => ({ object, end: endOf(events, type, object, context, quiet_us) }))
    .filter(({ end }) => reached >= end)
    .map(({ object, end }) => clear(type, object, end));
}

/** When the next one ends. */
export function quietWake(
  type: string,
  events: Events,
  quiet_us: Us,
  reached: Us,
  context: Context,
): Us | null {
  const ends = activeObjects(context.active, type).map(object =>
    endOf(events, type, object, context, quiet_us),
  );
  return earliest(...ends.map(end => (end > reached ? end : null)));
}

/** Of those that are alarmed. */
export function keepAlarmed(type: string, events: Events, { active }: Context): Events {
  const all = Object.entries(events);
  const some = all.filter(([object]) => active[faultKey({ type, object })] !== undefined);
  return some.length === all.length ? events : Object.fromEntries(some);
}
