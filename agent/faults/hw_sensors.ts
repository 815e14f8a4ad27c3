/** temperature-high, fan-failed, power-supply-failed, sensor-threshold: one family for each, of the sensors of its kind. */
import { bmcSensorObject } from '../topology/sensors.ts';
import type { HwEnvironmentObservation, SensorKind, Us } from '../types.ts';
import { damp, dropLevel, isBad, type Levels, noLevels, setLevel } from './damped.ts';
import { hardwareLimits } from './hw_limits.ts';
import { type Flags, judgeReading } from './hw_sensor_level.ts';
import {
  activeObjects,
  type Context,
  type Family,
  type FaultInput,
  type Judgement,
  makeFault,
} from './set.ts';

type Sensor = Extract<HwEnvironmentObservation, { aspect: 'sensor' }>;
type Supply = Extract<HwEnvironmentObservation, { aspect: 'supply' }>;

export interface SensorState {
  levels: Levels;
  /** By object, of sensors that have any: flags that were up when it was first seen, and have not been down since. */
  flags: Readonly<Record<string, Flags>>;
  /** Supplies that were in use since boot. */
  used: readonly string[];
  /** Those of the alarms that were told of in this run. */
  heard: Readonly<Record<string, true>>;
}
export const noSensors: SensorState = { levels: noLevels, flags: {}, used: [], heard: {} };

const TEMPERATURE = 'temperature-high';
const FAN = 'fan-failed';
const SUPPLY = 'power-supply-failed';
const THRESHOLD = 'sensor-threshold';

/** Objects of hw_trips.ts. */
const TRIPS = 'sensor/thermal/';

type Type = typeof TEMPERATURE | typeof FAN | typeof SUPPLY | typeof THRESHOLD;

const typeOf = (kind: SensorKind): Type =>
  kind === 'temperature'
    ? TEMPERATURE
    : kind === 'fan'
      ? FAN
      : kind === 'supply'
        ? SUPPLY
        : THRESHOLD;

const family =
  (type: Type): Family<SensorState> =>
  (state, input, now, context) => {
    let next = state;
    const [levels, judgements, wakeAt] = damp(
      type,
      state.levels,
      input,
      now,
      context,
      (before, then) => {
        const [after, told] = step(type, { ...state, levels: before }, input, then);
        next = after;
        return [after.levels, told];
      },
    );
    return [{ ...next, levels }, judgements, wakeAt];
  };

export const temperatureFamily = family(TEMPERATURE);
export const fanFamily = family(FAN);
export const supplyFamily = family(SUPPLY);
export const thresholdFamily = family(THRESHOLD);

/** Is it of this family's sensors? */
export const hearsSensor = (
  type: 'temperature' | 'fan' | 'supply' | 'other',
  input: FaultInput,
): boolean => {
  if (input.probe === 'census') return true;
  if (input.probe !== 'hw_environment') return false;
  if (input.aspect === 'sensor') return typeOf(input.measures) === typeOf(type);
  if (input.aspect === 'sensors') return input.value === 'absent';
  return input.aspect === 'supply' && type === 'supply';
};

function step(
  type: Type,
  state: SensorState,
  input: FaultInput,
  context: Context,
): [SensorState, Judgement[]] {
  if (input.probe === 'census') return census(type, state, input, context);
  if (input.probe !== 'hw_environment') return [state, []];
  if (input.aspect === 'sensors' && input.value === 'absent') {
    return without(type, state, input.t, context);
  }
  if (input.aspect !== 'sensor' && input.aspect !== 'supply') return [state, []];
  const { subject: object, t } = input;
  if (input.value === 'unknown') return [state, []];
  if (input.value === 'absent') {
    const [levels, told] = dropLevel(state.levels, type, object, t);
    const { [object]: _gone, ...flags } = state.flags;
    return [{ ...state, levels, flags, used: state.used.filter(one => one !== object) }, told];
  }
  const heard = { ...state, heard: { ...state.heard, [object]: true } as const };
  const next =
    input.aspect === 'sensor' ? sensor(type, heard, input, context) : supply(heard, input, context);
  return [{ ...next, heard: alarmed(next, object) }, []];
}

