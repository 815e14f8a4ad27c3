import t from 'tap';
import { activeAlarms } from '../../../agent/alarms/step.ts';
import { Alarms, active, changed, cleared, linkDown, s, said } from './alarms.ts';

const min = 60 * s;

t.test('hold: what is raised in it is kept, marked and held, to its clear', async t => {
  const alarms = new Alarms();
  alarms.maintain(1 * s, 30 * min);
  t.equal(alarms.wakeAt, 1 * s + 30 * min);
  const down = linkDown('a', 2 * s);
  const [raised] = alarms.take(down, 2 * s);
  t.match(raised, { kind: 'raised', held: true, alarm: { maintenance: 'new switch' } });
  t.equal(activeAlarms(alarms.state).length, 1, 'it is on the list');
  const changes = [
    ...alarms.take(changed(down, { details: ['administratively down'] }), 3 * s),
    ...alarms.take(
      { verb: 'ack', alarms: [raised!.alarm.id], acknowledged: true, user: 'ann' },
      4 * s,
    ),
    ...alarms.take(cleared(down, 5 * s), 5 * s),
  ];
  t.same(said(changes), [
    'held changed link-down leg/a',
    'held acknowledged link-down leg/a',
    'held cleared link-down leg/a',
  ]);
  t.same(alarms.until(40 * min), [], 'nothing is left to tell when it ends');
  t.equal(alarms.state.maintenance, null);
  t.equal(alarms.wakeAt, null);
});

t.test('hold: whoever was told of an alarm is told of its changes and its end', async t => {
  const alarms = new Alarms();
  const down = linkDown('a', 1);
  alarms.take(down, 1);
  alarms.maintain(1 * s, 30 * min);
  t.match(alarms.take(changed(down, { details: ['x'] }), 2 * s), [
    { kind: 'changed', held: false, alarm: { maintenance: 'new switch' } },
  ]);
  t.match(alarms.take(cleared(down, 3 * s), 3 * s), [{ kind: 'cleared', held: false }]);
});

t.test('hold: what is active still is told when it ends', async t => {
  const alarms = new Alarms();
  alarms.maintain(1 * s, 10 * min);
  const down = linkDown('a', 2 * s);
  alarms.take(down, 2 * s);
  alarms.take(changed(down, { details: ['x'] }), 3 * s);
  t.match(alarms.until(1 * s + 10 * min), [
    {
      kind: 'raised',
      revision: 3,
      held: false,
      alarm: { maintenance: null, alarmRaisedTime: { mono_us: 2 * s }, faultDetails: ['x'] },
      hops: { event_us: null, alarm_us: 1 * s + 10 * min },
    },
  ]);
  t.match(alarms.take(cleared(down, 20 * min), 20 * min), [
    { kind: 'cleared', revision: 4, held: false, alarm: { maintenance: null } },
  ]);
});

t.test('it can be ended by hand, and one can take the place of another', async t => {
  const alarms = new Alarms();
  alarms.maintain(1 * s, 10 * min);
  alarms.take(linkDown('a', 2 * s), 2 * s);
  alarms.take(linkDown('b', 2 * s), 2 * s);
  t.same(said(alarms.maintain(3 * s, 5 * min, 'hold', ['leg/a'])), ['raised link-down leg/b']);
  t.equal(alarms.wakeAt, 3 * s + 5 * min);
  t.same(said(alarms.maintain(4 * s, 5 * min, 'mark', ['leg/a'], 'other')), [
    'raised link-down leg/a',
  ]);
  t.equal(activeAlarms(alarms.state)[0]!.maintenance, 'other');
  alarms.maintain(5 * s, 5 * min);
  const down = linkDown('c', 6 * s);
  alarms.take(down, 6 * s);
  t.same(said(alarms.take({ verb: 'maintenance', maintenance: null }, 7 * s)), [
    'raised link-down leg/c',
  ]);
  t.equal(alarms.wakeAt, null);
});

