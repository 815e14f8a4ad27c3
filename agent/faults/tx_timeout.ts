/** nic-tx-timeout: the kernel's watchdog found a transmit queue that does not move. Such a NIC has carrier, and sends nothing. */
import { faultKey, type Us } from '../types.ts';
import { pciCauses } from './causes.ts';
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

/** By object: the last bark. */
export type TimeoutState = Readonly<Record<string, Us>>;
export const noTimeouts: TimeoutState = {};

const TIMEOUT = 'nic-tx-timeout';

export const timeoutFamily: Family<TimeoutState> = (barks, input, now, context) => {
  const reached = input.probe === 'tick' ? now : input.t;
  const judgements = quiet(barks, reached, context);
  let next = barks;
  if (input.probe === 'nic' && input.aspect === 'tx-timeout') {
    const { subject: object, t, value } = input;
    next = { ...barks, [object]: t };
    const leg = object.slice('leg/'.length);
    const known = context.active[faultKey({ type: TIMEOUT, object })];
    const details = known?.details ?? [`queue ${value.queue} stands still`];
    const group = groupOfLeg(context.scene, leg);
    const causes = [faultKey({ type: 'nic-removed', object }), ...pciCauses(object, context.scene)];
    const fault = makeFault({ type: TIMEOUT, object, t, details, group, leg, causes });
    judgements.push({ is: 'active', fault });
  } else if (input.probe === 'census' && input.legs !== null) {
    const { legs } = input;
    for (const object of activeObjects(context.active, TIMEOUT)) {
      if (legs.includes(object.slice('leg/'.length))) continue;
      judgements.push(clear(TIMEOUT, object, input.t, 'subject-gone'));
    }
    const here = Object.entries(barks).filter(([object]) => legs.includes(object.slice(4)));
    next = Object.fromEntries(here);
  } else if (input.probe === 'link' && input.aspect === 'carrier' && input.value === 'absent') {
    const { [input.subject]: _gone, ...rest } = barks;
    next = rest;
    judgements.push(clear(TIMEOUT, input.subject, input.t, 'subject-gone'));
  }
  const due = activeObjects(context.active, TIMEOUT).map(object => endOf(next, object, context));
  return [next, judgements, earliest(...due.map(t => (t > reached ? t : null)))];
};

/** After a reboot the bark itself is forgotten, and the alarm's time stands for it. */
const endOf = (barks: TimeoutState, object: string, { active }: Context): Us =>
  (barks[object] ?? active[faultKey({ type: TIMEOUT, object })]!.t) +
  limits.tx_timeout.clear_after_us;

function quiet(barks: TimeoutState, reached: Us, context: Context): Judgement[] {
  return activeObjects(context.active, TIMEOUT)
    .map(object => ({ object, end: endOf(barks, object, context) }))
    .filter(({ end }) => reached >= end)
    .map(({ object, end }) => clear(TIMEOUT, object, end));
}
