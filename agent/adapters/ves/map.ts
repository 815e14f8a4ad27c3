/**
 * Events of the VES event listener 7.2.1 (ONAP, vnfrqts docs/Chapter8/ves_7_2; schema CommonEventFormat 30.2.1). Its traps:
 * versions are texts, eventId, startEpochMicrosec and a growing sequence tie the events of one alarm together, a clear is
 * severity NORMAL, and additional information is a map of texts alone.
 */
import { isoTime } from '../../time.ts';
import type { Alarm, AlarmChange, Notice, Severity } from '../../types.ts';
import type { BeatInfo } from '../shared/beat.ts';
import { changeTime, managedObject, texts } from '../shared/mapping.ts';
import type { VesSettings } from './settings.ts';

export interface CommonEventHeader {
  domain: 'fault' | 'stateChange' | 'heartbeat';
  eventId: string;
  eventName: string;
  eventType: 'hostOS';
  sequence: number;
  priority: 'High' | 'Medium' | 'Normal' | 'Low';
  reportingEntityName: string;
  sourceName: string;
  sourceId?: string;
  startEpochMicrosec: number;
  lastEpochMicrosec: number;
  version: '4.1';
  vesEventListenerVersion: '7.2.1';
}

export interface VesEvent {
  event: {
    commonEventHeader: CommonEventHeader;
    faultFields?: Record<string, unknown>;
    stateChangeFields?: Record<string, unknown>;
    heartbeatFields?: Record<string, unknown>;
  };
}

const SEVERITY: Record<Severity, 'CRITICAL' | 'MAJOR' | 'MINOR' | 'WARNING' | 'NORMAL'> = {
  CRITICAL: 'CRITICAL',
  MAJOR: 'MAJOR',
  MINOR: 'MINOR',
  WARNING: 'WARNING',
  INDETERMINATE: 'WARNING',
  CLEARED: 'NORMAL',
};

const PRIORITY: Record<Severity, CommonEventHeader['priority']> = {
  CRITICAL: 'High',
  MAJOR: 'High',
  MINOR: 'Medium',
  WARNING: 'Normal',
  INDETERMINATE: 'Normal',
  CLEARED: 'Normal',
};

/** What stands for the operational state of its subject. One type for each kind of subject: two could contradict. */
const STATE_TYPES = new Set(['link-down', 'path-lost']);

/** A fault, and with `state_change` the state that it puts its subject into. Pure. */
export function vesEvents(notice: Notice, source: string, settings: VesSettings): VesEvent[] {
  const events = [faultEvent(notice, source, settings)];
  const { kind, alarm } = notice.change;
  const state = settings.state_change && STATE_TYPES.has(alarm.type) ? stateAfter(kind, alarm) : '';
  if (state) events.push(stateEvent(notice, source, settings, state));
  return events;
}

function faultEvent(
  { change, key, sequence, uncommitted }: Notice,
  source: string,
  { host }: VesSettings,
): VesEvent {
  const { alarm } = change;
  const { kind, name } = managedObject(alarm.managedObjectId);
  const header = headerOf('fault', pascal(alarm.type), source, host);
  return {
    event: {
      commonEventHeader: {
        ...header,
        eventId: alarm.id,
        sequence: change.revision,
        priority: PRIORITY[alarm.perceivedSeverity],
        startEpochMicrosec: Math.floor(alarm.alarmRaisedTime.wall_us),
        lastEpochMicrosec: lastTime(change),
      },
      faultFields: {
        faultFieldsVersion: '4.0',
        alarmCondition: alarm.type,
        specificProblem: [alarm.probableCause, ...alarm.faultDetails].join('; '),
        eventSeverity: SEVERITY[alarm.perceivedSeverity],
        eventSourceType: kind === 'leg' ? 'port' : kind === 'host' ? 'host' : 'other',
        eventCategory: alarm.eventType,
        vfStatus: 'Active',
        ...(kind === 'leg' && { alarmInterfaceA: name }),
        alarmAdditionalInformation: information(alarm, {
          key,
          change: change.kind,
          noticeSequence: String(sequence),
          uncommitted: String(uncommitted),
        }),
      },
    },
  };
}

