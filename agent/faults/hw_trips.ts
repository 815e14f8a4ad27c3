/** temperature-high of a thermal zone: it has reached a trip point that is no part of keeping it cool. */
import type { Us } from '../types.ts';
import { type Events, keepAlarmed, quietEnds, quietWake } from './events.ts';
import { hardwareLimits } from './hw_limits.ts';
import { activeOf, type Context, type Family, type Judgement, makeFault } from './set.ts';

const TEMPERATURE = 'temperature-high';
const { trip_quiet_us } = hardwareLimits.sensor;

export const tripFamily: Family<Events> = (events, input, now, context) => {
  const reached: Us = input.probe === 'tick' ? now : input.t;
  const own = ownZones(context);
  const judgements: Judgement[] = quietEnds(TEMPERATURE, events, trip_quiet_us, reached, own);
  let next = keepAlarmed(TEMPERATURE, events, own);
  if (input.probe === 'hw_environment' && input.aspect === 'trip') {
    const { subject: object, value, t } = input;
    const severity = value.kind === 'critical' ? 'CRITICAL' : 'MAJOR';
    const details = [`it has reached its trip point "${value.kind}"`];
    const fault = makeFault({ type: TEMPERATURE, object, t, severity, details });
    judgements.push({ is: 'active', fault });
    next = { ...next, [object]: t };
  }
  return [next, judgements, quietWake(TEMPERATURE, next, trip_quiet_us, reached, own)];
};

/** Sensors have faults of the same type. */
const ownZones = ({ active, scene }: Context): Context => ({
  scene,
  active: activeOf(active, TEMPERATURE, object => object.startsWith('sensor/thermal/')),
});
