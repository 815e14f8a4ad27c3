/** Multipath devices: their redundancy, their last path, and paths that flap. */
import t from 'tap';
import { restoreFaults } from '../../../agent/faults/step.ts';
import { legs, ms, paths, Story, s, session } from './story.ts';

const REDUNDANCY = 'redundancy-lost map/dm-0';
const LOST = 'storage-path-lost map/dm-0';
const FLAPPING = 'path-flapping path/dm-0/sdc';

t.test('one path is left, then none, then two again', async t => {
  const story = new Story()
    .tell(session('usable', 1 * s))
    .tell(session('failed', 1.5 * s, { subject: 'session/iscsi:session2' }))
    .tell(paths(1 * s, ['sdb', 'sdc']));
  story.said();
  story.tell(paths(2 * s, ['sdb', 'sdc!']));
  t.same(story.said(), [`active ${REDUNDANCY}`]);
  t.match(story.state.active[REDUNDANCY], {
    t: 2 * s,
    group: 'g',
    details: ['dm-multipath mpatha', '1 of 2 paths usable', 'not usable: sdc (failed)'],
  });
  t.ok(story.state.active[REDUNDANCY]?.causes.includes('storage-path-lost session/iscsi:session2'));
  story.tell(paths(3 * s, ['sdb!', 'sdc!']));
  t.same(story.said(), [`changed ${REDUNDANCY}`, `active ${LOST}`]);
  t.match(story.state.active[LOST], { severity: 'CRITICAL', t: 3 * s });
  t.ok(story.state.active[LOST]?.causes.includes(REDUNDANCY));
  story.tell(paths(4 * s, ['sdb', 'sdc'])).until(5 * s - 1);
  t.same(story.said(), []);
  story.until(5 * s);
  t.same(story.said(), [
    `cleared ${REDUNDANCY} condition-ended`,
    `cleared ${LOST} condition-ended`,
  ]);
  t.same(story.active(), ['storage-path-lost session/iscsi:session2'], "a session's is its own");
});

t.test('a path that is there no more is missed; one that was never there is not', async t => {
  const story = new Story().tell(paths(1 * s, ['sdb'])).until(2 * s);
  t.same(story.active(), []);
  story.tell(paths(3 * s, ['sdb', 'sdc'])).tell(paths(4 * s, ['sdb']));
  t.match(story.state.active[REDUNDANCY]?.details, [
    'dm-multipath mpatha',
    '1 of 2 paths usable',
    '1 not there any more',
  ]);
  story.tell(paths(5 * s, 'unknown')).until(60 * s);
  t.same(story.active(), [REDUNDANCY]);
  story.tell(paths(61 * s, 'absent'));
  t.same(story.active(), []);
  story.tell(paths(62 * s, ['sdb'])).until(70 * s);
  t.same(story.active(), [], 'made anew');
});

t.test('groups and maps do not clear each other', async t => {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b'])).tell(legs('g', 2 * s, ['a'], ['b']));
  story.tell(paths(1 * s, ['sdb', 'sdc'])).tell(paths(3 * s, ['sdb', 'sdc!']));
  const all = ['redundancy-lost group/g', REDUNDANCY];
  t.same(story.active(), all);
  const none = { legs: [], flows: [] };
  const census = { probe: 'census' as const, ...none };
  story.tell({
    ...census,
    t: 4 * s,
    groups: ['g'],
    storage: { sessions: [], disks: [], maps: ['dm-0'] },
  });
  t.same(story.active(), all);
  story.tell({
    ...census,
    t: 5 * s,
    groups: ['g'],
    storage: { sessions: [], disks: [], maps: [] },
  });
  t.same(story.active(), ['redundancy-lost group/g']);
  story.tell({ ...census, t: 6 * s, groups: [] });
  t.same(story.active(), []);
});

t.test('three failures of a path within a minute are flapping', async t => {
  const fail = (story: Story, t: number) =>
    story.tell(paths(t, ['sdb', 'sdc!'])).tell(paths(t + 100 * ms, ['sdb', 'sdc']));
  const story = new Story().tell(paths(1 * s, ['sdb', 'sdc']));
  for (const at of [2 * s, 30 * s]) fail(story, at);
  t.notOk(story.active().includes(FLAPPING));
  fail(story, 62.1 * s);
  t.notOk(story.active().includes(FLAPPING), 'the first was more than a minute ago');
  fail(story, 65 * s);
  t.match(story.state.active[FLAPPING], { t: 30 * s, details: ['3 failures within 60 s or less'] });
  story.until(124 * s);
  t.ok(story.active().includes(FLAPPING));
  story.until(125 * s);
  t.same(story.active(), []);
  t.match(story.said().at(-1), `cleared ${FLAPPING} condition-ended`);
});

t.test('failures that nobody saw are counted by the driver', async t => {
  const story = new Story().tell(paths(1 * s, ['sdb', 'sdc5'])).until(2 * s);
  t.same(story.active(), [], 'what it counted before is past');
  story.tell(paths(3 * s, ['sdb', 'sdc8']));
  t.same(story.active(), [FLAPPING]);
  story.tell(paths(4 * s, ['sdb']));
  t.same(story.said().at(-1), `cleared ${FLAPPING} subject-gone`);
});

t.test('what an earlier boot alarmed clears when it is well', async t => {
  const story = new Story().tell(paths(1 * s, ['sdb', 'sdc0']));
  story.tell(paths(2 * s, ['sdb', 'sdc!3']));
  t.same(story.active(), [FLAPPING, REDUNDANCY]);
  story.state = restoreFaults(story.state, false, 0);
  story.tell(paths(10 * s, ['sdb', 'sdc3'])).until(70 * s - 1);
  t.same(story.active(), [FLAPPING]);
  story.until(70 * s);
  t.same(story.active(), []);
});
