import t from 'tap';
import { activeAlarm, activeAlarms, activeChanges } from '../../../agent/alarms/step.ts';
import { Alarms, active, BOOT, changed, cleared, linkDown } from './alarms.ts';

t.test('raised and cleared under one id, with its own times and revisions', async t => {
  const alarms = new Alarms();
  const down = linkDown('a', 100);
  const [raised] = alarms.take(down, 105);
  t.match(raised, {
    kind: 'raised',
    revision: 1,
    alarm: {
      type: 'link-down',
      managedObjectId: 'leg/a',
      perceivedSeverity: 'MAJOR',
      eventType: 'COMMUNICATIONS_ALARM',
      probableCause: 'Loss of signal',
      eventTime: { mono_us: 100, boot_id: BOOT },
      alarmRaisedTime: { mono_us: 105 },
      alarmChangedTime: null,
      alarmClearedTime: null,
      ackState: 'UNACKNOWLEDGED',
      alarmAcknowledgedTime: null,
      ackUser: null,
      maintenance: null,
      isRootCause: true,
      correlatedAlarmIds: [],
      faultDetails: ['no carrier'],
      clearCause: null,
      drill: null,
      failover: null,
    },
  });
  t.same(activeAlarms(alarms.state), [raised!.alarm]);
  const [end] = alarms.take(cleared(down, 200), 210);
  t.match(end, {
    kind: 'cleared',
    revision: 2,
    alarm: {
      id: raised!.alarm.id,
      perceivedSeverity: 'CLEARED',
      alarmClearedTime: { mono_us: 210 },
      clearCause: 'condition-ended',
    },
  });
  t.same(activeAlarms(alarms.state), []);
  t.same(alarms.take(cleared(down, 300), 310), [], 'once');
});

t.test('an id is never used again, even with a new store in the same moment', async t => {
  const ids = new Set<string>();
  const alarms = new Alarms({ damping: { cycles: 1000, window_s: 1, hold_s: 1 } });
  for (let i = 0; i < 100; i++) {
    const down = linkDown('a', 1);
    for (const change of alarms.take(down, 5)) ids.add(change.alarm.id);
    alarms.take(cleared(down, 2), 5);
    alarms.restart();
  }
  t.equal(ids.size, 100);
  const [fresh] = new Alarms().take(linkDown('a', 1), 6);
  t.notOk(ids.has(fresh!.alarm.id));
});

t.test('a drill covers its group, its legs and its targets, not the host', async t => {
  const alarms = new Alarms();
  alarms.take({ drill: 'd1', phase: 'begin', group: 'g', legs: ['a', 'b'] }, 1);
  const drillOf = (type: string, object: string) =>
    alarms.take(active({ type, object, t: 1 }), 2)[0]!.alarm.drill;
  t.equal(drillOf('link-down', 'leg/a'), 'd1');
  t.equal(drillOf('redundancy-lost', 'group/g'), 'd1');
  t.equal(drillOf('storage-path-stalled', 'target/g/10.0.0.2'), 'd1');
  t.equal(drillOf('link-down', 'leg/c'), null);
  t.equal(drillOf('redundancy-lost', 'group/g2'), null);
  t.equal(drillOf('spool-slow', 'host'), null);
  alarms.take({ drill: 'd1', phase: 'end' }, 3);
  t.equal(drillOf('link-down', 'leg/b'), null);
  const { active: before } = alarms.state;
  const [end] = alarms.take(cleared(linkDown('a', 1), 4), 5);
  t.equal(end!.alarm.drill, 'd1', 'the clear of what a drill raised is still its own');
  t.equal(Object.keys(before).length - 1, Object.keys(alarms.state.active).length);
});

t.test('the record names its drill, also when the drill is over', async t => {
  const [raised] = new Alarms().take(
    active({ type: 'failover-absent', object: 'group/g', t: 1, drill: 'd7', failover: 'f7' }),
    2,
  );
  t.match(raised, { alarm: { drill: 'd7', failover: 'f7' } });
});

t.test('what a link-down explains names it as its cause', async t => {
  const lost = active({
    type: 'redundancy-lost',
    object: 'group/g',
    t: 1,
    causes: ['link-down leg/a'],
  });
  t.test('when it was there before', async t => {
    const alarms = new Alarms();
    const [root] = alarms.take(linkDown('a', 1), 2);
    const [effect] = alarms.take(lost, 3);
    t.match(effect, {
      alarm: { isRootCause: false, correlatedAlarmIds: [root!.alarm.id] },
    });
  });
  t.test('when it comes after', async t => {
    const alarms = new Alarms();
    const [effect] = alarms.take(lost, 2);
    t.match(effect, { alarm: { isRootCause: true } });
    const changes = alarms.take(linkDown('a', 1), 3);
    t.match(changes, [
      { kind: 'raised', alarm: { type: 'link-down', isRootCause: true } },
      {
        kind: 'changed',
        revision: 2,
        alarm: {
          id: effect!.alarm.id,
          isRootCause: false,
          correlatedAlarmIds: [changes[0]!.alarm.id],
          alarmChangedTime: { mono_us: 3 },
        },
      },
    ]);
  });
});

