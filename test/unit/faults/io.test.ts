/** io-stalled and io-errors. */
import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { by, io, ioErrors, legs, Story, s, session } from './story.ts';

const STALLED = 'io-stalled disk/sdb';

t.test('a disk whose oldest request is not answered', async t => {
  const story = new Story()
    .tell(legs('g', 1 * s, ['a', 'b']))
    .tell(session('usable', 1 * s))
    .tell(io('sdb', 'moving', 1 * s))
    .tell(by('1', 'stalled', 1.1 * s, 'a'))
    .tell(io('sdb', 'stalled', 3 * s));
  t.same(story.said(), ['active storage-path-stalled target/g/10.0.0.2', `active ${STALLED}`]);
  const { causes, ...fault } = story.state.active[STALLED]!;
  t.match(fault, {
    t: 2 * s,
    group: 'g',
    details: ['3 requests in flight, the oldest for 1.0 s'],
  });
  for (const key of [
    'storage-path-lost session/iscsi:session1',
    'storage-path-stalled target/g/10.0.0.2',
    'link-down leg/b',
  ]) {
    t.ok(causes.includes(key), key);
  }
  story.tell(io('sdb', 'stalled', 4 * s, { in_flight: 9 }));
  t.same(story.said(), [], 'more of the same is no news');
  story.tell(io('sdb', 'moving', 5 * s)).tell(io('sdb', 'stalled', 5.5 * s));
  story.tell(io('sdb', 'unknown', 6 * s)).until(30 * s);
  t.ok(story.active().includes(STALLED), 'unknown clears nothing');
  story.tell(io('sdb', 'moving', 31 * s)).until(32 * s);
  t.same(story.said(), [`cleared ${STALLED} condition-ended`]);
});

t.test('a multipath device stands still because its paths do', async t => {
  const story = new Story()
    .tell(session('usable', 1 * s))
    .tell(io('sdb', 'stalled', 3 * s, { map: 'dm-0' }))
    .tell(io('dm-0', 'stalled', 3 * s, { session: null }));
  const { causes, group } = story.state.active['io-stalled disk/dm-0']!;
  t.equal(group, 'g');
  t.ok(causes.includes(STALLED));
  t.ok(causes.includes('storage-path-lost map/dm-0'));
  t.ok(causes.includes('storage-path-lost session/iscsi:session1'));
  story.tell(io('sdb', 'absent', 4 * s));
  t.same(story.active(), ['io-stalled disk/dm-0']);
  const storage = { sessions: null, disks: [], maps: null };
  story.tell({ probe: 'census', t: 5 * s, legs: [], groups: [], flows: [], storage });
  t.same(story.active(), []);
});

t.test('errors: what is new raises, and 60 s without clear', async t => {
  const key = 'io-errors disk/sdb';
  const story = new Story().tell(ioErrors('sdb', 1 * s, 7)).until(2 * s);
  t.same(story.active(), [], 'of before our time');
  story.tell(ioErrors('sdb', 3 * s, 9));
  t.match(story.state.active[key], { t: 3 * s, details: ['the last: EIO'] });
  story.tell(ioErrors('sdb', 30 * s, 10)).tell(ioErrors('sdb', 40 * s, 'unknown'));
  t.same(story.said(), [`active ${key}`]);
  story.until(90 * s - 1);
  t.same(story.active(), [key]);
  story.until(90 * s);
  t.same(story.said(), [`cleared ${key} condition-ended`]);
  story.tell(ioErrors('sdb', 100 * s, 2));
  t.same(story.active(), [key], 'the helper counts from its start');
  story.tell(ioErrors('sdb', 101 * s, 'absent'));
  t.same(story.said().at(-1), `cleared ${key} subject-gone`);
});

t.test('errors that an earlier boot alarmed', async t => {
  const story = new Story().tell(ioErrors('sdb', 1 * s, 1)).tell(ioErrors('sdb', 2 * s, 2));
  t.same(story.active(), ['io-errors disk/sdb']);
  story.state = restoreFaults(story.state, false, 0);
  story.tell(ioErrors('sdb', 10 * s, 0)).until(70 * s - 1);
  t.same(story.active(), ['io-errors disk/sdb']);
  story.until(70 * s);
  t.same(story.active(), []);
});
