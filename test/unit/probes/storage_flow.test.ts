import t from 'tap';
import type { Observation } from '../../../agent/types.ts';
import type { Frame } from '../../../agent/wire.ts';
import { Helper, us } from '../support/frames.ts';
import { flowName, LAB_GROUP, labSnapshots } from '../support/lab_frames.ts';
import { observe, topologyOf } from '../support/topology.ts';

const h = new Helper();
const start = topologyOf([
  h.hello(0),
  ...labSnapshots(h, 1),
  ...h.snapshot(2, 'tcp', [h.flow(2, 1, 31, 31)]),
]);
const observations = (...frames: Frame[]): Observation[] =>
  observe(frames, start)[0].filter(one => one.probe === 'storage_flow');

t.test('a stall and its end', async t => {
  const seen = observations(h.stall(60, 1, 5, 31, 31), h.resume(212, 1, 5, 31, 31));
  t.match(seen, [
    {
      aspect: 'progress',
      subject: `flow/${flowName(1)}`,
      value: 'stalled',
      t: us(60),
      since_us: us(5),
      srtt_us: 100,
      group: LAB_GROUP,
      target: '10.77.9.2',
      role: 'client',
      leg_out: 'c-a',
      leg_in: 'c-a',
    },
    { value: 'moving', t: us(212), since_us: us(212) },
  ]);
});

t.test('acknowledged but not answered is slow, not stalled', async t => {
  t.match(observations(h.stall(260, 1, 50, 31, 31, 'unanswered')), [
    { value: 'slow', since_us: us(50) },
  ]);
});

t.test('legs: seen by the scan, and by a trace', async t => {
  const scan = observations(h.flow(9, 1, 32, 31));
  t.match(scan, [
    {
      aspect: 'passage',
      t: us(9),
      value: { kind: 'legs', direction: 'out', from: 'c-a', to: 'c-b' },
    },
    { aspect: 'progress', leg_out: 'c-b', leg_in: 'c-a' },
  ]);
  const trace = observations(h.switch(9, 1, 'in', 31, 32));
  t.match(trace, [
    { t: us(9), value: { kind: 'switched', direction: 'in', from: 'c-a', to: 'c-b' } },
  ]);
});

t.test("a trace's progress and account", async t => {
  const seen = observations(h.progress(30, 1, 'switch', 5), h.account(5000, 1, 5, 30));
  t.match(seen, [
    { t: us(30), value: { kind: 'progressed', after: 'switch', since_us: us(5) } },
    {
      t: us(5000),
      value: {
        kind: 'traced',
        pause_from_us: us(5),
        pause_to_us: us(30),
        pause_open: false,
        progress_count: 500,
        spacing_us: 10_000,
      },
    },
  ]);
});

t.test('closed is absent; of unknown connections nothing is said', async t => {
  t.match(observations(h.flow(9, 1, 31, 31, { closed: true })), [{ value: 'absent', t: us(9) }]);
  t.same(observations(h.stall(60, 8, 5, 31, 31), h.account(70, 8, 1, 2)), []);
});

t.test('members of a bond are legs by their own names', async t => {
  const bond = topologyOf([
    h.hello(0),
    ...h.snapshot(1, 'rtnl', [
      h.bond(1, 20, 'bond0', { mode: 4 }),
      h.member(1, 11, 'ens1', 20),
      h.member(1, 12, 'ens2', 20),
    ]),
    ...h.snapshot(2, 'tcp', [h.flow(2, 1, 20, 20)]),
  ]);
  const member = (ms: number, from: number | null, to: number) =>
    h.frame(ms, 'flow_member', {
      flow: 1,
      master_ifindex: 20,
      from_ifindex: from,
      to_ifindex: to,
    });
  const [seen] = observe([member(9, null, 11), member(10, 11, 12), h.flow(11, 1, 20, 20)], bond);
  t.match(
    seen.filter(one => one.probe === 'storage_flow'),
    [
      { t: us(9), value: { kind: 'legs', direction: 'out', from: null, to: 'ens1' } },
      {
        t: us(10),
        group: 'bond:bond0',
        value: { kind: 'switched', direction: 'out', from: 'ens1', to: 'ens2' },
      },
      { t: us(10), value: { kind: 'legs', direction: 'out', from: 'ens1', to: 'ens2' } },
      { aspect: 'progress', leg_out: 'ens2', leg_in: null },
    ],
  );
});
