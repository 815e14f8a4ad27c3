/** What the adapter `nats` says, and what it makes of an answer. */
import t from 'tap';
import { judge } from '../../../agent/adapters/nats/answer.ts';
import { alarmMessage, rebuiltMessage } from '../../../agent/adapters/nats/map.ts';
import { natsSettings } from '../../../agent/adapters/nats/settings.ts';
import { change, notice, stampAt } from '../support/alarm.ts';

const settings = (fields: object = {}) =>
  natsSettings.parse({
    kind: 'nats',
    name: 'bus',
    urls: ['nats://127.0.0.1'],
    host: 'c.1',
    ...fields,
  });

t.test('subjects are legal whatever stands in them', async t => {
  const of = (subject: string, id = 'a') =>
    alarmMessage(
      notice(change(id, 1, 'raised', { managedObjectId: 'group/ecmp:10.0.0.9/32 >*' })),
      'urn:x',
      settings({ subject }),
    ).subject;
  t.equal(of('pathwarden.{host}.{severity}.{type}'), 'pathwarden.c_1.major.link-down');
  t.equal(of('a.{kind}-{severity}.{object}'), 'a.raised-major.group_ecmp_10_0_0_9_32___');
  for (const subject of ['', 'a..b', '.a', 'a.', 'a b', 'a.>', '*', '{other}', 'a.{host']) {
    t.throws(() => settings({ subject }), subject);
  }
});

t.test('the id is unique over all hosts and the same on each try', async t => {
  const { id, event } = alarmMessage(notice(change('a', 3)), 'urn:host:1', settings());
  t.equal(id, 'urn:host:1 a/3');
  t.match(event, { id: 'a/3', source: 'urn:host:1', specversion: '1.0' });
  const rebuilt = rebuiltMessage(
    {
      key: 'rebuilt/1',
      adapter: 'bus',
      reason: 'why',
      at: stampAt(1),
      sequence: 1,
      uncommitted: false,
    },
    'urn:host:1',
    settings(),
  );
  t.match(rebuilt, {
    subject: 'pathwarden.c_1.warning.alarms-rebuilt',
    id: 'urn:host:1 rebuilt/1',
  });
});

t.test('settings that do not fit each other', async t => {
  const wrong = [
    { urls: [] },
    { urls: ['http://x'] },
    { urls: ['nats://user:secret@x'] },
    { urls: ['nats://x/path'] },
    { urls: ['nats://x'], ca_file: '/ca' },
    { user: 'a' },
    { token_file: '/t', creds_file: '/c' },
    { user: 'a', password_file: '/p', nkey_file: '/n' },
    { create_stream: { duplicate_window_s: 0 } },
  ];
  for (const one of wrong) t.throws(() => settings(one), JSON.stringify(one));
  t.ok(settings({ urls: ['tls://a', 'tls://[::1]:4222'], ca_file: '/ca', token_file: '/t' }));
});

t.test('what an answer says', async t => {
  const of = (body: string, status: number | null = null) => judge({ status, body }, 'sub.ject');
  t.same(of('{"stream":"S","seq":1}'), { outcome: 'delivered' });
  t.same(of('{"stream":"S","seq":1,"duplicate":true}'), { outcome: 'delivered' });
  t.match(of('', 503), { outcome: 'retry', reason: 'no stream takes sub.ject' });
  const tooLarge = 'message size exceeds maximum allowed';
  t.match(of(`{"error":{"code":400,"err_code":10054,"description":"${tooLarge}"}}`), {
    outcome: 'refused',
    reason: `10054 ${tooLarge}`,
  });
  t.match(of('{"error":{"code":503,"err_code":10077,"description":"maximum messages exceeded"}}'), {
    outcome: 'retry',
    reason: /10077 maximum messages exceeded/,
  });
  const strange = ['', 'null', '[]', '{', '{"stream":"","seq":1}', '{"stream":"S","seq":0}'];
  for (const body of [...strange, '{"stream":"S"}', '{"error":"x"}', '{"error":null}', '7']) {
    t.match(of(body), { outcome: 'retry' }, body);
  }
});
