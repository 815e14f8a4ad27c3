/** Alarms and their changes as the room `alarms` makes them. */
import type { Alarm, AlarmChange, AlarmChangeKind, Notice, Stamp } from '../../../agent/types.ts';

const BOOT = '6f1c2d3e-4a5b-4c6d-8e9f-0a1b2c3d4e5f';
const WALL_US = 1_772_600_767_000_890;

export const stampAt = (us: number): Stamp => ({
  boot_id: BOOT,
  mono_us: us,
  wall_us: WALL_US + us,
});

export function alarm(id: string, fields: Partial<Alarm> = {}): Alarm {
  return {
    id,
    type: 'link-down',
    managedObjectId: 'leg/c-a',
    perceivedSeverity: 'MAJOR',
    eventType: 'COMMUNICATIONS_ALARM',
    probableCause: 'Link failure',
    alarmRaisedTime: stampAt(1000),
    alarmChangedTime: null,
    alarmClearedTime: null,
    ackState: 'UNACKNOWLEDGED',
    alarmAcknowledgedTime: null,
    ackUser: null,
    eventTime: stampAt(900),
    isRootCause: true,
    correlatedAlarmIds: [],
    faultDetails: ['carrier lost on c-a'],
    clearCause: null,
    drill: null,
    failover: null,
    maintenance: null,
    ...fields,
  };
}

const FIELDS: Record<AlarmChangeKind, Partial<Alarm>> = {
  raised: {},
  changed: { alarmChangedTime: stampAt(2000) },
  cleared: {
    alarmClearedTime: stampAt(3000),
    perceivedSeverity: 'CLEARED',
    clearCause: 'condition-ended',
  },
  acknowledged: {
    alarmChangedTime: stampAt(2500),
    ackState: 'ACKNOWLEDGED',
    alarmAcknowledgedTime: stampAt(2500),
    ackUser: 'operator',
  },
};

export const change = (
  id: string,
  revision: number,
  kind: AlarmChangeKind = revision === 1 ? 'raised' : 'changed',
  fields: Partial<Alarm> = {},
): AlarmChange => ({
  kind,
  revision,
  alarm: alarm(id, { ...FIELDS[kind], ...fields }),
  hops: { event_us: 900, frame_us: null, observed_us: null, alarm_us: 1000 },
  held: false,
});

export const notice = (alarmChange: AlarmChange, fields: Partial<Notice> = {}): Notice => ({
  key: `${alarmChange.alarm.id}/${alarmChange.revision}`,
  adapter: 'vim',
  change: alarmChange,
  sequence: 1,
  uncommitted: false,
  ...fields,
});
