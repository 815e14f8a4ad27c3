/** What the figures and verdicts mean. */
import t from 'tap';
import { type LintOptions, lint } from '../../../agent/lint/evaluate.ts';
import type { Host } from '../../../agent/lint/host.ts';
import type { Loss } from '../../../agent/lint/rule.ts';
import { address, hostOf, link, route } from './host.ts';
import { bond, ceph, hidden, is, iscsi, leg, nfs, nudge, nvme, team } from './subjects.ts';

const options = (over: Partial<LintOptions> = {}): LintOptions => ({
  budgetMs: () => 1000,
  wanted: () => true,
  losses: ['carrier', 'silent'],
  ...over,
});

const bonded = {
  links: [
    link(2, 'nic0', { master: 4 }),
    link(3, 'nic1', { master: 4 }),
    link(4, 'bond0', { kind: 'bond' }),
    link(5, 'nic2'),
    link(6, 'nic3'),
  ],
  addresses: [address(4, '10.1.0.1/24')],
  routes: [
    route('10.1.0.0/24', ['@4']),
    route('10.6.0.0/24', ['@5']),
    route('10.7.0.0/24', ['@6']),
  ],
};
const tcp = { rto_min: is(200), retries2: is(15) };

const withBond = (over: Parameters<typeof bond>[0], more: Partial<Host> = {}) =>
  hostOf(bonded, { bonds: [bond(over)], tcp, ...more });
const first = (host: Host, over: Partial<LintOptions> = {}) => {
  const [group] = lint(host, options(over)).groups;
  if (!group) throw new Error('no group');
  return group;
};
const ARP = { miimon: 0, arp_interval: 100, arp_targets: ['10.1.0.2'] };

t.test('a bond: detection, then the retransmission that gets through', async t => {
  const group = first(withBond(ARP));
  t.match(group, {
    id: 'bond:bond0',
    targets: ['10.1.0.0/24'],
    verdict: 'OK',
    carrier: {
      state: 'bounded',
      ms: 775,
      seen_by: { layer: 'bonding', rule: 'bond-arp', ms: 394 },
    },
    silent: { state: 'bounded', ms: 689, verdict: 'OK', causes: [] },
  });
  t.same(
    group.carrier.stages.map(s => s.stage),
    ['detect', 'announce', 'recover', 'keep'],
  );
  const sum = group.silent.stages.reduce((ms, s) => ms + (s.ms ?? 0), 0);
  t.ok(Math.abs(sum - 689) <= 1, 'the stages add up');
});

t.test('miimon alone: link down is seen, silence never', async t => {
  const group = first(withBond({ miimon: 100 }));
  t.match(group.carrier, { verdict: 'OK', ms: 212 });
  t.match(group.silent, {
    verdict: 'BROKEN',
    state: 'never',
    ms: null,
    seen_by: null,
    causes: [{ rule: 'bond-arp', setting: { name: 'arp_interval', value: '0 ms' } }],
  });
  t.equal(group.verdict, 'BROKEN');
  t.equal(first(withBond({ miimon: 100 }), { losses: ['carrier'] }).verdict, 'OK');
});

t.test('miimon 0 and no ARP monitor: never, and it says why', async t => {
  const { carrier } = first(withBond({ miimon: 0 }));
  t.match(carrier, {
    state: 'never',
    causes: [{ rule: 'bond-mii', setting: { name: 'miimon' }, why: /nobody looks/ }],
  });
});

t.test('what takes longest is to blame: downdelay, miimon, or TCP itself', async t => {
  const blamed = (over: Parameters<typeof bond>[0], budget = 1000, rto = 200) =>
    first(withBond(over, { tcp: { ...tcp, rto_min: is(rto) } }), { budgetMs: () => budget }).carrier
      .causes[0]?.setting?.name;
  t.equal(blamed({ miimon: 100, downdelay: 900 }), 'downdelay');
  t.equal(blamed({ miimon: 800 }), 'miimon');
  t.equal(blamed({ miimon: 100 }, 200), 'rto_min', 'its first retransmission alone is too late');
  t.equal(blamed({ miimon: 100 }, 1000, 1500), 'rto_min');
});

t.test('all that breaks the budget is told at once, the worst first', async t => {
  const group = first(
    withBond({ mode: '802.3ad', min_links: 2, miimon: 500, downdelay: 1000, lacp_rate: 'slow' }),
  );
  t.same(
    group.carrier.causes.map(c => c.rule),
    ['bond-min-links', 'bond-mii'],
  );
  t.same(
    group.silent.causes.map(c => c.rule),
    ['bond-min-links', 'bond-lacp'],
  );
});

t.test('unknown is never a pass', async t => {
  for (const over of [{ miimon: hidden }, { num_grat_arp: hidden }, { mode: hidden }]) {
    const { verdict, carrier } = first(withBond(over), { losses: ['carrier'] });
    t.equal(verdict, 'UNKNOWN');
    t.match(carrier, { state: 'unknown', ms: null, causes: [{ setting: { needs_root: true } }] });
  }
  const report = lint(withBond(ARP, { ceph: hidden }), options());
  t.equal(report.verdict, 'UNKNOWN', 'there may be paths that nobody has judged');
  t.match(report.blind, [{ name: 'Ceph', needs_root: true }]);
});

