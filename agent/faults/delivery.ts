/**
 * delivery-failing and delivery-slow: a receiver takes no notices, or takes them late. escalation-failed: it took one, and
 * what it then did about it failed. The outbox and the adapters have waited for as long as it takes to be sure.
 */
import { faultKey, type Observation } from '../types.ts';
import { type Context, clear, type Family, type Judgement, makeFault } from './set.ts';

type Delivery = Extract<Observation, { aspect: 'delivery' }>;
type Escalation = Extract<Observation, { aspect: 'escalation' }>;

/** Nothing but the active faults. */
export type DeliveryState = null;

const FAILING = 'delivery-failing';
const SLOW = 'delivery-slow';
const FAILED = 'escalation-failed';

export const deliveryFamily: Family<DeliveryState> = (state, input, _now, context) => {
  if (input.probe !== 'self') return [state, [], null];
  if (input.aspect === 'delivery') return [state, delivery(input, context), null];
  if (input.aspect === 'escalation') return [state, escalation(input), null];
  return [state, [], null];
};

function delivery(seen: Delivery, context: Context): Judgement[] {
  const { value } = seen;
  if (value === 'absent') return gone(seen, FAILING, SLOW);
  const judgements: Judgement[] = [];
  if (value !== 'failing') judgements.push(clear(FAILING, seen.subject, seen.t));
  if (value !== 'slow') {
    const cause = value === 'failing' ? 'superseded' : 'condition-ended';
    judgements.push(clear(SLOW, seen.subject, seen.t, cause));
  }
  if (value === 'failing') judgements.push(active(FAILING, seen, reasonOf(FAILING, seen, context)));
  if (value === 'slow') judgements.push(active(SLOW, seen, reasonOf(SLOW, seen, context)));
  return judgements;
}

function escalation(seen: Escalation): Judgement[] {
  if (seen.value === 'absent') return gone(seen, FAILED);
  return [
    seen.value === 'failed'
      ? active(FAILED, seen, [seen.reason])
      : clear(FAILED, seen.subject, seen.t),
  ];
}

const gone = ({ subject, t }: Delivery | Escalation, ...types: string[]): Judgement[] =>
  types.map(type => clear(type, subject, t, 'subject-gone'));

/** The first reason stands: each further error has its own words and is no news. */
const reasonOf = (type: string, { subject, reason }: Delivery, { active }: Context): string[] =>
  active[faultKey({ type, object: subject })]?.details ?? [reason];

function active(type: string, { subject: object, t }: Delivery | Escalation, details: string[]) {
  return { is: 'active', fault: makeFault({ type, object, t, details }) } as const;
}
