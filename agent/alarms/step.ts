/**
 * The life cycle of alarms: faults as an operator knows them.
 *
 * Promises: an id is new with each raise and never used again, by any run of the agent on this host; its revisions count
 * from 1 without a gap; it is cleared exactly once.
 */
import {
  type Alarm,
  type AlarmChange,
  type AlarmChangeKind,
  type Fault,
  type FaultChange,
  faultKey,
  type Stamp,
  type Tick,
  type Us,
} from '../types.ts';
import { entryOf } from './catalogue.ts';

/** From the first to the last word of a drill, what is raised on these objects is its doing. */
export type DrillInput =
  | { drill: string; phase: 'begin'; group: string; legs: string[] }
  | { drill: string; phase: 'end' };

export type AlarmInput = FaultChange | DrillInput | Tick;

interface Entry {
  alarm: Alarm;
  revision: number;
  /** Keys of faults that explain it. */
  causes: string[];
}

/** Plain JSON: it is stored with the notices, and comes back with the next start. */
export interface AlarmState {
  /** Alarms raised since the store was made. */
  raised: number;
  /** By fault key. */
  active: Readonly<Record<string, Entry>>;
  drills: Readonly<Record<string, { group: string; legs: string[] }>>;
}

export const initialAlarms: AlarmState = { raised: 0, active: {}, drills: {} };

/** After a start there is no drill: whoever ran one has lost its connection. */
export const restoreAlarms = (saved: AlarmState): AlarmState => ({ ...saved, drills: {} });

/**
 * @param now µs CLOCK_MONOTONIC: when the alarm is raised, changed or cleared; eventTime is the fault's own.
 * @param stampOf turns a time of this boot into one that outlives it
 */
export function alarmStep(
  state: AlarmState,
  input: AlarmInput,
  now: Us,
  stampOf: (t: Us) => Stamp,
): [state: AlarmState, changes: AlarmChange[], wakeAt: null] {
  if ('probe' in input) return [state, [], null];
  if ('phase' in input) return [{ ...state, drills: setDrill(state.drills, input) }, [], null];
  const [next, changes] = take(state, input, now, stampOf);
  return [next, changes, null];
}

function setDrill(drills: AlarmState['drills'], input: DrillInput): AlarmState['drills'] {
  if (input.phase === 'begin') {
    return { ...drills, [input.drill]: { group: input.group, legs: input.legs } };
  }
  const { [input.drill]: _ended, ...rest } = drills;
  return rest;
}

function take(
  state: AlarmState,
  change: FaultChange,
  now: Us,
  stampOf: (t: Us) => Stamp,
): [AlarmState, AlarmChange[]] {
  const key = faultKey(change.fault);
  const known = state.active[key];
  switch (change.kind) {
    case 'active': {
      // Faults promise not to raise what is raised; if one does, the operator has one alarm all the same.
      if (known !== undefined) return update(state, key, known, change.fault, now, stampOf);
      return raise(state, key, change.fault, now, stampOf);
    }
    case 'changed':
      return known === undefined
        ? [state, []]
        : update(state, key, known, change.fault, now, stampOf);
    case 'cleared': {
      if (known === undefined) return [state, []];
      const { [key]: _cleared, ...active } = state.active;
      const alarm: Alarm = {
        ...known.alarm,
        perceivedSeverity: 'CLEARED',
        alarmChangedTime: stampOf(now),
        alarmClearedTime: stampOf(now),
        faultDetails: [...new Set([...known.alarm.faultDetails, ...betweenDetail(change.fault)])],
        clearCause: change.clearCause,
      };
      return [{ ...state, active }, [{ kind: 'cleared', revision: known.revision + 1, alarm }]];
    }
  }
}

function raise(
  state: AlarmState,
  key: string,
  fault: Fault,
  now: Us,
  stampOf: (t: Us) => Stamp,
): [AlarmState, AlarmChange[]] {
  const { perceivedSeverity, eventType, probableCause } = entryOf(fault.type);
  const raisedTime = stampOf(now);
  const raised = state.raised + 1;
  const correlatedAlarmIds = idsOf(state, fault.causes);
  const alarm: Alarm = {
    id: alarmId(raisedTime, raised),
    type: fault.type,
    managedObjectId: fault.object,
    perceivedSeverity: fault.severity ?? perceivedSeverity,
    eventType,
    probableCause,
    alarmRaisedTime: raisedTime,
    alarmChangedTime: null,
    alarmClearedTime: null,
    ackState: 'UNACKNOWLEDGED',
    eventTime: stampOf(fault.t),
    isRootCause: correlatedAlarmIds.length === 0,
    correlatedAlarmIds,
    faultDetails: [...fault.details, ...betweenDetail(fault)],
    clearCause: null,
    drill: fault.drill ?? coveringDrill(state, fault),
    failover: fault.failover,
  };
  const entry: Entry = { alarm, revision: 1, causes: fault.causes };
  const next: AlarmState = { ...state, raised, active: { ...state.active, [key]: entry } };
  const [settled, effects] = correlateEffects(next, key, now, stampOf);
  return [settled, [{ kind: 'raised', revision: 1, alarm }, ...effects]];
}

