/** Levels: snapshots, losses, and that telling twice changes nothing (law 4). */
import t from 'tap';
import { census, flows, framesOfLoss, groups } from '../../../agent/topology/selectors.ts';
import type { Topology } from '../../../agent/topology/state.ts';
import { tableEntries } from '../../../agent/topology/table.ts';
import type { Frame } from '../../../agent/wire.ts';
import { Helper, us } from '../support/frames.ts';
import { LAB_GROUP, labRoute, labSnapshots } from '../support/lab_frames.ts';
import { topologyOf } from '../support/topology.ts';

const h = new Helper();
const tcp = (...frames: Frame[]) => h.snapshot(2, 'tcp', frames);
const prober = (...frames: Frame[]) => h.snapshot(2, 'prober', frames);
const all = [
  h.hello(0),
  ...labSnapshots(h, 1),
  ...tcp(h.flow(2, 1, 31, 31), h.flow(2, 2, 32, 32), h.stall(2, 2, 1, 32, 32)),
  ...prober(h.probe(2, 31, true, 1), h.probe(2, 32, false, 1)),
];

/** Everything that is believed, without what the last frame touched. */
function belief(topology: Topology): unknown {
  const { links, addresses, routes, nexthops, flows, probes } = topology;
  const list = (table: Parameters<typeof tableEntries>[0]) =>
    [...tableEntries(table)].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  const tables = [links, addresses, routes, nexthops, topology.groups, flows, probes];
  return { tables: tables.map(list), memory: topology.memory, known: topology.known };
}

t.test('the same twice changes nothing', async t => {
  const once = topologyOf(all);
  t.same(belief(topologyOf(all, once)), belief(once));
  for (const frame of all) {
    if (frame.type === 'hello' || frame.type === 'snapshot') continue;
    const again = topologyOf([frame], once);
    t.same(groups(again), groups(once), frame.type);
    t.same(flows(again), flows(once), frame.type);
  }
});

t.test('frames change nothing of what was before them', async t => {
  const before = topologyOf(all);
  const shown = structuredClone(belief(before));
  topologyOf([h.carrier(5, 31, 'd', 1, 2), labRoute(h, 6, 'a'), h.lost(7, 'ring')], before);
  t.same(belief(before), shown);
});

t.test('what a complete snapshot does not name is gone', async t => {
  const start = topologyOf(all);
  const rtnl = topologyOf(h.snapshot(5, 'rtnl', [h.link(5, 31, 'c-a')]), start);
  t.same(groups(rtnl), []);
  t.same(rtnl.effect.gone.links.map(one => one.name).sort(), ['c-b', 'lo']);
  t.same(
    rtnl.effect.gone.groups.map(one => one.id),
    [LAB_GROUP],
  );
  const flow = topologyOf(tcp(h.flow(5, 1, 31, 31)), start);
  t.equal(flows(flow).length, 1);
  t.equal(flow.effect.gone.flows[0]?.number, 2);
  const probe = topologyOf(prober(h.probe(5, 31, true, 1)), start);
  t.same(
    probe.effect.gone.probes.map(one => one.ifindex),
    [32],
  );
});

t.test('an incomplete snapshot, or one without its beginning, proves nothing', async t => {
  const start = topologyOf(all);
  for (const frames of [
    h.snapshot(5, 'rtnl', [h.link(5, 31, 'c-a')], false),
    [h.frame(5, 'snapshot', { source: 'rtnl', phase: 'end', complete: true })],
    h.snapshot(5, 'thermal', []),
  ]) {
    const after = topologyOf(frames, start);
    t.equal(groups(after).length, 1);
    t.same(after.known, start.known);
  }
});

t.test('a loss within a snapshot takes its proof away', async t => {
  const [begin, end] = h.snapshot(5, 'tcp', []);
  const after = topologyOf([begin!, h.lost(5, 'tcp', 3), end!], topologyOf(all));
  t.equal(flows(after).length, 2);
  t.equal(after.known.flow, false);
});

t.test('a stall that was over before the snapshot after a loss', async t => {
  const after = topologyOf(
    [h.lost(5, 'tcp'), ...tcp(h.flow(6, 1, 31, 31), h.flow(6, 2, 32, 32))],
    topologyOf(all),
  );
  t.same(
    flows(after).map(one => one.state),
    ['moving', 'moving'],
  );
});

t.test('a new epoch: nothing is known, and the numbers of flows begin anew', async t => {
  const next = new Helper(100);
  const after = topologyOf([next.hello(200)], topologyOf(all));
  t.notOk(Object.values(after.known).some(Boolean));
  t.equal(census(after), null);
  const told = topologyOf([next.stall(201, 1, 150, 31, 31)], after);
  t.equal(flows(told)[0]?.state, 'moving', 'number 1 is nobody yet');
  const resumed = topologyOf([h.hello(200, { resumed: true })], topologyOf(all));
  t.ok(resumed.known.route, 'with the same helper, nothing was missed');
});

t.test('a broken connection is a loss of all, until it resumes', async t => {
  const start = topologyOf(all);
  const frames = framesOfLoss(start, us(9), 'connection closed');
  t.same(
    frames.map(one => one.data.source),
    ['rtnl', 'carrier', 'tcp', 'prober'],
  );
  const blind = topologyOf(frames, start);
  t.notOk(Object.values(blind.known).some(Boolean));
  const resumed = topologyOf([h.hello(20, { resumed: true })], blind);
  t.same(belief(resumed), belief(start));
  t.same(resumed.effect.groups, [LAB_GROUP], 'and everything is read again');
  t.same(framesOfLoss(topologyOf([]), us(9), 'never connected'), []);
});

t.test('what was unknown before the connection broke is so after it', async t => {
  const start = topologyOf([h.lost(8, 'tcp')], topologyOf(all));
  const blind = topologyOf(framesOfLoss(start, us(9), 'connection closed'), start);
  const resumed = topologyOf([h.hello(20, { resumed: true })], blind);
  t.equal(resumed.known.flow, false);
  t.equal(resumed.known.route, true);
});

t.test('census', async t => {
  t.same(census(topologyOf(all)), {
    legs: ['c-a', 'c-b'],
    groups: [LAB_GROUP],
    flows: ['10.77.9.1:40001-10.77.9.2:3260', '10.77.9.1:40002-10.77.9.2:3260'],
  });
  t.equal(census(topologyOf(all.slice(0, 5))), null);
});
