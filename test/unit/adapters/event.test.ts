/** What the webhook sends, against the schema of CloudEvents 1.0 where it is at hand, and its rules. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import * as z from 'zod';
import {
  alarmEvent,
  type CloudEvent,
  heartbeatEvent,
} from '../../../agent/adapters/webhook/event.ts';
import type { AlarmChangeKind } from '../../../agent/types.ts';
import { change, notice } from '../support/alarm.ts';

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

const file = fileURLToPath(
  new URL('../../../../shared/schemas/cloudevents-1.0.json', import.meta.url),
);
const skip = existsSync(file) ? false : 'the schema of CloudEvents is not beside this checkout';
t.test('the schema of CloudEvents 1.0', { skip }, async t => {
  const schema = z.fromJSONSchema(JSON.parse(readFileSync(file, 'utf8')));
  for (const event of events) {
    const result = schema.safeParse(event);
    t.ok(result.success, result.error?.message ?? event.type);
  }
  for (const wrong of [{ id: '' }, { source: '' }, { specversion: 1 }, { type: undefined }]) {
    t.notOk(schema.safeParse({ ...events[0], ...wrong }).success, JSON.stringify(wrong));
  }
});
