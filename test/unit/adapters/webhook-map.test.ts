/** What the webhook sends, and the rules of CloudEvents 1.0. */
import { createHmac } from 'node:crypto';
import t from 'tap';
import type { CloudEvent } from '../../../agent/adapters/shared/cloud-event.ts';
import {
  alarmEvent,
  heartbeatEvent,
  rebuiltEvent,
  signature,
} from '../../../agent/adapters/webhook/map.ts';
import type { AlarmChangeKind } from '../../../agent/types.ts';
import { change, notice, stampAt } from '../support/alarm.ts';

const kinds: AlarmChangeKind[] = ['raised', 'changed', 'acknowledged', 'cleared'];
const events: CloudEvent[] = [
  ...kinds.map((kind, index) => alarmEvent(notice(change('a', index + 1, kind)), 'urn:test:host')),
  heartbeatEvent('urn:test:host', { started_us: 1e15, count: 3, interval_s: 10, now_us: 1e15 + 5 }),
];

t.test('an event names the change, the alarm and its time', async t => {
  t.match(alarmEvent(notice(change('a1', 1), { sequence: 7, uncommitted: true }), 'urn:s'), {
    specversion: '1.0',
    id: 'a1/1',
    source: 'urn:s',
    type: 'io.pathwarden.alarm.raised',
    subject: 'leg/c-a',
    time: '2026-03-04T05:06:07.001890Z',
    datacontenttype: 'application/json',
    severity: 'major',
    alarmtype: 'link-down',
    data: {
      kind: 'raised',
      revision: 1,
      sequence: 7,
      uncommitted: true,
      alarm: {
        id: 'a1',
        perceivedSeverity: 'MAJOR',
        alarmRaisedTime: '2026-03-04T05:06:07.001890Z',
        eventTime: '2026-03-04T05:06:07.001790Z',
        alarmClearedTime: null,
      },
    },
  });
  t.same(
    events.map(({ type, time }) => `${type} ${time}`),
    [
      'io.pathwarden.alarm.raised 2026-03-04T05:06:07.001890Z',
      'io.pathwarden.alarm.changed 2026-03-04T05:06:07.002890Z',
      'io.pathwarden.alarm.acknowledged 2026-03-04T05:06:07.003390Z',
      'io.pathwarden.alarm.cleared 2026-03-04T05:06:07.003890Z',
      'io.pathwarden.heartbeat 2001-09-09T01:46:40.000005Z',
    ],
  );
});

t.test('a heartbeat says who, since when, and when the next one is due', async t => {
  t.match(events.at(-1), {
    id: 'heartbeat/1000000000000000/3',
    data: { count: 3, interval_s: 10, started: '2001-09-09T01:46:40.000000Z' },
  });
});

t.test('the rules of CloudEvents 1.0', async t => {
  for (const event of events) {
    for (const [name, value] of Object.entries(event)) {
      t.match(name, /^[a-z0-9]{1,20}$/, `attribute ${name}`);
      if (name !== 'data') t.type(value, 'string');
    }
    t.match(event.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  }
  t.equal(new Set(events.map(({ id }) => id)).size, events.length);
});

t.test('a list that was rebuilt', async t => {
  const notice = {
    key: 'rebuilt/7',
    adapter: 'vim',
    reason: '3 notices were given up',
    at: stampAt(0),
    sequence: 9,
    uncommitted: false,
  };
  t.match(rebuiltEvent(notice, 'urn:s'), {
    id: 'rebuilt/7',
    source: 'urn:s',
    type: 'io.pathwarden.alarms.rebuilt',
    time: '2026-03-04T05:06:07.000890Z',
    data: { reason: '3 notices were given up', sequence: 9 },
  });
});

t.test('a signature is made over the time and the very body', async t => {
  const body = '{"a":"ü"}';
  const mac = createHmac('sha256', 'key').update(`1700000000.${body}`).digest('hex');
  t.equal(signature(body, 'key', 1_700_000_000), `t=1700000000,v1=${mac}`);
  const others = [
    signature(`${body} `, 'key', 1_700_000_000),
    signature(body, 'other', 1_700_000_000),
    signature(body, 'key', 1_700_000_001),
  ];
  for (const other of others) t.not(other.split('v1=')[1], mac);
});
