import t from 'tap';
import {
  type AlarmInput,
  type AlarmState,
  activeAlarms,
  alarmStep,
  initialAlarms,
  restoreAlarms,
} from '../../../agent/alarms/step.ts';
import { makeFault } from '../../../agent/faults/set.ts';
import type { AlarmChange, Fault, FaultChange, Stamp, Us } from '../../../agent/types.ts';

const BOOT = '11111111-2222-4333-8444-555555555555';
const stampOf = (mono_us: Us): Stamp => ({ boot_id: BOOT, mono_us, wall_us: mono_us + 1e15 });

const active = (of: Parameters<typeof makeFault>[0]): FaultChange => ({
  kind: 'active',
  fault: makeFault(of),
  clearCause: null,
});
const linkDown = (leg: string, at: Us): FaultChange =>
  active({ type: 'link-down', object: `leg/${leg}`, t: at, leg, details: ['no carrier'] });
const cleared = (change: FaultChange, at: Us, over: Partial<Fault> = {}): FaultChange => ({
  kind: 'cleared',
  fault: { ...change.fault, t: at, ...over },
  clearCause: 'condition-ended',
});

class Alarms {
  state: AlarmState = initialAlarms;
  readonly changes: AlarmChange[] = [];
  take(input: AlarmInput, now: Us): AlarmChange[] {
    const [state, changes, wakeAt] = alarmStep(this.state, input, now, stampOf);
    if (wakeAt !== null) throw new Error('alarms wait for nothing');
    this.state = state;
    this.changes.push(...changes);
    return changes;
  }
}

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
  const alarms = new Alarms();
  for (let i = 0; i < 100; i++) {
    const down = linkDown('a', 1);
    for (const change of alarms.take(down, 5)) ids.add(change.alarm.id);
    alarms.take(cleared(down, 2), 5);
    alarms.state = restoreAlarms(JSON.parse(JSON.stringify(alarms.state)));
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
  const [changed] = alarms.take(
    {
      kind: 'changed',
      fault: { ...first.fault, details: ['0 of 2'], failover: null },
      clearCause: null,
    },
    3,
  );
  t.match(changed, {
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

t.test('severity follows the fault where the fault has one', async t => {
  const alarms = new Alarms();
  const faint = (severity: Fault['severity']) =>
    active({ type: 'optics-degraded', object: 'leg/a', t: 100, severity });
  const severityOf = (change: FaultChange, now: Us) =>
    alarms.take(change, now)[0]?.alarm.perceivedSeverity;
  t.equal(severityOf(faint(null), 101), 'WARNING', "else it is the catalogue's");
  t.equal(severityOf({ ...faint('MAJOR'), kind: 'changed' }, 102), 'MAJOR');
  t.equal(severityOf({ ...faint(null), kind: 'changed' }, 103), 'MAJOR', 'or the last one');
  t.equal(severityOf({ ...faint('WARNING'), kind: 'changed' }, 104), 'WARNING');
  t.equal(severityOf(cleared(faint('WARNING'), 105), 106), 'CLEARED');
});
