import t from 'tap';
import { activeAlarms, inactive } from '../../../agent/alarms/step.ts';
import { Alarms, active, changed, cleared, linkDown } from './alarms.ts';

const ack = (alarms: string[], user = 'ann', acknowledged = true) =>
  ({ verb: 'ack', alarms, acknowledged, user }) as const;

t.test('an acknowledgement is a change of its own, with its time and who gave it', async t => {
  const alarms = new Alarms();
  const down = linkDown('a', 1);
  const [raised] = alarms.take(down, 2);
  alarms.take(linkDown('b', 1), 2);
  const { id } = raised!.alarm;
  t.match(alarms.take(ack([id]), 5), [
    {
      kind: 'acknowledged',
      revision: 2,
      held: false,
      hops: { event_us: null, frame_us: null, alarm_us: 5 },
      alarm: {
        id,
        ackState: 'ACKNOWLEDGED',
        alarmAcknowledgedTime: { mono_us: 5 },
        alarmChangedTime: { mono_us: 5 },
        ackUser: 'ann',
        perceivedSeverity: 'MAJOR',
      },
    },
  ]);
  t.same(alarms.take(ack([id], 'bob'), 6), [], 'once is enough');
  alarms.restart();
  t.match(activeAlarms(alarms.state)[0], { ackState: 'ACKNOWLEDGED', ackUser: 'ann' });
  t.match(alarms.take(cleared(down, 7), 8), [
    { kind: 'cleared', revision: 3, alarm: { ackState: 'ACKNOWLEDGED', ackUser: 'ann' } },
  ]);
});

t.test('it can be taken back', async t => {
  const alarms = new Alarms();
  const { id } = alarms.take(linkDown('a', 1), 2)[0]!.alarm;
  t.same(alarms.take(ack([id], 'ann', false), 3), [], 'there is none yet');
  alarms.take(ack([id]), 4);
  t.match(alarms.take(ack([id], 'bob', false), 5), [
    {
      kind: 'changed',
      revision: 3,
      alarm: { ackState: 'UNACKNOWLEDGED', alarmAcknowledgedTime: null, ackUser: null },
    },
  ]);
});

t.test('what is not active cannot be acknowledged, and is named', async t => {
  const alarms = new Alarms();
  const down = linkDown('a', 1);
  const { id } = alarms.take(down, 2)[0]!.alarm;
  const other = alarms.take(linkDown('b', 1), 2)[0]!.alarm.id;
  alarms.take(cleared(down, 3), 3);
  t.same(inactive(alarms.state, [id, other, 'nonsense']), [id, 'nonsense']);
  t.match(alarms.take(ack([id, other, 'nonsense']), 4), [{ alarm: { id: other } }]);
});

t.test('one that gets worse waits for a new acknowledgement', async t => {
  const alarms = new Alarms();
  const faint = active({ type: 'optics-degraded', object: 'leg/a', t: 1, severity: 'WARNING' });
  const { id } = alarms.take(faint, 2)[0]!.alarm;
  alarms.take(ack([id]), 3);
  t.match(alarms.take(changed(faint, { details: ['other'] }), 4), [
    { alarm: { ackState: 'ACKNOWLEDGED' } },
  ]);
  t.match(alarms.take(changed(faint, { severity: 'MAJOR' }), 5), [
    {
      kind: 'changed',
      alarm: { ackState: 'UNACKNOWLEDGED', alarmAcknowledgedTime: null, ackUser: null },
    },
  ]);
  alarms.take(ack([id]), 6);
  t.match(alarms.take(changed(faint, { severity: 'WARNING' }), 7), [
    { alarm: { ackState: 'ACKNOWLEDGED' } },
  ]);
});
