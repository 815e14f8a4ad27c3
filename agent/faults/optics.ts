/**
 * optics-degraded: a monitor of the pluggable module has passed the module's own limits. What light comes and goes says
 * something of the optics only while the link has carrier.
 */
import type { Observation, OpticsReading, Us } from '../types.ts';
import { damp, dropLevel, dropMissing, type Levels, noLevels, setLevel } from './damped.ts';
import { limits } from './limits.ts';
import {
  type Context,
  type Family,
  type FaultInput,
  groupOfLeg,
  type Judgement,
  makeFault,
} from './set.ts';

type Optics = Extract<Observation, { probe: 'nic'; aspect: 'optics' }>;

interface Module {
  carrier: 'up' | 'down' | 'unknown';
  /** As last read. */
  readings: readonly OpticsReading[] | null;
  /** What is out of its limits, by monitor and lane, with the value that it had when it passed them. */
  out: Readonly<Record<string, OpticsReading>>;
}

export interface OpticsState {
  modules: Readonly<Record<string, Module>>;
  levels: Levels;
}
export const noOptics: OpticsState = { modules: {}, levels: noLevels };

const DEGRADED = 'optics-degraded';

export const opticsFamily: Family<OpticsState> = (state, input, now, context) => {
  let { modules } = state;
  const [levels, judgements, wakeAt] = damp(
    DEGRADED,
    state.levels,
    input,
    now,
    context,
    (known, then) => {
      if (input.probe === 'census' && input.legs !== null) {
        const { legs } = input;
        modules = Object.fromEntries(Object.entries(modules).filter(([leg]) => legs.includes(leg)));
        return dropMissing(known, DEGRADED, legs, input.t, then);
      }
      const [next, after, told] = observe(modules, known, input, then);
      modules = next;
      return [after, told];
    },
  );
  return [{ modules, levels }, judgements, wakeAt];
};

function observe(
  modules: OpticsState['modules'],
  levels: Levels,
  input: FaultInput,
  context: Context,
): [OpticsState['modules'], Levels, Judgement[]] {
  const link = input.probe === 'link' && input.aspect === 'carrier' ? input : null;
  const optics = input.probe === 'nic' && input.aspect === 'optics' ? input : null;
  const seen = link ?? optics;
  if (seen === null) return [modules, levels, []];
  const { subject, t } = seen;
  const leg = subject.slice('leg/'.length);
  const known = modules[leg] ?? { carrier: 'unknown', readings: null, out: {} };
  if (link !== null && link.value === known.carrier) return [modules, levels, []];
  if (seen.value === 'absent') {
    const { [leg]: _gone, ...rest } = modules;
    return [rest, ...dropLevel(levels, DEGRADED, subject, t)];
  }
  const module: Module =
    optics === null
      ? { ...known, carrier: seen.value as Module['carrier'] }
      : { ...known, readings: readingsOf(optics) };
  // Carrier alone says nothing of a module that nobody can read.
  if (module.readings === null) return [{ ...modules, [leg]: module }, levels, []];
  const judged = { ...module, out: outOf(module, module.readings) };
  return [{ ...modules, [leg]: judged }, tell(levels, leg, judged.out, t, context), []];
}

const readingsOf = ({ value }: Optics): OpticsReading[] | null =>
  typeof value === 'string' ? null : value.readings;

const ofLight = ({ monitor }: OpticsReading): boolean =>
  monitor !== 'temperature' && monitor !== 'supply';

const keyOf = ({ monitor, lane }: OpticsReading): string => `${monitor} ${lane}`;

function outOf({ carrier, out }: Module, readings: readonly OpticsReading[]): Module['out'] {
  const next: Record<string, OpticsReading> = {};
  // Without light what was so before is neither confirmed nor over.
  if (carrier !== 'up') {
    for (const [key, before] of Object.entries(out)) if (ofLight(before)) next[key] = before;
  }
  for (const reading of readings) {
    if (reading.level === 'ok' || (ofLight(reading) && carrier !== 'up')) continue;
    const before = out[keyOf(reading)];
    next[keyOf(reading)] = before?.level === reading.level ? before : reading;
  }
  return next;
}

function tell(levels: Levels, leg: string, out: Module['out'], t: Us, context: Context): Levels {
  const readings = Object.values(out).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const object = `leg/${leg}`;
  const bad = readings.length > 0;
  const fault = makeFault({
    type: DEGRADED,
    object,
    t,
    details: readings.map(detail),
    group: groupOfLeg(context.scene, leg),
    leg,
    severity: readings.some(one => one.level.endsWith('alarm')) ? 'MAJOR' : 'WARNING',
  });
  return setLevel(levels, fault, bad, bad ? 0 : limits.optics.clear_after_us);
}

/** `rx-power of lane 1: 0.012 mW (-19.2 dBm), low alarm at 0.032 mW (-15.0 dBm)`. */
function detail({ monitor, lane, value, level, threshold }: OpticsReading): string {
  const where = ofLight({ monitor } as OpticsReading) ? `${monitor} of lane ${lane}` : monitor;
  const at = threshold === null ? '' : ` at ${quantity(monitor, threshold)}`;
  return `${where}: ${quantity(monitor, value)}, ${level.replace('-', ' ')}${at}`;
}

function quantity(monitor: OpticsReading['monitor'], value: number): string {
  switch (monitor) {
    case 'temperature':
      return `${value.toFixed(1)} °C`;
    case 'supply':
      return `${value.toFixed(2)} V`;
    case 'tx-bias':
      return `${value.toFixed(2)} mA`;
    default:
      return `${value.toFixed(4)} mW (${value > 0 ? `${(10 * Math.log10(value)).toFixed(1)} dBm` : 'no light'})`;
  }
}