/**
 * Boot, time and count: the count alone would begin anew with a new store, the time alone could be shared by two alarms
 * of one moment.
 */
const alarmId = (at: Stamp, raised: number): string =>
  `${at.boot_id.slice(0, 8)}-${at.mono_us.toString(36)}-${raised.toString(36)}`;

function update(
  state: AlarmState,
  key: string,
  known: Entry,
  fault: Fault,
  now: Us,
  stampOf: (t: Us) => Stamp,
): [AlarmState, AlarmChange[]] {
  const ids = idsOf(state, fault.causes);
  // A cause that has ended meanwhile is the cause still.
  const correlatedAlarmIds = ids.length > 0 ? ids : known.alarm.correlatedAlarmIds;
  return change(state, key, { ...known, causes: fault.causes }, now, stampOf, {
    faultDetails: [...fault.details, ...betweenDetail(fault)],
    perceivedSeverity: fault.severity ?? known.alarm.perceivedSeverity,
    failover: fault.failover ?? known.alarm.failover,
    drill: known.alarm.drill ?? fault.drill,
    correlatedAlarmIds,
    isRootCause: correlatedAlarmIds.length === 0,
  });
}

/**
 * What is active already and explained by the alarm that came just now: it names its cause from now on. One that has
 * named a cause keeps it: while a link flaps, each new loss would be a change of all that follows from it.
 */
function correlateEffects(
  state: AlarmState,
  cause: string,
  now: Us,
  stampOf: (t: Us) => Stamp,
): [AlarmState, AlarmChange[]] {
  const causeId = state.active[cause]!.alarm.id;
  let next = state;
  const changes: AlarmChange[] = [];
  for (const [key, entry] of Object.entries(state.active)) {
    if (!entry.alarm.isRootCause || !entry.causes.includes(cause)) continue;
    const [after, told] = change(next, key, entry, now, stampOf, {
      correlatedAlarmIds: [causeId],
      isRootCause: false,
    });
    next = after;
    changes.push(...told);
  }
  return [next, changes];
}

function change(
  state: AlarmState,
  key: string,
  known: Entry,
  now: Us,
  stampOf: (t: Us) => Stamp,
  what: Partial<Alarm>,
  kind: AlarmChangeKind = 'changed',
): [AlarmState, AlarmChange[]] {
  const alarm: Alarm = { ...known.alarm, ...what, alarmChangedTime: stampOf(now) };
  const entry: Entry = { ...known, alarm, revision: known.revision + 1 };
  return [
    { ...state, active: { ...state.active, [key]: entry } },
    [{ kind, revision: entry.revision, alarm }],
  ];
}

const idsOf = (state: AlarmState, causes: readonly string[]): string[] =>
  causes.flatMap(key => state.active[key]?.alarm.id ?? []);

function betweenDetail({ between }: Fault): string[] {
  if (between === null) return [];
  const [a, b] = between;
  return [`changed unseen between ${seconds(a)} and ${seconds(b)} s of the monotonic clock`];
}

const seconds = (t: Us): string => (t / 1e6).toFixed(6);

/** The drill of the group, of one of its legs, or of a target behind it; host and sources are never its doing. */
function coveringDrill(state: AlarmState, fault: Fault): string | null {
  for (const [id, drill] of Object.entries(state.drills)) {
    if (
      fault.object === `group/${drill.group}` ||
      fault.object.startsWith(`target/${drill.group}/`) ||
      drill.legs.some(leg => fault.object === `leg/${leg}`)
    ) {
      return id;
    }
  }
  return null;
}

/** The active alarm of this id. */
export function activeAlarm(state: AlarmState, id: string): Alarm | undefined {
  for (const key in state.active) {
    const { alarm } = state.active[key]!;
    if (alarm.id === id) return alarm;
  }
  return undefined;
}

/** Active alarms, the oldest first. */
export const activeAlarms = (state: AlarmState): Alarm[] =>
  Object.values(state.active)
    .map(entry => entry.alarm)
    .sort((a, b) => a.alarmRaisedTime.wall_us - b.alarmRaisedTime.wall_us);
