/** A blackhole that the helper's steering gets out of. */
import t from 'tap';
import { Helper, us } from '../support/frames.ts';
import { bfd, LAB_GROUP, steering } from '../support/lab_frames.ts';
import { cut, healed, lab, ms, Story } from '../support/story.ts';

/** c-a passes nothing from 0 on: seen by the flow at +55 ms, by the probe at +300 ms. */
function blackhole() {
  const { h, story } = lab();
  story.play(
    h.trace(0, 'begin'),
    cut(0, { kind: 'blackhole' }),
    h.stall(55, 1, 2, 31, 31),
    h.probe(300, 31, false, 20),
  );
  return { h, story };
}

t.test('steered at both ends in time: PASS, switched by it, and the record says so', async t => {
  const { h, story } = blackhole();
  story.play(
    steering(h, 63, { outcome: 'refused', how: null }),
    steering(h, 305),
    h.switch(306, 1, 'out', 31, 32),
    h.switch(390, 1, 'in', 31, 32),
    h.resume(391, 1, 2, 32, 32),
    h.progress(391, 1, 'switch', 2),
    h.account(5000, 1, 2, 391),
    h.trace(5000, 'end'),
    healed(2000, { kind: 'blackhole' }),
    h.probe(2020, 31, true, 2019),
    steering(h, 6000, { outcome: 'undone', asked_us: null }),
  );
  const { record } = story.end();
  t.match(record, {
    group: LAB_GROUP,
    state: 'closed',
    verdict: 'PASS',
    steered: { t_us: us(305), how: 'route', from: 'c-a', to: 'c-b' },
  });
  t.ok(record.findings.includes('steered'));
  t.equal(ms(record.switched_us), 306);
  t.equal(ms(record.flowing_us), 391);
});

t.test('without it nothing switches', async t => {
  const { h, story } = blackhole();
  story.play(
    steering(h, 63, { outcome: 'refused', how: null }),
    healed(2000, { kind: 'blackhole' }),
    h.probe(2020, 31, true, 2019),
    h.resume(3150, 1, 2, 31, 31),
    h.account(5000, 1, 2, 3150),
    h.trace(5000, 'end'),
  );
  const { record } = story.end();
  t.match(record, { verdict: 'FAIL', switched_us: null, steered: null, findings: [] });
});

t.test('a leg that was not lost, and what was done before, belong to no failover', async t => {
  const { h, story } = lab();
  story.play(
    steering(h, -500, { from_ifindex: 31 }),
    h.carrier(1, 31, 'd', 1, 2),
    steering(h, 20, { from_ifindex: 32, to_ifindex: 31 }),
    bfd(h, 21, 31),
  );
  t.equal(story.record.steered, null);
  t.notOk(story.record.findings.includes('steered'));
});

t.test('an active-backup bond is moved by its active member', async t => {
  const h = new Helper();
  const group = 'bond:bond0';
  const story = new Story();
  story.play(
    h.hello(-900),
    h.snapshot(-890, 'rtnl', [
      h.bond(-890, 20, 'bond0', { active_ifindex: 11 }),
      h.member(-890, 11, 'ens11', 20),
      h.member(-890, 12, 'ens12', 20, { state: 1 }),
      h.address(-890, 20, '10.5.0.1/24'),
    ]),
    h.snapshot(-880, 'tcp', [h.flow(-880, 1, 20, 20, { local: '10.5.0.1', remote: '10.5.0.9' })]),
    h.trace(0, 'begin'),
    h.stall(55, 1, 2, 20, 20),
    h.probe(300, 11, false, 20, '10.5.0.9'),
    h.activeMember(304, 20, 11, 12),
    steering(h, 305, {
      group,
      how: 'active-member',
      from_ifindex: 11,
      to_ifindex: 12,
      lasts: false,
    }),
    h.announce(306, 20),
    h.resume(320, 1, 2, 20, 20),
    h.account(5000, 1, 2, 320),
    h.trace(5000, 'end'),
  );
  const { record } = story.end();
  t.match(record, { group, verdict: 'PASS', steered: { how: 'active-member', from: 'ens11' } });
  t.equal(ms(record.switched_us), 304);
});
