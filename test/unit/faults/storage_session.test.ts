/** storage-path-lost of the kernel's sessions. */
import t from 'tap';
import { legs, record, Story, s, session } from './story.ts';

const LOST = 'storage-path-lost session/iscsi:session1';

t.test('a session that fails, and is well again for a second', async t => {
  const story = new Story()
    .tell(legs('g', 1 * s, ['a', 'b']))
    .tell(record({ t: 1 * s, id: 'f9', drill: 'd1' }))
    .tell(session('usable', 1 * s))
    .tell(session('failed', 2 * s));
  t.same(story.said(), [`active ${LOST}`]);
  t.match(story.state.active[LOST], {
    t: 2 * s,
    group: 'g',
    failover: 'f9',
    drill: 'd1',
    details: ['iscsi iqn.x:disk at 10.0.0.2', 'state FAILED', 'disks: sdb'],
  });
  const { causes } = story.state.active[LOST]!;
  for (const key of [
    'storage-target-unreachable target/g/10.0.0.2',
    'storage-path-stalled target/g/10.0.0.2',
    'path-lost group/g',
    'link-down leg/a',
    'link-down leg/b',
  ]) {
    t.ok(causes.includes(key), key);
  }
  story.tell(session('usable', 3 * s)).tell(session('failed', 3.5 * s));
  story.tell(session('usable', 4 * s)).until(5 * s - 1);
  t.same(story.said(), []);
  story.until(5 * s);
  t.same(story.said(), [`cleared ${LOST} condition-ended`]);
  t.equal(story.wakeAt, null);
});

t.test('a connection that is closed, and not back within 3 s', async t => {
  const told = (more: Parameters<typeof session>[2], backAt = 60 * s) =>
    new Story()
      .tell(session('usable', 1 * s, more))
      .tell(session('usable', 2 * s, { ...more, connected: false }))
      .until(Math.min(backAt, 5 * s - 1))
      .tell(session('usable', backAt, more))
      .until(90 * s)
      .said();
  const both = [`active ${LOST}`, `cleared ${LOST} condition-ended`];
  t.same(told({}), both);
  t.same(told({}, 4.9 * s), [], 'it was back in time');
  t.same(told({ disks: [] }), [], 'nobody needs it');
  t.same(told({ protocol: 'nfs' }), [], 'NFS closes connections that are idle');
  const never = new Story().tell(session('usable', 1 * s, { connected: null })).until(60 * s);
  t.same(never.said(), [], 'one that was never seen was never closed');
});

t.test('unknown clears nothing, gone does', async t => {
  const lost = () => new Story().tell(session('failed', 1 * s));
  const story = lost()
    .tell(session('unknown', 2 * s))
    .until(60 * s);
  t.same(story.active(), [LOST]);
  story.tell(session('absent', 61 * s));
  t.same(story.active(), []);
  const none = { legs: [], groups: [], flows: [] };
  const counted = lost().tell({ probe: 'census', t: 2 * s, ...none });
  t.same(counted.active(), [LOST], 'a census that says nothing of sessions');
  const storage = { sessions: ['iscsi:session2'], disks: null, maps: null };
  counted.tell({ probe: 'census', t: 3 * s, ...none, storage });
  t.same(counted.active(), []);
  t.same(counted.state.scene.sessions, {}, 'nor is it remembered where it led');
});