t.test('a known way that is quick enough is a pass, whatever else is unknown', async t => {
  const { carrier } = first(withBond({ miimon: 100, arp_interval: hidden }));
  t.match(carrier, { verdict: 'OK', ms: 212 });
  const slow = first(withBond({ miimon: 900, arp_interval: hidden }));
  t.match(slow.carrier, { verdict: 'UNKNOWN', state: 'unknown' }, 'the unknown one may be quicker');
});

t.test('one leg is none, and a broken setting outweighs an unknown one', async t => {
  t.match(first(withBond({ legs: ['nic0'], num_grat_arp: hidden })).carrier, {
    verdict: 'BROKEN',
    state: 'never',
    causes: [{ rule: 'one-leg', setting: { value: 'nic0' } }],
  });
});

t.test('a team whose configuration nobody finds', async t => {
  const links = bonded.links.map(l => (l.kind === 'bond' ? link(4, 'team0', { kind: 'team' }) : l));
  const host = hostOf({ ...bonded, links }, { teams: [{ ...team(), config: hidden }], tcp });
  t.match(first(host), { id: 'team:team0', verdict: 'UNKNOWN' });
  const known = hostOf({ ...bonded, links }, { teams: [team()], tcp });
  t.match(first(known), { carrier: { ms: 0 }, silent: { state: 'never' } });
});

const routed = {
  links: [link(5, 'nic2'), link(6, 'nic3')],
  routes: [route('10.77.9.2/32', ['10.4.0.2@5', '10.5.0.2@6'])],
};
const ecmp = (more: Partial<Host> = {}, linkdown = true) =>
  hostOf(routed, {
    tcp,
    routing: new Map([
      [
        'ecmp:10.77.9.2/32',
        {
          family: 4 as const,
          legs: [leg('nic2', { ignores_linkdown: linkdown }), leg('nic3')],
          use_neigh: is(0),
          hash_policy: is(1),
        },
      ],
    ]),
    ...more,
  });

t.test('a multipath route: the kernel alone, nudged, and with BFD', async t => {
  t.match(first(ecmp()), {
    carrier: { ms: 1643, verdict: 'BROKEN', causes: [{ rule: 'route-carrier' }] },
    silent: { state: 'never', causes: [{ setting: { name: 'bfd', value: 'none' } }] },
  });
  t.match(first(ecmp({ nudge: nudge() })).carrier, { ms: 212, verdict: 'OK' });
  t.match(first(ecmp({ nudge: nudge() }, false)).carrier, {
    state: 'never',
    seen_by: { layer: 'routing', ms: 10 },
    causes: [{ setting: { name: 'ignore_routes_with_linkdown', value: '0' } }],
  });
  const times = { multiplier: 3, receive: 100, transmit: 100 };
  const bfd = is({ watched: new Map(['10.4.0.2', '10.5.0.2'].map(a => [a, times])) });
  t.match(first(ecmp({ bfd })), {
    verdict: 'OK',
    carrier: { ms: 775, seen_by: { rule: 'route-bfd', ms: 300 } },
    silent: { ms: 689 },
  });
  t.match(first(ecmp({ bfd }, false)).carrier, { ms: 775 }, 'BFD takes the route away itself');
});

t.test('storage over a bond goes by its failover; its own timers are not added', async t => {
  const session = iscsi({ address: '10.1.0.9' });
  const host = withBond({ miimon: 100 }, { iscsi: { sessions: is([session]) } });
  const report = lint(host, options());
  t.same(
    report.groups.map(g => [g.id, g.services]),
    [['bond:bond0', ['session1 10.1.0.9']]],
  );
  t.match(report.groups[0], {
    carrier: { ms: 212 },
    silent: { state: 'never', seen_by: { layer: 'iscsi', ms: 11_250 } },
  });
});

const sessions = (...addresses: string[]) => ({
  sessions: is(addresses.map((a, i) => iscsi({ id: `session${i + 1}`, address: a }))),
});
const map = (...names: string[]) => ({
  maps: [
    {
      name: 'mpatha',
      paths: names.map(session => ({ device: 'sd', session, timeout: is(30) })),
    },
  ],
});

t.test('two sessions by two NICs under dm-multipath', async t => {
  const base = withBond(ARP);
  const host: Host = {
    ...base,
    iscsi: sessions('10.6.0.2', '10.7.0.2'),
    multipath: { ...base.multipath, ...map('session1', 'session2') },
  };
  const group = lint(host, options()).groups.find(g => g.id === 'multipath:mpatha');
  t.match(group, {
    legs: ['nic2', 'nic3'],
    carrier: {
      ms: 11_250 + 135_000,
      seen_by: { layer: 'iscsi', ms: 11_250 },
      causes: [
        { rule: 'iscsi-replacement', setting: { name: 'replacement_timeout', value: '120 s' } },
        { rule: 'iscsi-noop' },
      ],
    },
  });
  t.ok(group?.notes.some(n => n.rule === 'multipath-no-path-retry' && n.warns));
  const oneNic: Host = { ...host, iscsi: sessions('10.6.0.2', '10.6.0.3') };
  t.match(
    lint(oneNic, options()).groups.find(g => g.id === 'multipath:mpatha'),
    { legs: ['nic2'], carrier: { state: 'never', causes: [{ rule: 'one-leg' }] } },
    'two sessions by one NIC are one leg',
  );
});