t.test('mark: everybody is told, with the mark', async t => {
  const alarms = new Alarms();
  alarms.maintain(1 * s, 10 * min, 'mark');
  t.match(alarms.take(linkDown('a', 2 * s), 2 * s), [
    { kind: 'raised', held: false, alarm: { maintenance: 'new switch' } },
  ]);
  t.same(alarms.until(11 * min), [], 'and nothing more when it ends');
});

t.test('only its objects', async t => {
  const alarms = new Alarms();
  alarms.maintain(1 * s, 10 * min, 'hold', ['leg/a', 'group/bond:*']);
  const of = (type: string, object: string) => {
    const [change] = alarms.take(active({ type, object, t: 2 * s }), 2 * s);
    return [change!.held, change!.alarm.maintenance];
  };
  t.same(of('link-down', 'leg/a'), [true, 'new switch']);
  t.same(of('redundancy-lost', 'group/bond:bond0'), [true, 'new switch']);
  t.same(of('link-down', 'leg/b'), [false, null]);
});

t.test('alarms about ourselves are held only where they are named', async t => {
  const alarms = new Alarms();
  const ours = [
    ['monitor-blind', 'host'],
    ['monitor-blind', 'source/tcp'],
    ['delivery-failing', 'adapter/vim'],
  ] as const;
  alarms.maintain(1 * s, 10 * min);
  for (const [type, object] of ours) {
    const [change] = alarms.take(active({ type, object, t: 2 * s }), 2 * s);
    t.match(change, { held: false, alarm: { maintenance: 'new switch' } }, `${object} is marked`);
    alarms.take(cleared(active({ type, object, t: 2 * s }), 3 * s, 'subject-gone'), 3 * s);
  }
  alarms.maintain(4 * s, 10 * min, 'hold', ['adapter/*', 'host', 'source/*']);
  for (const [type, object] of ours) {
    t.match(alarms.take(active({ type, object, t: 5 * s }), 5 * s), [{ held: true }], object);
  }
});

t.test('it survives a restart, and ends by the wall clock across a reboot', async t => {
  const alarms = new Alarms();
  alarms.maintain(1 * s, 10 * min);
  alarms.take(linkDown('a', 2 * s), 2 * s);
  t.same(alarms.restart(), []);
  t.equal(alarms.wakeAt, 1 * s + 10 * min);
  alarms.until(1 * min);
  t.same(alarms.reboot(4 * min), []);
  t.match(alarms.take(linkDown('b', alarms.now), alarms.now), [{ held: true }]);
  // 5 s up; by the wall clock 5 of the 10 minutes and a second have passed.
  t.equal(alarms.wakeAt, 5 * s + 5 * min + 1 * s);
  t.same(said(alarms.until(6 * min)), ['raised link-down leg/a', 'raised link-down leg/b']);
});

t.test('one that ran out while the agent was away is over at once', async t => {
  const alarms = new Alarms();
  alarms.maintain(1 * s, 10 * min);
  alarms.take(linkDown('a', 2 * s), 2 * s);
  t.same(said(alarms.reboot(11 * min)), ['raised link-down leg/a']);
  t.equal(alarms.state.maintenance, null);
});

t.test('a clock that is stepped moves its end', async t => {
  const alarms = new Alarms();
  alarms.maintain(1 * s, 10 * min);
  alarms.offset -= 1 * min;
  t.same(alarms.until(1 * s + 10 * min), []);
  t.ok(alarms.state.maintenance, 'it is not over by the wall clock');
  alarms.until(1 * s + 11 * min);
  t.equal(alarms.state.maintenance, null);
  alarms.maintain(20 * min, 10 * min);
  alarms.offset += 20 * min;
  alarms.take({ probe: 'tick' }, 21 * min);
  t.equal(alarms.state.maintenance, null);
});

t.test('one that is over before it begins holds nothing', async t => {
  const alarms = new Alarms();
  alarms.maintain(1 * s, 0);
  t.equal(alarms.wakeAt, null);
  t.match(alarms.take(linkDown('a', 2 * s), 2 * s), [
    { held: false, alarm: { maintenance: null } },
  ]);
});