/** All of the management controller, also those that its last list did not name. */
function without(
  type: Type,
  state: SensorState,
  t: Us,
  context: Context,
): [SensorState, Judgement[]] {
  const judgements: Judgement[] = [];
  let { levels } = state;
  for (const object of activeObjects(context.active, type)) {
    if (!object.startsWith(bmcSensorObject(''))) continue;
    const [rest, told] = dropLevel(levels, type, object, t);
    levels = rest;
    judgements.push(...told);
  }
  return [{ ...state, levels }, judgements];
}

/** Bounded as the levels are. */
const alarmed = ({ heard, levels }: SensorState, object: string): SensorState['heard'] => {
  if (levels[object]?.bad) return heard;
  const { [object]: _well, ...rest } = heard;
  return rest;
};

function sensor(type: Type, state: SensorState, seen: Sensor, context: Context): SensorState {
  const { subject: object, measures, value, t, fru } = seen;
  if (typeof value === 'string') return state;
  const flags = flagsOf(state, object, value);
  const was = isBad(state.levels, object) || isActive(context, type, object);
  const judged = judgeReading(measures, value, flags[object] ?? NONE, was);
  if (judged === null) return { ...state, flags };
  return { ...state, flags, levels: set(state.levels, type, object, t, judged, fru) };
}

const NONE: Flags = { alarm: false, fault: false };

function flagsOf(
  { flags, levels }: SensorState,
  object: string,
  { alarm, fault, level }: { alarm: boolean | null; fault: boolean | null; level: unknown },
): SensorState['flags'] {
  if (level !== null || (alarm === null && fault === null)) return flags;
  const known = flags[object];
  const up = (now: boolean | null, before: boolean | undefined) =>
    now === true && (before ?? levels[object] === undefined);
  const next = { alarm: up(alarm, known?.alarm), fault: up(fault, known?.fault) };
  if (known?.alarm === next.alarm && known.fault === next.fault) return flags;
  return { ...flags, [object]: next };
}

const isActive = ({ active }: Context, type: Type, object: string): boolean =>
  active[`${type} ${object}`] !== undefined;

/** What was said when it passed its limit stands, unless it is worse or better by a limit now. */
function set(
  levels: Levels,
  type: Type,
  object: string,
  t: Us,
  {
    bad,
    delay_us,
    severity,
    what,
  }: {
    bad: boolean;
    delay_us: Us;
    severity: ReturnType<typeof makeFault>['severity'];
    what: string;
  },
  fru: string | null,
): Levels {
  const known = levels[object];
  const same = known?.bad && bad && known.fault.severity === severity;
  const details = [what, ...(fru === null ? [] : [fru])].filter(one => one !== '');
  const fault = makeFault({
    type,
    object,
    t,
    severity: bad ? severity : (known?.fault.severity ?? null),
    details: same || !bad ? (known?.fault.details ?? details) : details,
  });
  return setLevel(levels, fault, bad, delay_us);
}

const BATTERY_ILL = /dead|over|unspecified|cold|hot|failure|warm/i;

/** Mains that were never in use are a socket without a cable. */
function supply(state: SensorState, seen: Supply, context: Context): SensorState {
  const { subject: object, value, t, fru } = seen;
  if (typeof value === 'string') return state;
  const { kind, online, health } = value;
  const used = online === true ? [...new Set([...state.used, object])].slice(-64) : state.used;
  const off =
    kind === 'Mains' &&
    online === false &&
    (used.includes(object) || isActive(context, SUPPLY, object));
  const ill = health !== null && BATTERY_ILL.test(health);
  const what = off ? 'it gives no power' : ill ? `its health: ${health}` : '';
  const delay_us = off || ill ? 0 : hardwareLimits.sensor.clear_after_us;
  const levels = set(
    state.levels,
    SUPPLY,
    object,
    t,
    { bad: off || ill, delay_us, severity: null, what },
    fru,
  );
  return { ...state, used, levels };
}

/** What is alarmed, and nobody has told of since the agent's start, is not there any more. */
function census(
  type: Type,
  state: SensorState,
  { t, hardware }: Extract<FaultInput, { probe: 'census' }>,
  context: Context,
): [SensorState, Judgement[]] {
  if (hardware?.hwmon == null || hardware.reading == null || hardware.power_supply == null) {
    return [state, []];
  }
  const judgements: Judgement[] = [];
  let { levels } = state;
  for (const object of activeObjects(context.active, type)) {
    if (state.heard[object] || object.startsWith(TRIPS)) continue;
    const [rest, told] = dropLevel(levels, type, object, t);
    levels = rest;
    judgements.push(...told);
  }
  return [{ ...state, levels }, judgements];
}