t.test('a single session, mount or controller by a plain NIC has no way to go', async t => {
  const { mount } = nfs({ address: '10.6.0.2', mountpoint: '/srv' });
  const { controller } = nvme({ address: '10.7.0.2' });
  const host: Host = {
    ...withBond(ARP),
    iscsi: sessions('10.6.0.2'),
    nfs: is([mount]),
    nvme: { controllers: is([controller]), native: is(true) },
  };
  const alone = lint(host, options()).groups.filter(g => g.kind !== 'bond');
  t.same(
    alone.map(g => [g.id, g.verdict, g.carrier.state]),
    [
      ['nvme:s2', 'BROKEN', 'never'],
      ['iscsi:session1', 'BROKEN', 'never'],
      ['nfs:/srv', 'BROKEN', 'never'],
    ],
  );
  t.same(
    alone.map(g => g.carrier.causes.map(c => c.rule)),
    [['one-leg', 'nvme-keep-alive'], ['one-leg', 'iscsi-replacement', 'iscsi-noop'], ['one-leg']],
  );
});

t.test('two controllers of a subsystem stand in for each other', async t => {
  const { controller } = nvme({ address: '10.6.0.2' });
  const other = { ...controller, id: 'nvme1', address: is<string | null>('10.7.0.2') };
  const host: Host = {
    ...withBond(ARP),
    nvme: { controllers: is([controller, other]), native: is(true) },
  };
  t.match(
    lint(host, options()).groups.find(g => g.id === 'nvme:s2'),
    { legs: ['nic2', 'nic3'], carrier: { ms: 18_875, verdict: 'BROKEN' } },
  );
});

t.test('a connection whose way is not known is not judged', async t => {
  const host: Host = { ...withBond(ARP), iscsi: sessions('192.0.2.1') };
  t.match(
    lint(host, options()).groups.find(g => g.id === 'iscsi:session1'),
    { verdict: 'UNKNOWN', carrier: { causes: [{ rule: 'egress' }] } },
  );
});

t.test('Ceph: its replicas, unless the network below fails over', async t => {
  const bare = ceph({ networks: ['10.6.0.0/24'], monitors: ['10.6.0.2'] });
  const bareHost = {
    ...withBond(ARP),
    ceph: is(bare),
    inventory: {
      ...withBond(ARP).inventory,
      addresses: [address(4, '10.1.0.1/24'), address(5, '10.6.0.1/24')],
    },
  };
  t.match(
    lint(bareHost, options()).groups.map(g => [g.id, g.carrier.ms]),
    [
      ['bond:bond0', 775],
      ['ceph:10.6.0.0/24', 26_000],
    ],
  );
  const over = withBond(ARP, { ceph: is(ceph({ networks: ['10.1.0.0/24'] })) });
  t.match(lint(over, options()).groups, [{ id: 'bond:bond0', services: ['10.1.0.0/24'] }]);
  const nowhere = withBond(ARP, { ceph: is(ceph()) });
  t.match(lint(nowhere, options()).groups[1], { id: 'ceph:ceph.conf', verdict: 'UNKNOWN' });
});

t.test('a connection that is given up before the path is back', async t => {
  const { mount } = nfs({ address: '10.1.0.9', timeo: 2, retrans: 1, soft: true });
  const soft = first(withBond(ARP, { nfs: is([mount]) }));
  t.match(soft.silent, { state: 'never', causes: [{ rule: 'nfs-user-timeout' }] });
  const hard = first(withBond(ARP, { nfs: is([{ ...mount, soft: false }]) }));
  t.match(hard.silent, { ms: 3689, verdict: 'BROKEN', causes: [{ rule: 'nfs-user-timeout' }] });
  const impatient = first(withBond(ARP, { tcp: { ...tcp, retries2: is(0) } }));
  t.match(impatient.silent, { state: 'never', causes: [{ rule: 'tcp-retries2' }] });
});

t.test('only what is wanted, each by its own budget', async t => {
  const host = withBond(ARP, { iscsi: sessions('10.6.0.2') });
  const wanted = lint(host, options({ wanted: id => id.startsWith('bond:') }));
  t.same(
    wanted.groups.map(g => g.id),
    ['bond:bond0'],
  );
  const strict = options({
    budgetMs: id => (id === 'bond:bond0' ? 700 : 1000),
    losses: ['carrier'] as Loss[],
  });
  t.match(first(host, strict), { budget_ms: 700, verdict: 'BROKEN', carrier: { ms: 775 } });
});

t.test('nothing to judge is no failure', async t => {
  t.match(lint(hostOf({ links: [link(2, 'nic0')] }), options()), { verdict: 'OK', groups: [] });
});
