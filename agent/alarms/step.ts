/**
 * The life cycle of alarms: faults as an operator knows them.
 *
 * Promises: an id is new with each raise and never used again, by any run of the agent on this host; its revisions count
 * from 1 without a gap; it is cleared exactly once. Nobody is told of the end of an alarm of which they were not told.
 */
import {
  type Alarm,
  type AlarmChange,
  type Fault,
  type FaultChange,
  faultKey,
  type Stamp,
  type Tick,
  type Us,
} from '../types.ts';
import { type AckInput, acknowledge } from './acknowledge.ts';
import { entryOf } from './catalogue.ts';
import {
  clearDamped,
  countClear,
  endDamped,
  ending,
  returnsDetail,
  wakeOfDamped,
} from './damping.ts';
import {
  endMaintenance,
  type MaintenanceInput,
  maintenanceWakeAt,
  setMaintenance,
} from './maintenance.ts';
import { correlate, naming, remember, rootsOfFault } from './roots.ts';
import { severityOf } from './severity.ts';
import type { AlarmState } from './state.ts';
import { type AlarmContext, Turn } from './turn.ts';

export { activeAlarm, activeAlarms, activeChanges, inactive } from './active.ts';
export { type AlarmRules, type AlarmState, initialAlarms, restoreAlarms } from './state.ts';
export type { AckInput, AlarmContext, MaintenanceInput };

/** From the first to the last word of a drill, what is raised on these objects is its doing. */
export type DrillInput =
  | { drill: string; phase: 'begin'; group: string; legs: string[] }
  | { drill: string; phase: 'end' };

export type AlarmInput = FaultChange | DrillInput | AckInput | MaintenanceInput | Tick;

/**
 * What is due by now (the end of a maintenance, clears that waited) comes before the input, however late that is.
 * @param now µs CLOCK_MONOTONIC: when the alarm is raised, changed or cleared; eventTime is the fault's own.
 * @returns wakeAt: when to call again at the latest, later than now; null: only on input
 */
export function alarmStep(
  state: AlarmState,
  input: AlarmInput,
  now: Us,
  context: AlarmContext,
): [state: AlarmState, changes: AlarmChange[], wakeAt: Us | null] {
  const due = new Turn(state, now, { ...context, frame_us: null, observed_us: null });
  endDamped(due);
  endMaintenance(due);
  const turn = new Turn(due.state, now, context);
  if ('phase' in input) turn.state = { ...turn.state, drills: setDrill(turn.state.drills, input) };
  else if ('fault' in input) take(turn, input);
  else if ('verb' in input) {
    if (input.verb === 'ack') acknowledge(turn, input);
    else setMaintenance(turn, input);
  }
  const wakes = [wakeOfDamped(turn.state), maintenanceWakeAt(turn)].filter(at => at !== null);
  const wakeAt = wakes.length === 0 ? null : Math.min(...wakes);
  return [turn.state, [...due.changes, ...turn.changes], wakeAt];
}

function setDrill(drills: AlarmState['drills'], input: DrillInput): AlarmState['drills'] {
  if (input.phase === 'begin') {
    return { ...drills, [input.drill]: { group: input.group, legs: input.legs } };
  }
  const { [input.drill]: _ended, ...rest } = drills;
  return rest;
}

function take(turn: Turn, change: FaultChange): void {
  const key = faultKey(change.fault);
  const known = turn.state.active[key] !== undefined;
  if (change.kind === 'cleared') {
    if (known) end(turn, key, change);
  } else if (known) update(turn, key, change.fault);
  else if (change.kind === 'active') {
    endSuperseded(turn, change.fault);
    raise(turn, key, change.fault);
  }
}

function raise(turn: Turn, key: string, fault: Fault): void {
  const { state, now, stamp, context } = turn;
  const { eventType, probableCause, prompt } = entryOf(fault.type);
  const raised = state.raised + 1;
  const roots = rootsOfFault(state, fault, null);
  const alarm: Alarm = {
    id: alarmId(stamp, raised),
    type: fault.type,
    managedObjectId: fault.object,
    perceivedSeverity: severityOf(context.rules, fault),
    eventType,
    probableCause,
    alarmRaisedTime: stamp,
    alarmChangedTime: null,
    alarmClearedTime: null,
    ackState: 'UNACKNOWLEDGED',
    alarmAcknowledgedTime: null,
    ackUser: null,
    eventTime: context.stampOf(fault.t),
    ...naming(roots),
    faultDetails: [...fault.details, ...betweenDetail(fault)],
    clearCause: null,
    drill: fault.drill ?? coveringDrill(state, fault),
    failover: fault.failover,
    maintenance: null,
  };
  turn.state = { ...state, raised };
  const led = prompt && fault.between === null && context.frame_us !== null;
  const event_us = led ? Math.min(fault.t, now) : null;
  turn.raise(key, alarm, event_us, { causes: fault.causes, roots, ending: null, returns: 0 });
  correlate(turn, key);
}

/**
 * Boot, time and count: the count alone would begin anew with a new store, the time alone could be shared by two alarms
 * of one moment.
 */
const alarmId = (at: Stamp, raised: number): string =>
  `${at.boot_id.slice(0, 8)}-${at.mono_us.toString(36)}-${raised.toString(36)}`;

/** Also when the condition is back although its clear was still to be told, and when faults raise what is raised. */
function update(turn: Turn, key: string, fault: Fault): void {
  const known = turn.state.active[key]!;
  const { alarm } = known.change;
  const returns = known.returns + (known.ending === null ? 0 : 1);
  const roots = rootsOfFault(turn.state, fault, known);
  const what: Partial<Alarm> = {
    faultDetails: [...fault.details, ...betweenDetail(fault), ...returnsDetail(returns, turn)],
    perceivedSeverity: severityOf(turn.context.rules, fault),
    failover: fault.failover ?? alarm.failover,
    drill: alarm.drill ?? fault.drill,
    ...naming(roots),
  };
  const entry = { causes: fault.causes, roots, ending: null, returns };
  // Other possible causes, none of which is there, are no news.
  if (isNews(alarm, what)) turn.change(key, what, entry);
  else turn.keep(key, { ...known, ...entry });
  correlate(turn, key);
}

const isNews = (alarm: Alarm, what: Partial<Alarm>): boolean =>
  Object.entries(what).some(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(alarm[field as keyof Alarm]),
  );

function end(turn: Turn, key: string, change: FaultChange): void {
  const known = turn.state.active[key]!;
  const { alarm } = known.change;
  const faultDetails = [...new Set([...alarm.faultDetails, ...betweenDetail(change.fault)])];
  const waits = ending(turn, key, known.change, change, faultDetails);
  if (waits !== null) {
    turn.keep(key, { ...known, ending: waits });
    return;
  }
  const { clearCause } = change;
  if (alarm.drill === null && clearCause === 'condition-ended') countClear(turn, key);
  remember(turn, key, change.fault.t);
  turn.clear(key, { alarmClearedTime: turn.stamp, faultDetails, clearCause });
}

/** Faults have cleared it already if it stood; if its clear waited, there is nothing to wait for any more. */
function endSuperseded(turn: Turn, { type, object }: Fault): void {
  const { supersedes } = entryOf(type);
  if (supersedes === undefined) return;
  const key = faultKey({ type: supersedes, object });
  const waits = turn.state.active[key]?.ending ?? null;
  if (waits !== null) clearDamped(turn, key, waits, 'superseded');
}

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
