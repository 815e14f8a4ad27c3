/** The picture that a recording begins with: by it the topology is what it was by all the frames before. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { Base } from '../../../../agent/main/recording/base.ts';
import { parseLine } from '../../../../agent/main/recording/lines.ts';
import { flows, groups, watchCensus } from '../../../../agent/topology/selectors.ts';
import type { Topology } from '../../../../agent/topology/state.ts';
import { topologyStep } from '../../../../agent/topology/step.ts';
import { disks, maps, sessions } from '../../../../agent/topology/storage_selectors.ts';
import { tableEntries } from '../../../../agent/topology/table.ts';
import type { Frame } from '../../../../agent/wire.ts';
import { Helper, labSnapshots } from '../../support/frames.ts';
import { topologyOf } from '../../support/topology.ts';

const folder = new URL('../../../replays/', import.meta.url);
const names = readdirSync(folder).filter(file => file.endsWith('.jsonl'));

const framesOf = (name: string): Frame[] =>
  readFileSync(new URL(name, folder), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .flatMap(text => {
      const line = parseLine(text);
      return line.is === 'frame' ? [line.frame] : [];
    });

/** What other rooms see. */
function view(topology: Topology) {
  const { known, devices, hardware, helper } = topology;
  const tables = Object.entries({ ...devices, ...hardware }).map(([kind, table]) => [
    kind,
    Object.fromEntries([...tableEntries<string | number, unknown>(table as never)].sort()),
  ]);
  return {
    ...{ known, groups: groups(topology), flows: flows(topology), tables },
    ...{ sessions: sessions(topology), disks: disks(topology), maps: maps(topology) },
    watched: watchCensus(topology),
    helper: helper && { ...helper, dropped: null },
  };
}

const folded = (frames: readonly Frame[]) => {
  const base = new Base();
  for (const frame of frames) base.fold(frame);
  return base;
};

for (const name of names) {
  t.test(`${name}, cut anywhere`, async t => {
    const frames = framesOf(name);
    const step = Math.max(1, Math.floor(frames.length / 60));
    for (let cut = 1; cut <= frames.length; cut += step) {
      const [before, after] = [frames.slice(0, cut), frames.slice(cut)];
      const straight = topologyOf(before);
      const base = folded(before);
      // Legs that a group has had are in the recording's head.
      const start = { ...topologyOf([]), memory: straight.memory };
      const again = topologyOf(base.frames(frames[cut - 1]!.data.t_us), start);
      if (JSON.stringify(view(again)) !== JSON.stringify(view(straight))) {
        t.same(view(again), view(straight), `after ${cut} of ${frames.length}`);
        return;
      }
      const end = view(after.reduce(topologyStep, straight));
      if (JSON.stringify(view(after.reduce(topologyStep, again))) !== JSON.stringify(end)) {
        t.same(view(after.reduce(topologyStep, again)), end, `from ${cut} on`);
        return;
      }
    }
    t.pass('the same');
  });
}

t.test('what has gone is kept no more', async t => {
  const h = new Helper();
  const open = [h.hello(0), ...labSnapshots(h, 1), ...h.snapshot(2, 'tcp', [h.flow(2, 1, 31, 31)])];
  const size = folded(open).size;
  const stalled = [...open, h.stall(3, 1, 31, 31, 2)];
  t.equal(folded(stalled).size, size + 1);
  t.equal(folded([...stalled, h.flow(4, 1, 31, 31, { closed: true })]).size, size - 1);
});
