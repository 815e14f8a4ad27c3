import t from 'tap';
import {
  delivery,
  drill,
  escalation,
  failover,
  helperLost,
  sight,
  spool,
  told,
} from '../../../agent/probes/self/observations.ts';
import type { FailoverRecord, Observation } from '../../../agent/types.ts';
import type { Frame } from '../../../agent/wire.ts';
import { BOOT, Helper, us, WALL_OFFSET_US } from '../support/frames.ts';
import { observe } from '../support/topology.ts';

const h = new Helper();
const of = (...frames: Frame[]): Observation[] =>
  observe(frames)[0].filter(one => one.probe === 'self');

const source = (
  name: string,
  state: 'ok' | 'degraded' | 'absent',
  reason: string | null = null,
) => ({
  name,
  state,
  reason,
});

t.test('who sees for us, and how well', async t => {
  const hello = h.hello(1, {
    carrier: { strategy: 'getlink', interval_us: 10_000 },
    sources: [
      source('rtnl', 'ok'),
      source('carrier', 'degraded', 'no BTF'),
      source('tcp', 'absent', 'no BPF'),
    ],
  });
  t.match(of(hello), [
    {
      aspect: 'helper',
      value: 'connected',
      strategy: 'getlink',
      nudge: 'ask',
      boot_id: BOOT,
      wall_offset_us: WALL_OFFSET_US,
    },
    { subject: 'source/rtnl', value: 'ok', reason: '' },
    { subject: 'source/carrier', value: 'degraded', reason: 'no BTF' },
    { subject: 'source/tcp', value: 'blind', reason: 'no BPF' },
  ]);
  t.match(of(hello, h.heartbeat(5)).at(-1), { aspect: 'helper', value: 'connected', t: us(5) });
  t.same(of(h.heartbeat(5)), [], 'from somebody who has not said who he is');
});

t.test('blind from a loss to the next complete snapshot', async t => {
  const seen = of(
    h.hello(0),
    h.lost(1, 'rtnl', 7),
    ...h.snapshot(2, 'rtnl', [], false),
    ...h.snapshot(3, 'rtnl', []),
  ).filter(one => one.subject === 'source/rtnl');
  t.match(seen, [
    { value: 'ok' },
    { value: 'blind', reason: '7 events lost: the queue was full' },
    { value: 'degraded' },
    { value: 'ok' },
  ]);
});

t.test('what was lost on the way to us may have been of any source', async t => {
  const seen = of(h.lost(1, 'ring'));
  t.same(
    seen.map(one => one.subject),
    ['source/rtnl', 'source/carrier', 'source/tcp', 'source/prober'],
  );
});

t.test('more path groups than are watched', async t => {
  const links = [h.link(1, 31, 'c-a'), h.link(1, 32, 'c-b')];
  const routes = Array.from({ length: 260 }, (_, i) =>
    h.route(1, `10.100.${i >> 8}.${i & 255}/32`, ['31@10.77.1.2', '32@10.77.2.2']),
  );
  const seen = of(...h.snapshot(1, 'rtnl', [...links, ...routes]));
  t.match(seen, [{ value: 'degraded', reason: '4 path groups more than 256 are not watched' }]);
  const fewer = of(
    ...h.snapshot(1, 'rtnl', [...links, ...routes]),
    ...h.snapshot(2, 'rtnl', [...links, ...routes.slice(4)]),
  );
  t.match(fewer.at(-1), { value: 'ok' });
});

t.test('traces', async t => {
  t.match(of(h.trace(1, 'begin'), h.trace(2, 'end')), [
    { aspect: 'trace', value: 'open' },
    { aspect: 'trace', value: 'closed' },
  ]);
});

t.test('what main says of itself', async t => {
  const helper = { strategy: 'timer', nudge: 'ask', boot_id: BOOT, wall_offset_us: 5 };
  t.match(helperLost(1, helper), { aspect: 'helper', value: 'lost', t: 1, nudge: 'ask' });
  t.match(sight(1, 'frames', 'blind', 'x'), { subject: 'source/frames', value: 'blind' });
  t.match(spool(1, 'full', 'x'), { aspect: 'spool', value: 'full' });
  t.match(told(1, { alarm: 'a', adapter: 'hook', primary: true, failover: 'f' }), {
    subject: 'alarm/a',
    failover: 'f',
  });
  const fields = {
    drill: 'd',
    kind: 'blackhole',
    group: 'g',
    leg: 'l',
    uncertainty_us: 9,
    budget_ms: 1000,
  };
  t.match(drill(1, 'cut', fields), { subject: 'drill/d', value: 'cut', leg: 'l', t: 1 });
  const record = { id: 'fo-1', state: 'incomplete' } as FailoverRecord;
  t.match(failover(1, record), { subject: 'failover/fo-1', value: 'closed', record });
});

t.test('a source that a host may do without is no blindness', async t => {
  const seen = of(
    h.hello(0, {
      sources: [
        source('rtnl', 'ok'),
        source('team', 'absent', 'no team module'),
        source('ethtool', 'degraded', 'no module EEPROM'),
      ],
    }),
  ).filter(one => one.subject.startsWith('source/'));
  t.same(
    seen.map(one => one.aspect === 'sight' && `${one.subject} ${one.value}`),
    [
      'source/rtnl ok',
      'source/team degraded',
      'source/ethtool degraded',
      'source/bond degraded',
      'source/lacp degraded',
      'source/netdev degraded',
      'source/bfd degraded',
      'source/steering degraded',
      'source/nexthops degraded',
      'source/session degraded',
      'source/disk degraded',
      'source/block degraded',
      'source/multipath degraded',
      ...['ras', 'hwevents', 'kmsg', 'pci', 'processors', 'md', 'mount', 'supply'].map(
        name => `source/${name} degraded`,
      ),
    ],
    'nor is one that this helper does not have',
  );
  const lost = of(
    h.hello(0, { sources: [source('team', 'absent'), source('ethtool', 'ok')] }),
    h.lost(1, 'ring'),
    h.lost(2, 'bond'),
    ...h.snapshot(3, 'bond', []),
  );
  t.same(
    lost.slice(-7).map(one => one.aspect === 'sight' && `${one.subject} ${one.value}`),
    [
      'source/rtnl blind',
      'source/carrier blind',
      'source/tcp blind',
      'source/prober blind',
      'source/ethtool blind',
      'source/bond blind',
      'source/bond ok',
    ],
  );
});

t.test('how receivers do, and what they made of what they took', async t => {
  t.same(delivery(5, 'vim', 'failing', 'ECONNREFUSED'), {
    probe: 'self',
    aspect: 'delivery',
    subject: 'adapter/vim',
    value: 'failing',
    t: 5,
    reason: 'ECONNREFUSED',
  });
  t.match(escalation(6, 'm', 'failed', 'x'), {
    aspect: 'escalation',
    subject: 'adapter/m',
    value: 'failed',
    t: 6,
  });
});
