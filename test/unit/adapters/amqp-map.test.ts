/** What the adapter `amqp` says, and the settings that it takes. */
import t from 'tap';
import { alarmMessage, rebuiltMessage } from '../../../agent/adapters/amqp/map.ts';
import { amqpSettings } from '../../../agent/adapters/amqp/settings.ts';
import type { Severity } from '../../../agent/types.ts';
import { change, notice, stampAt } from '../support/alarm.ts';

const settings = (fields: object = {}) =>
  amqpSettings.parse({ kind: 'amqp', name: 'mq', urls: ['amqp://x'], host: 'c1', ...fields });

t.test('the message of oslo.messaging', async t => {
  const of = (source: string, key = 'a/1') =>
    alarmMessage(notice(change('a', 1), { key }), source, settings());
  const said = of('urn:h:1');
  t.match(said, {
    routing_key: 'notifications.error',
    message: {
      publisher_id: 'pathwarden.c1',
      event_type: 'pathwarden.alarm.raised',
      priority: 'ERROR',
      timestamp: '2026-03-04 05:06:07.001890',
      payload: { source: 'urn:h:1', key: 'a/1', kind: 'raised', revision: 1, alarm: { id: 'a' } },
    },
  });
  const { message_id, _unique_id } = said.message;
  t.match(message_id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.equal(_unique_id, message_id.replaceAll('-', ''));
  t.same(of('urn:h:1'), said);
  t.not(of('urn:h:2').message.message_id, message_id, 'another host');
  t.not(of('urn:h:1', 'a/2').message.message_id, message_id, 'another key');
});

t.test('priorities', async t => {
  const of = (perceivedSeverity: Severity, fields: object = {}) =>
    alarmMessage(notice(change('a', 1, 'raised', { perceivedSeverity })), 's', settings(fields));
  const keys: [Severity, string][] = [
    ['CRITICAL', 'critical'],
    ['MAJOR', 'error'],
    ['MINOR', 'warn'],
    ['WARNING', 'warn'],
    ['INDETERMINATE', 'warn'],
    ['CLEARED', 'info'],
  ];
  for (const [severity, priority] of keys) {
    t.match(of(severity), {
      routing_key: `notifications.${priority}`,
      message: { priority: priority.toUpperCase() },
    });
  }
  t.match(of('CRITICAL', { priority: 'info', topic: 'vitrage_notifications' }), {
    routing_key: 'vitrage_notifications.info',
    message: { priority: 'INFO' },
  });
  const ack = alarmMessage(notice(change('a', 2, 'acknowledged')), 's', settings());
  t.match(ack, { routing_key: 'notifications.info' });
  const rebuilt = rebuiltMessage(
    {
      key: 'rebuilt/1',
      adapter: 'mq',
      reason: 'why',
      at: stampAt(1),
      sequence: 4,
      uncommitted: false,
    },
    's',
    settings(),
  );
  t.match(rebuilt, {
    routing_key: 'notifications.warn',
    message: {
      event_type: 'pathwarden.alarms.rebuilt',
      payload: { key: 'rebuilt/1', sequence: 4 },
    },
  });
});

t.test('settings that do not fit each other', async t => {
  const wrong = [
    { urls: ['amqp://user:secret@x'] },
    { urls: ['amqp://x/a/b'] },
    { urls: ['amqp://x?heartbeat=1'] },
    { urls: ['nats://x'] },
    { ca_file: '/ca' },
    { user: 'x' },
    { exchange: { name: '' } },
    { priority: 'urgent' },
    { heartbeat_s: 0 },
  ];
  for (const one of wrong) t.throws(() => settings(one), JSON.stringify(one));
  t.ok(settings({ urls: ['amqps://a:1/%2Fvhost', 'amqps://[::1]'], ca_file: '/ca' }));
});
