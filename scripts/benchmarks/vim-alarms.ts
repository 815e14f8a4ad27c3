/** Alarms of hosts that are outboxes alone. */
import { bootId, stamp, wallOffsetUs } from '../../agent/time.ts';
import type { AlarmChange } from '../../agent/types.ts';
import { nowUs } from '../lab/wait.ts';

const BOOT_ID = bootId();
const OFFSET_US = wallOffsetUs();

/** What a host raises when a switch dies. */
const TYPES = ['link-down', 'bond-member-out', 'redundancy-lost', 'storage-path-stalled'];

export type Edge = 'raised' | 'cleared';

export const sourceOf = (host: number): string => `urn:pathwarden:bench:host-${host}`;

/** The alarm `<name>/<i>`: raised, or its end. event_us: when the thing itself happened. */
export function changeOf(name: string, i: number, edge: Edge, event_us = nowUs()): AlarmChange {
  const at = stamp(BOOT_ID, event_us, OFFSET_US);
  const ended = edge === 'cleared';
  return {
    kind: edge,
    revision: ended ? 2 : 1,
    alarm: {
      id: `${name}/${i}`,
      type: TYPES[i % TYPES.length]!,
      // An alert of Alertmanager is what it is about: each alarm is about a thing of its own.
      managedObjectId: `leg/${name}-${i}`,
      perceivedSeverity: ended ? 'CLEARED' : 'MAJOR',
      eventType: 'COMMUNICATIONS_ALARM',
      probableCause: 'Link failure',
      alarmRaisedTime: at,
      alarmChangedTime: null,
      alarmClearedTime: ended ? at : null,
      ackState: 'UNACKNOWLEDGED',
      alarmAcknowledgedTime: null,
      ackUser: null,
      eventTime: at,
      isRootCause: i === 0,
      correlatedAlarmIds: i === 0 ? [] : [`${name}/0`],
      faultDetails: ['carrier lost, by netlink, uncertainty 0.4 ms'],
      clearCause: ended ? 'condition-ended' : null,
      drill: null,
      failover: null,
      maintenance: null,
    },
    hops: { event_us, frame_us: null, observed_us: null, alarm_us: nowUs() },
    held: false,
  };
}
