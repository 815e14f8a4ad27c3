/** What every probe keeps, whatever it sees. Runs over each folder of agent/probes. */
import { readdirSync } from 'node:fs';
import t from 'tap';
import { probes } from '../../../agent/probes/all.ts';
import type { Probe } from '../../../agent/probes/probe.ts';
import { createTopology, type Topology } from '../../../agent/topology/state.ts';
import { topologyStep } from '../../../agent/topology/step.ts';
import type { Observation } from '../../../agent/types.ts';
import { type Frame, frameSchema } from '../../../agent/wire.ts';
import { Helper, labRoute, labSnapshots } from '../support/frames.ts';
import { options, topologyOf } from '../support/topology.ts';

const FOLDER = new URL('../../../agent/probes/', import.meta.url);
const names = readdirSync(FOLDER, { withFileTypes: true })
  .filter(one => one.isDirectory())
  .map(one => one.name)
  .sort();

const h = new Helper();
const snapshots = (ms: number): Frame[] => [
  ...labSnapshots(h, ms),
  ...h.snapshot(ms, 'tcp', [
    h.flow(ms, 1, 31, 31),
    h.flow(ms, 2, 32, 32),
    h.stall(ms, 2, ms - 60, 32, 32),
  ]),
  ...h.snapshot(ms, 'prober', [h.probe(ms, 31, true, 1), h.probe(ms, 32, false, 1)]),
];
const start = [h.hello(0), ...snapshots(10)];

/** At least one frame of each type. */
const life: Frame[] = [
  ...start,
  h.heartbeat(1000),
  h.carrier(1001, 31, 'd', 1, 2),
  h.frame(1002, 'nudge', { ifindex: 31, how: 'ask', errno: 0, honoured: true, cause_us: 1 }),
  h.trace(1002, 'begin'),
  labRoute(h, 1003, 'a'),
  h.nexthop(1003, 1, '31@10.77.1.2'),
  h.switch(1004, 1, 'out', 31, 32),
  h.progress(1005, 1, 'switch', 999),
  h.stall(1060, 1, 1005, 32, 31),
  h.resume(1070, 1, 1005, 32, 32),
  h.account(6000, 1, 1005, 1070),
  h.trace(6000, 'end'),
  h.probe(6001, 31, false, 1200),
  h.frame(6002, 'refused', { request: 'configure', reason: 'too many echoes' }),
  h.link(6003, 32, 'c-b', { gone: true }),
  h.lost(7000, 'rtnl'),
  ...snapshots(7001),
];

const subjects = (seen: Observation[]) =>
  new Map(seen.map(one => [`${one.aspect} ${one.subject}`, 'value' in one ? one.value : null]));

function run(probe: Probe, frames: Frame[], from: Topology = createTopology(options)) {
  let topology = from;
  const seen: Observation[] = [];
  for (const frame of frames) {
    topology = topologyStep(topology, frame);
    seen.push(...probe.observe(frame, topology));
  }
  return { seen, topology };
}

t.test('every folder is a probe, and every probe is asked', async t => {
  t.same(probes.map(one => one.name).sort(), names);
  const types = new Set(life.map(one => one.type));
  const all = frameSchema.options.map(one => one.shape.type.value);
  t.same(
    all.filter(type => !types.has(type)),
    [],
    'this suite shows them each type of frame',
  );
});

for (const name of names) {
  t.test(name, async t => {
    const { probe } = (await import(`../../../agent/probes/${name}/probe.ts`)) as { probe: Probe };

    t.test('has the name of its folder, and observes its own', async t => {
      t.equal(probe.name, name);
      const { seen } = run(probe, life);
      t.ok(seen.length > 0);
      t.same([...new Set(seen.map(one => one.probe))], [name]);
    });

    t.test('is pure', async t => {
      let topology = createTopology(options);
      for (const frame of life) {
        topology = topologyStep(topology, frame);
        const before = structuredClone(topology);
        const once = structuredClone(probe.observe(frame, topology));
        t.same(probe.observe(frame, topology), once, frame.type);
        t.same(topology, before, `${frame.type}: nothing changed`);
      }
    });

    t.test('tells times of the past alone', async t => {
      let topology = createTopology(options);
      for (const frame of life) {
        topology = topologyStep(topology, frame);
        for (const { t: at } of probe.observe(frame, topology)) {
          if (at > frame.data.t_us) t.fail(`${frame.type}: ${at} > ${frame.data.t_us}`);
        }
      }
    });

    t.test('the same snapshot twice gives the same levels', async t => {
      const once = run(probe, start);
      const again = run(probe, snapshots(10), once.topology);
      const [before, after] = [subjects(once.seen), subjects(again.seen)];
      for (const [subject, value] of after) t.same(value, before.get(subject), subject);
    });

    t.test('unknown after a loss, known after the snapshot', async t => {
      if (probe.name === 'self') return t.pass('knows itself');
      const known = run(probe, start);
      const levels = [...subjects(known.seen)].filter(
        ([subject]) => !subject.startsWith('passage'),
      );
      const lost = subjects(run(probe, [h.lost(20, 'ring')], known.topology).seen);
      for (const [subject] of levels) t.equal(lost.get(subject), 'unknown', subject);
      const blind = topologyOf([h.lost(20, 'ring')], known.topology);
      const again = subjects(run(probe, snapshots(30), blind).seen);
      for (const [subject, value] of levels) t.same(again.get(subject), value, subject);
    });

    t.test('absent after a complete snapshot without it', async t => {
      if (probe.name === 'self') return t.pass('is always there');
      const known = run(probe, start);
      const levels = [...subjects(known.seen).keys()].filter(one => !one.startsWith('passage'));
      const empty = ['prober', 'tcp', 'carrier', 'rtnl'].flatMap(one => h.snapshot(40, one, []));
      const { seen, topology } = run(probe, empty, known.topology);
      for (const subject of levels) t.equal(subjects(seen).get(subject), 'absent', subject);
      t.same(run(probe, empty, topology).seen, [], 'and is told once');
    });
  });
}
