/** What the flows' sockets know, asked for on demand. */
import t from 'tap';
import { FlowStatsDesk } from '../../../agent/main/flow_stats.ts';
import { makePaths } from '../../../agent/main/paths.ts';
import { groups } from '../../../agent/topology/selectors.ts';
import { HandClock } from '../support/clock.ts';
import { Helper, us } from '../support/frames.ts';
import { labSnapshots } from '../support/lab_frames.ts';
import { flowStats } from '../support/storage_frames.ts';
import { topologyOf } from '../support/topology.ts';

const h = new Helper();
const answer = (...flows: number[]) =>
  h.snapshot(
    10,
    'flow_stats',
    flows.map(flow => flowStats(h, 10, flow)),
  );

function desk(connected = true) {
  const clock = new HandClock();
  let asked = 0;
  const ask = () => {
    asked++;
    return connected;
  };
  const one = new FlowStatsDesk(ask, clock);
  const give = (frames: ReturnType<typeof answer>) => frames.map(frame => one.take(frame));
  return { clock, one, give, asked: () => asked };
}

t.test('one question for all who ask at once, and again not within 200 ms', async t => {
  const { clock, one, give, asked } = desk();
  const both = [one.read(), one.read()];
  t.equal(asked(), 1);
  t.same(new Set(give(answer(1, 2))), new Set([true]), 'none of it is for the topology');
  for (const stats of await Promise.all(both)) t.same([...stats!.keys()], [1, 2]);
  await clock.advance(199);
  t.equal((await one.read())?.size, 2);
  t.equal(asked(), 1);
  await clock.advance(1);
  const next = one.read();
  t.equal(asked(), 2);
  give(answer(3));
  t.same([...(await next)!.keys()], [3]);
});

t.test('a helper that does not answer, or is not there', async t => {
  const { clock, one, give } = desk();
  const question = one.read();
  await clock.advance(500);
  t.equal(await question, null);
  t.same(give(answer(1)), [true, true, true], 'late: to nobody');
  t.equal(await desk(false).one.read(), null);
  const incomplete = desk();
  const read = incomplete.one.read();
  incomplete.give(h.snapshot(10, 'flow_stats', [flowStats(h, 10, 1)], false));
  t.equal(await read, null);
});

t.test('frames that are no part of it', async t => {
  const { one } = desk();
  t.equal(one.take(h.heartbeat(1)), false);
  t.equal(one.take(h.snapshot(1, 'tcp', [])[0]!), false);
});

t.test('the paths of a host', async t => {
  const topology = topologyOf([
    h.hello(0),
    ...labSnapshots(h, 1),
    ...h.snapshot(2, 'tcp', [h.flow(2, 1, 31, 32), h.flow(2, 2, 32, null)]),
  ]);
  const parts = { host: 'x', now: us(12), topology, groups: groups(topology) };
  const stats = new Map([[1, flowStats(h, 10, 1).data]]);
  const paths = makePaths({ ...parts, stats, limit: 10 });
  t.match(paths, {
    measured: true,
    flow_count: 2,
    flows: [
      {
        leg_out: 'c-a',
        leg_in: 'c-b',
        remote: '10.77.9.2',
        remote_port: 3260,
        figures: { srtt_us: 310, retransmits: 2, progress_us: us(7) },
      },
      { device_out: 'c-b', device_in: null, figures: null },
    ],
  });
  const few = makePaths({ ...parts, stats: null, limit: 1 });
  t.match(few, { measured: false, flow_count: 2, flows: [{ figures: null }] });
  t.equal(few.flows.length, 1);
});
