import t from 'tap';
import { bfdProblems } from '../../../agent/topology/bfd.ts';
import { configureRequest } from '../../../agent/topology/probing.ts';
import { createTopology, type TopologyOptions } from '../../../agent/topology/state.ts';
import { requestSchema } from '../../../agent/wire.ts';
import { Helper } from '../support/frames.ts';
import { labSnapshots } from '../support/lab_frames.ts';
import { options, topologyOf } from '../support/topology.ts';

const h = new Helper();

const with_ = (...bfd: Partial<TopologyOptions['bfd'][number]>[]): TopologyOptions => ({
  ...options,
  bfd: bfd.map(one => ({
    leg: 'c-a',
    remote: '10.77.1.2',
    micro: false,
    interval_ms: 50,
    detect_mult: 3,
    ...one,
  })),
});
const lab = (wish: TopologyOptions) =>
  topologyOf([h.hello(0), ...labSnapshots(h, 1)], createTopology(wish));
const asked = (topology: ReturnType<typeof lab>) =>
  configureRequest(topology).data.bfd.map(one => `${one.ifindex} ${one.local} ${one.remote}`);

t.test("a session goes by its leg, from the leg's own address", async t => {
  const topology = lab(with_({}, { leg: 'c-b', remote: '10.77.2.2', local: '10.99.0.1' }));
  t.same(asked(topology), ['31 10.77.1.1 10.77.1.2', '32 10.99.0.1 10.77.2.2']);
  const request = configureRequest(topology);
  t.same(requestSchema.parse(request), request);
  t.match(request.data.bfd[0], { micro: false, interval_ms: 50, detect_mult: 3 });
  t.same(bfdProblems(topology), []);
});

t.test("on a member it has the bond's address", async t => {
  const wish = with_({ leg: 'ens11', remote: '10.5.0.9', micro: true });
  const topology = topologyOf(
    [
      h.bond(2, 20, 'bond0', { mode: 4 }),
      h.member(2, 11, 'ens11', 20),
      h.address(2, 20, '10.5.0.1/24'),
    ],
    lab(wish),
  );
  t.same(asked(topology), ['11 10.5.0.1 10.5.0.9']);
});

t.test('what the loss takes away does not end the session that is to tell of it', async t => {
  const wish = with_({ remote: 'fd01::2' });
  const before = topologyOf([h.address(2, 31, 'fd01::1/64')], lab(wish));
  t.same(asked(before), ['31 fd01::1 fd01::2']);
  const after = topologyOf(
    [
      h.link(3, 31, 'c-a', { admin_up: false, carrier: false, carrier_down_count: 2 }),
      h.address(3, 31, 'fd01::1/64', true),
    ],
    before,
  );
  t.same(asked(after), asked(before));
  const anew = topologyOf(
    [h.link(4, 31, 'c-a', { gone: true }), h.link(5, 71, 'c-a'), h.address(5, 71, 'fd01::7/64')],
    after,
  );
  t.same(asked(anew), ['71 fd01::7 fd01::2'], 'a new device of that name');
});

t.test('what cannot be asked for is named, once the links are known', async t => {
  const wish = with_({ leg: 'c-z' }, { remote: '192.0.2.1' });
  t.same(bfdProblems(createTopology(wish)), []);
  const topology = lab(wish);
  t.same(asked(topology), []);
  t.match(bfdProblems(topology), [
    /no BFD with 10\.77\.1\.2 on c-z: there is no such interface/,
    /no BFD with 192\.0\.2\.1 on c-a: it has no address in that network/,
  ]);
});
