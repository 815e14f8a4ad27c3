/** Hardware in the topology: what is told stays known, what is gone says how it was, and a loss makes it stale. */
import t from 'tap';
import { hardwareCensus } from '../../../agent/topology/hardware.ts';
import { framesOfLoss } from '../../../agent/topology/selectors.ts';
import { topologyStep } from '../../../agent/topology/step.ts';
import { tableGet } from '../../../agent/topology/table.ts';
import type { Frame } from '../../../agent/wire.ts';
import { Helper, us } from '../support/frames.ts';
import { topologyOf } from '../support/topology.ts';

const h = new Helper();

const array = (ms: number, name: string, degraded = 0, gone = false) =>
  h.frame(ms, 'md', {
    ...{ array: name, level: 'raid1', state: 'clean', raid_disks: 2, degraded, action: 'idle' },
    ...{ members: [], gone },
  });
const reading = (ms: number, subject: string, outcome: 'ok' | 'gone' = 'ok') =>
  h.frame(ms, 'reading', {
    ...{ tool: 'smartctl' as const, subject, outcome, exit_code: 0, output: '{}', complaint: '' },
    ...{ took_us: 1000, interval_ms: 60_000 },
  });
const after = (before: Frame[], frame: Frame) => topologyStep(topologyOf(before), frame);

t.test('the last word is kept, and touched each time that it is told', async t => {
  const degraded = array(2, 'md0', 1);
  const topology = after([h.hello(0), array(1, 'md0')], degraded);
  t.match(tableGet(topology.hardware.md, 'md0'), {
    ...{ degraded: 1, stale: false, t: degraded.data.t_us },
  });
  t.same(topology.effect.hardware.md, ['md0']);
  t.same(
    topologyStep(topology, degraded).hardware,
    topology.hardware,
    'the same twice is the same',
  );
});

t.test('what is gone, or is not named by a whole snapshot, is told as it was', async t => {
  const two = [h.hello(0), array(1, 'md0', 1), array(1, 'md1')];
  const was = { kind: 'md', key: 'md0', entry: { degraded: 1 } };
  t.match(after(two, array(2, 'md0', 0, true)).effect.gone.hardware, [was]);
  const [begin, named, end] = h.snapshot(3, 'md', [array(3, 'md1')]) as [Frame, Frame, Frame];
  const swept = after([...two, begin, named], end);
  t.match(swept.effect.gone.hardware, [was]);
  t.equal(swept.hardware.md.size, 1);
  const [, , partly] = h.snapshot(3, 'md', [array(3, 'md1')], false) as [Frame, Frame, Frame];
  t.same(after([...two, begin, named], partly).effect.gone.hardware, [], 'in part proves nothing');
  t.same(after(two, array(2, 'md9', 0, true)).effect.gone.hardware, [], 'never known');
});

t.test('what becomes of the connection to the helper is nothing to the reader', async t => {
  const told = [h.hello(0), ...h.snapshot(1, 'reader', [reading(1, 'sda')])];
  const whole = topologyOf(told);
  const broken = framesOfLoss(whole, us(2), 'closed');
  const lost = { ...h.lost(2, 'reader') };
  const back = h.hello(4, { resumed: true });
  const stale = (frames: Frame[]) => {
    const { known, hardware } = topologyOf(frames);
    return [known.reading, tableGet(hardware.reading, 'smartctl sda')?.stale];
  };
  t.same(stale([...told, ...broken, back]), [true, false]);
  t.same(stale([...told, ...broken, lost, back]), [false, true], 'it went meanwhile');
  const unnumbered: Frame = { type: 'lost', data: { ...lost.data, seq: 0 } };
  t.same(stale([...told, unnumbered, ...broken, back]), [false, true], 'it had gone before');
  const later = [...told, unnumbered, ...h.snapshot(3, 'md', [array(3, 'md0')])];
  const { known } = topologyOf([...later, ...framesOfLoss(topologyOf(later), us(3), 'x'), back]);
  t.ok(known.md, 'what was known of the helper when it broke, not when the reader went');
  const [begin, named, end] = h.snapshot(5, 'reader', [reading(5, 'sda')]) as [Frame, Frame, Frame];
  const anew = new Helper(6).hello(6);
  t.same(stale([h.hello(0), begin, anew, named, end]), [true, false], 'a helper greets in between');
});

t.test("the reader's words are its own: a new helper does not make them stale", async t => {
  const told = [
    ...[h.hello(0), array(1, 'md0')],
    ...h.snapshot(1, 'reader', [reading(1, 'sda'), reading(1, 'sdb')]),
  ];
  const anew = after(told, new Helper(5).hello(6));
  t.equal(tableGet(anew.hardware.md, 'md0')?.stale, true);
  t.equal(tableGet(anew.hardware.reading, 'smartctl sda')?.stale, false);
  const lost = after(told, h.lost(2, 'reader'));
  t.equal(tableGet(lost.hardware.reading, 'smartctl sda')?.stale, true);
  t.equal(tableGet(lost.hardware.md, 'md0')?.stale, false);
  t.same(lost.effect.hardware.reading, ['smartctl sda', 'smartctl sdb'], 'to be read as unknown');
  t.match(after(told, reading(2, 'sda', 'gone')).effect.gone.hardware, [{ key: 'smartctl sda' }]);
});

t.test('a census names what there is where a whole snapshot has told', async t => {
  const census = (...frames: Frame[]) => hardwareCensus(topologyOf([h.hello(0), ...frames])).md;
  t.equal(census(array(1, 'md0')), null);
  t.same(census(...h.snapshot(1, 'md', [array(1, 'md1'), array(1, 'md0')])), ['md0', 'md1']);
  t.same(census(...h.snapshot(1, 'md', [])), []);
  t.equal(census(...h.snapshot(1, 'md', []), h.lost(2, 'md')), null);
});
