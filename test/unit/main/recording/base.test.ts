/** The picture that a recording begins with: by it the topology is what it was by all the frames before. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { Base } from '../../../../agent/main/recording/base.ts';
import { parseLine } from '../../../../agent/main/recording/lines.ts';
import { flows, framesOfLoss, groups, watchCensus } from '../../../../agent/topology/selectors.ts';
import type { Topology } from '../../../../agent/topology/state.ts';
import { topologyStep } from '../../../../agent/topology/step.ts';
import { disks, maps, sessions } from '../../../../agent/topology/storage_selectors.ts';
import { tableEntries } from '../../../../agent/topology/table.ts';
import type { Frame } from '../../../../agent/wire.ts';
import { Helper, us } from '../../support/frames.ts';
import { hw } from '../../support/hardware_frames.ts';
import { labSnapshots } from '../../support/lab_frames.ts';
import { runSeed, seeded } from '../../support/random.ts';
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
      const again = topologyOf(base.frames(), start);
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

const KINDS: Readonly<Record<string, readonly string[]>> = {
  ...{ rtnl: ['link', 'address', 'nexthop'], tcp: ['flow'], ethtool: ['mode'] },
  ...{ disk: ['disk'], md: ['md'], reader: ['r'] },
};

/** Links, flows, disks and parts that come and go, with losses, snapshots, and helpers that come back or begin anew. */
function life(random: () => number, length: number): Frame[] {
  const pick = (below: number) => Math.floor(random() * below);
  const some = <T>(of: readonly T[]): T => of[pick(of.length)]!;
  let [h, ms] = [new Helper(), 0];
  const frames: Frame[] = [h.hello(0)];
  /** What was told and has not gone: nobody tells the end, or more, of anything else. */
  const there = new Set<string>();
  const isThere = (key: string) => there.has(key);
  const goes = (key: string) => {
    const gone = isThere(key) && random() < 0.4;
    if (gone) there.delete(key);
    else there.add(key);
    return gone;
  };
  const forget = (kind: string) => {
    for (const key of there) if (key.startsWith(`${kind} `)) there.delete(key);
  };
  const index = () => 1 + pick(4);
  const link = (i: number) => h.link(ms, i, `eth${pick(9)}`, { gone: goes(`link ${i}`) });
  const flow = (i: number) => h.flow(ms, i, 1, 2, { closed: goes(`flow ${i}`) });
  const levels: Record<string, (i: number) => Frame> = {
    rtnl: i =>
      some([
        () => link(i),
        () => h.address(ms, i, `10.0.0.${i}/24`, goes(`address ${i}`)),
        () => h.nexthop(ms, i, `${i}@10.0.0.1`, { gone: goes(`nexthop ${i}`) }),
      ])(),
    carrier: i => h.carrier(ms, i, 'u', pick(9), pick(9)),
    tcp: flow,
    ethtool: i => h.nicMode(ms, i, { gone: goes(`mode ${i}`) }),
    disk: i =>
      h.frame(ms, 'disk', {
        ...{ disk: `sd${i}`, major: 8, minor: 0, kind: 'local', session: null, map: null },
        ...{ pci: null, scsi: null, holders: [], gone: goes(`disk ${i}`) },
      }),
    md: i => hw(h, ms, 'md', { array: `md${i}`, degraded: pick(2), gone: goes(`md ${i}`) }),
    reader: i =>
      some([
        () => hw(h, ms, 'reading', { subject: `sd${i}`, outcome: goes(`r ${i}`) ? 'gone' : 'ok' }),
        () => hw(h, ms, 'hwmon', { chip: `hwmon${i}` }),
      ])(),
  };
  const sources = Object.keys(levels);
  const events: (() => Frame[])[] = [
    () => {
      const i = index();
      const reason = some(['unacked', 'unanswered'] as const);
      if (!isThere(`flow ${i}`)) return [];
      const say = random() < 0.6 ? 'stall' : 'resume';
      return [h[say](ms, i, ms - 5, 1, 2, reason)];
    },
    () => {
      const i = index();
      return isThere(`flow ${i}`) ? [h.switch(ms, i, some(['out', 'in']), 1, 2)] : [];
    },
    () => {
      const source = some(sources);
      const complete = random() < 0.8;
      if (complete) for (const kind of KINDS[source] ?? []) forget(kind);
      const named = [1, 2, 3, 4].filter(() => random() < 0.5).map(i => levels[source]!(i));
      return h.snapshot(ms, source, named, complete);
    },
    () => [h.lost(ms, some([...sources, 'ring']))],
    () => {
      const resumed = random() < 0.6;
      if (!resumed) there.clear();
      return [...framesOfLoss(topologyOf(frames), us(ms), 'closed'), h.hello(ms, { resumed })];
    },
    () => {
      h = new Helper(ms);
      there.clear();
      return [h.hello(ms)];
    },
  ];
  while (frames.length < length) {
    ms += 10;
    if (random() < 0.6) frames.push(levels[some(sources)]!(index()));
    else frames.push(...some(events)());
  }
  return frames;
}

t.test('whatever comes and goes', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  for (let round = 0; round < 12; round++) {
    const frames = life(random, 150);
    for (let cut = 1; cut <= frames.length; cut += 7) {
      const before = frames.slice(0, cut);
      const straight = topologyOf(before);
      const start = { ...topologyOf([]), memory: straight.memory };
      const again = topologyOf(folded(before).frames(), start);
      if (JSON.stringify(view(again)) === JSON.stringify(view(straight))) continue;
      t.same(view(again), view(straight), `round ${round}, after ${cut}`);
      return;
    }
  }
  t.pass('the same');
});

t.test('a stall survives a snapshot after which its flow is told again', async t => {
  const h = new Helper();
  const tell = (ms: number) => h.flow(ms, 1, 31, 31);
  const frames = [
    ...[h.hello(0), ...h.snapshot(1, 'tcp', [tell(1)]), h.stall(2, 1, 31, 31, 1), tell(3)],
    ...[...h.snapshot(4, 'tcp', [tell(4)]), tell(5), tell(6)],
  ];
  t.equal(flows(topologyOf(frames))[0]?.state, 'stalled');
  t.same(flows(topologyOf(folded(frames).frames())), flows(topologyOf(frames)));
});

t.test('what has gone is kept no more', async t => {
  const h = new Helper();
  const open = [h.hello(0), ...labSnapshots(h, 1), ...h.snapshot(2, 'tcp', [h.flow(2, 1, 31, 31)])];
  const size = folded(open).size;
  const stalled = [...open, h.stall(3, 1, 31, 31, 2)];
  t.equal(folded(stalled).size, size + 1);
  t.equal(folded([...stalled, h.flow(4, 1, 31, 31, { closed: true })]).size, size - 1);
});
