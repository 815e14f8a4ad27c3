/** Which roots an alarm names, as its causes come, change and end. */
import t from 'tap';
import { ROOTS_MAX } from '../../../agent/alarms/roots.ts';
import { activeAlarms } from '../../../agent/alarms/step.ts';
import type { FaultChange } from '../../../agent/types.ts';
import { NIC } from '../faults/story.ts';
import { Alarms, active, changed, cleared, linkDown, s } from './alarms.ts';

const lost = (over = {}): FaultChange =>
  active({
    type: 'redundancy-lost',
    object: 'group/g',
    t: 1,
    causes: ['link-down leg/a', 'link-flapping leg/a', 'link-down leg/b'],
    ...over,
  });

t.test('a link that flaps is named once by what follows from it', async t => {
  const alarms = new Alarms();
  const down = linkDown('a', 1);
  const [root] = alarms.take(down, 1);
  alarms.take(lost(), 2);
  alarms.take(cleared(down, 3), 3);
  t.equal(alarms.take(linkDown('a', 4), 4).length, 1, 'the next loss is no change of it');
  t.match(alarms.take(changed(lost(), { details: ['x'] }), 5), [
    { alarm: { correlatedAlarmIds: [/./] } },
  ]);
  const named = activeAlarms(alarms.state).find(one => one.type === 'redundancy-lost');
  t.notMatch(named!.correlatedAlarmIds, [root!.alarm.id], 'but what it says is up to date');
});

t.test('a second cause is named when it comes', async t => {
  const alarms = new Alarms();
  const [a] = alarms.take(linkDown('a', 1), 1);
  alarms.take(lost(), 2);
  const [b, effect] = alarms.take(linkDown('b', 3), 3);
  t.match(effect, {
    kind: 'changed',
    alarm: { correlatedAlarmIds: [a!.alarm.id, b!.alarm.id], isRootCause: false },
  });
});

t.test('what is over at once explains nothing that was there long before', async t => {
  const causes = [`pcie-error pci/${NIC}`];
  const error = (at: number) => active({ type: 'pcie-error', object: `pci/${NIC}`, t: at });
  const near = new Alarms();
  near.take(linkDown('a', 10 * s, { causes }), 10 * s);
  t.equal(near.take(error(70 * s), 70 * s).length, 2, 'a minute later it may still be why');
  const far = new Alarms();
  far.take(linkDown('a', 10 * s, { causes }), 10 * s);
  t.equal(far.take(error(71 * s), 71 * s).length, 1);
  far.take(changed(linkDown('a', 10 * s, { causes }), { details: ['x'] }), 72 * s);
  t.ok(activeAlarms(far.state).every(one => one.isRootCause));
});

t.test('of a thousand causes the first are named, and the others are no news', async t => {
  const alarms = new Alarms();
  const stalls = [...Array(1000).keys()].map(i =>
    active({ type: 'storage-path-stalled', object: `target/g/${i}`, t: 1 }),
  );
  const causes = stalls.map(({ fault }) => `${fault.type} ${fault.object}`);
  const outcome = active({ type: 'failover-absent', object: 'group/g', t: 1, causes });
  const raised = stalls.slice(0, 2).flatMap(stall => alarms.take(stall, 2));
  alarms.take(outcome, 3);
  raised.push(...stalls.slice(2).flatMap(stall => alarms.take(stall, 4)));
  const ids = raised.filter(({ kind }) => kind === 'raised').map(({ alarm }) => alarm.id);
  t.equal(raised.length - ids.length, ROOTS_MAX - 2, 'so often has it changed');
  const named = activeAlarms(alarms.state).find(one => one.type === 'failover-absent');
  t.same(named!.correlatedAlarmIds, ids.slice(0, ROOTS_MAX));
  const late = new Alarms();
  for (const stall of stalls) late.take(stall, 2);
  t.match(late.take(outcome, 3), [{ alarm: { correlatedAlarmIds: { length: ROOTS_MAX } } }]);
});

t.test('a cause that was over when its effect is told is its cause', async t => {
  const down = linkDown('a', 10 * s, { failover: 'f1' });
  const root = (alarms: Alarms) => {
    const [raised] = alarms.take(down, 10 * s);
    alarms.take(cleared(down, 11 * s), 11 * s);
    return raised!.alarm.id;
  };
  const causes = ['link-down leg/a'];
  const effect = (over: object) =>
    active({ type: 'failover-slow', object: 'group/g', t: 11.5 * s, causes, ...over });
  for (const [over, named] of [
    [{ t: 10.5 * s }, true],
    [{ failover: 'f1' }, true],
    [{ failover: 'f2' }, false],
    [{}, false],
  ] as const) {
    const alarms = new Alarms();
    const id = root(alarms);
    const [raised] = alarms.take(effect(over), 12 * s);
    t.same(raised!.alarm.correlatedAlarmIds, named ? [id] : [], JSON.stringify(over));
    t.equal(raised!.alarm.isRootCause, !named);
  }
});

t.test('what names a root without a cause of its own any more follows it still', async t => {
  const alarms = new Alarms();
  const down = linkDown('a', 1, { causes: ['nic-removed leg/a'] });
  alarms.take(down, 1);
  const effect = lost();
  alarms.take(effect, 2);
  alarms.take(changed(effect, { details: ['x'], causes: [] }), 3);
  const [root] = alarms.take(active({ type: 'nic-removed', object: 'leg/a', t: 4 }), 4);
  const named = activeAlarms(alarms.state).find(one => one.type === 'redundancy-lost');
  t.same(named!.correlatedAlarmIds, [root!.alarm.id]);
});

t.test('a root that turns out to have a cause gives its place to it', async t => {
  const alarms = new Alarms();
  const [cause] = alarms.take(active({ type: 'nic-removed', object: 'leg/b', t: 1 }), 1);
  const down = linkDown('a', 2);
  alarms.take(down, 2);
  const effect = lost();
  alarms.take(effect, 3);
  alarms.take(changed(effect, { details: ['x'], causes: [] }), 4);
  t.match(alarms.take(changed(down, { causes: ['nic-removed leg/b'] }), 5), [
    { alarm: { type: 'link-down', correlatedAlarmIds: [cause!.alarm.id] } },
    { alarm: { type: 'redundancy-lost', correlatedAlarmIds: [cause!.alarm.id] } },
  ]);
});

t.test('faults that name each other leave a root', async t => {
  const alarms = new Alarms();
  const a = { type: 'link-down', object: 'leg/a', t: 1, causes: ['link-down leg/b'] };
  const b = { type: 'link-down', object: 'leg/b', t: 1, causes: ['link-down leg/a'] };
  alarms.take(active(a), 1);
  alarms.take(active(b), 2);
  t.same(
    activeAlarms(alarms.state).map(one => one.isRootCause),
    [true, false],
  );
});