t.test('a change keeps the id, and what it once said about drill and failover', async t => {
  const alarms = new Alarms();
  const first = active({ type: 'redundancy-lost', object: 'group/g', t: 1, failover: 'f1' });
  const [raised] = alarms.take(first, 2);
  const [change] = alarms.take(changed(first, { details: ['0 of 2'], failover: null }), 3);
  t.match(change, {
    kind: 'changed',
    revision: 2,
    alarm: { id: raised!.alarm.id, faultDetails: ['0 of 2'], failover: 'f1' },
  });
});

t.test('what was missed is marked between its times', async t => {
  const alarms = new Alarms();
  const [raised] = alarms.take(
    active({ type: 'link-down', object: 'leg/a', t: 2e6, between: [1e6, 2e6] }),
    2e6,
  );
  t.match(raised!.alarm.faultDetails, [/between 1\.000000 and 2\.000000 s/]);
});

t.test('a type that the catalogue does not have is an error of ours', async t => {
  t.throws(() => new Alarms().take(active({ type: 'nonsense', object: 'host', t: 1 }), 1));
});

t.test('other possible causes are no news, and are heeded all the same', async t => {
  const alarms = new Alarms();
  const lost = active({ type: 'redundancy-lost', object: 'group/g', t: 1 });
  alarms.take(lost, 2);
  t.same(alarms.take(changed(lost, { causes: ['link-down leg/a'] }), 3), []);
  t.match(alarms.take(linkDown('a', 4), 4), [
    { kind: 'raised' },
    { kind: 'changed', revision: 2, alarm: { isRootCause: false } },
  ]);
});

t.test(
  'when nothing is due, time changes nothing: the same state, which is not stored again',
  async t => {
    const alarms = new Alarms();
    alarms.maintain(1, 100);
    alarms.take(linkDown('a', 2), 2);
    const { state } = alarms;
    alarms.take({ probe: 'tick' }, 50);
    t.equal(alarms.state, state);
  },
);

t.test('a step leaves the state that it was given as it was', async t => {
  const alarms = new Alarms();
  alarms.take(
    active({ type: 'path-lost', object: 'group/g', t: 1, causes: ['link-down leg/a'] }),
    1,
  );
  const { state } = alarms;
  const before = JSON.stringify(state);
  alarms.take(linkDown('a', 2), 2);
  alarms.take(cleared(linkDown('a', 2), 3), 3);
  t.equal(JSON.stringify(state), before);
});

t.test('hops are those of what led to it', async t => {
  const alarms = new Alarms();
  alarms.hops = { frame_us: 104, observed_us: 109 };
  const down = linkDown('a', 100);
  t.same(alarms.take(down, 110)[0]!.hops, {
    event_us: 100,
    frame_us: 104,
    observed_us: 109,
    alarm_us: 110,
  });
  const [end] = alarms.take(cleared(down, 180), 200);
  t.equal(end!.hops.event_us, null, 'a clear may have waited on purpose');
  const [slow] = alarms.take(active({ type: 'link-speed-reduced', object: 'leg/a', t: 100 }), 300);
  t.equal(slow!.hops.event_us, null, 'and so may what is told only when it lasts');
  const [missed] = alarms.take(linkDown('b', 390, { between: [310, 390] }), 400);
  t.equal(missed!.hops.event_us, null, 'nobody knows when');
  alarms.hops = { frame_us: null, observed_us: null };
  const [late] = alarms.take(linkDown('c', 100), 500);
  t.same(late!.hops, { event_us: null, frame_us: null, observed_us: null, alarm_us: 500 });
});

t.test('the last change of each active alarm can be had', async t => {
  const alarms = new Alarms();
  const down = linkDown('a', 1);
  alarms.take(down, 2);
  const [second] = alarms.take(linkDown('b', 3), 4);
  const [change] = alarms.take(changed(down, { details: ['administratively down'] }), 5);
  t.same(activeChanges(alarms.state), [change, second]);
  t.same(activeAlarm(alarms.state, second!.alarm.id), second!.alarm);
  t.equal(activeAlarm(alarms.state, 'x'), undefined);
});