/** Empty: this change says nothing about the state. */
function stateAfter(kind: AlarmChange['kind'], alarm: Alarm): '' | 'inService' | 'outOfService' {
  if (kind === 'raised') return 'outOfService';
  return kind === 'cleared' && alarm.clearCause === 'condition-ended' ? 'inService' : '';
}

function stateEvent(
  { change, key }: Notice,
  source: string,
  { host }: VesSettings,
  newState: 'inService' | 'outOfService',
): VesEvent {
  const { alarm, revision } = change;
  const { kind, name } = managedObject(alarm.managedObjectId);
  const at = lastTime(change);
  return {
    event: {
      commonEventHeader: {
        ...headerOf('stateChange', pascal(kind), source, host),
        eventId: `stateChange/${key}`,
        sequence: revision,
        priority: newState === 'inService' ? 'Normal' : 'High',
        startEpochMicrosec: at,
        lastEpochMicrosec: at,
      },
      stateChangeFields: {
        stateChangeFieldsVersion: '4.0',
        newState,
        oldState: newState === 'inService' ? 'outOfService' : 'inService',
        stateInterface: name,
        additionalFields: { managedObjectId: alarm.managedObjectId, alarmId: alarm.id },
      },
    },
  };
}

/** Says that the agent lives. `started_us` (wall) and `count` make its id; after `interval_s` comes the next. */
export function heartbeatEvent(source: string, host: string, beat: BeatInfo): VesEvent {
  return {
    event: {
      commonEventHeader: {
        ...headerOf('heartbeat', '', source, host),
        eventId: `heartbeat/${beat.started_us}/${beat.count}`,
        sequence: beat.count,
        priority: 'Normal',
        startEpochMicrosec: Math.floor(beat.started_us),
        lastEpochMicrosec: Math.floor(beat.now_us),
      },
      heartbeatFields: { heartbeatFieldsVersion: '3.0', heartbeatInterval: beat.interval_s },
    },
  };
}

function headerOf(
  domain: CommonEventHeader['domain'],
  what: string,
  source: string,
  host: string,
): Omit<
  CommonEventHeader,
  'eventId' | 'sequence' | 'priority' | 'startEpochMicrosec' | 'lastEpochMicrosec'
> {
  const uuid = /^urn:uuid:([0-9a-f-]{36})$/i.exec(source)?.[1];
  const abbreviation = `${domain[0]?.toUpperCase()}${domain.slice(1)}`;
  return {
    domain,
    // Names are camel case without punctuation (7.2, "eventName guidelines").
    eventName: [abbreviation, 'Pathwarden', what].filter(Boolean).join('_'),
    eventType: 'hostOS',
    reportingEntityName: host,
    sourceName: host,
    ...(uuid && { sourceId: uuid }),
    version: '4.1',
    vesEventListenerVersion: '7.2.1',
  };
}

function information(alarm: Alarm, more: Record<string, string>): Record<string, string> {
  return texts({
    ...more,
    managedObjectId: alarm.managedObjectId,
    probableCause: alarm.probableCause,
    eventTime: isoTime(alarm.eventTime.wall_us),
    isRootCause: String(alarm.isRootCause),
    correlatedAlarmIds: alarm.correlatedAlarmIds.join(' '),
    ackState: alarm.ackState,
    ackUser: alarm.ackUser,
    clearCause: alarm.clearCause,
    drill: alarm.drill,
    failover: alarm.failover,
    maintenance: alarm.maintenance,
  });
}

const lastTime = (change: AlarmChange): number => Math.floor(changeTime(change).wall_us);

const pascal = (text: string): string =>
  text.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9]?)/g, (_, letter: string) => letter.toUpperCase());
