import t from 'tap';
import { createTopology } from '../../../agent/topology/state.ts';
import type { Observation } from '../../../agent/types.ts';
import type { Frame } from '../../../agent/wire.ts';
import { Helper, us } from '../support/frames.ts';
import { observe, options, topologyOf } from '../support/topology.ts';

const h = new Helper();
const sees = (state: 'ok' | 'degraded' | 'absent', reason: string | null = null) =>
  h.hello(0, { sources: [{ name: 'bond', state, reason }] });
const bond0 = (fields: Parameters<Helper['bond']>[3] = {}) =>
  h.bond(1, 20, 'bond0', { active_ifindex: 11, ...fields });
const links = (master: Frame = bond0()) =>
  h.snapshot(1, 'rtnl', [
    master,
    h.member(1, 11, 'ens1', 20),
    h.member(1, 12, 'ens2', 20, { state: 1 }),
    h.address(1, 20, '10.5.0.1/24'),
  ]);
const of = (frames: Frame[], start: Frame[] = [sees('ok'), ...links()]): Observation[] =>
  observe(frames, topologyOf(start))[0].filter(one => one.probe === 'bond');

t.test('members, as their bond judges them', async t => {
  // With its group, and again with all that a complete snapshot makes sure of.
  t.match(of(links(), [sees('ok')]).slice(-2), [
    {
      aspect: 'member',
      subject: 'leg/ens1',
      value: { mii: 'up', state: 'active', failures: 0, lacp: null },
      group: 'bond:bond0',
      mode: 'active-backup',
      monitor_us: 100_000,
      partner_systems: null,
      t: us(1),
    },
    { subject: 'leg/ens2', value: { mii: 'up', state: 'backup' } },
  ]);
  t.match(of([h.member(9, 12, 'ens2', 20, { mii_status: 2, link_failure_count: 3 })]), [
    { subject: 'leg/ens2', t: us(9), value: { mii: 'down', failures: 3 } },
  ]);
  t.match(
    of([h.bond(9, 20, 'bond0', { active_ifindex: 11, miimon_ms: 50 })]).map(
      one => one.aspect === 'member' && [one.subject, one.monitor_us],
    ),
    [
      ['leg/ens1', 50_000],
      ['leg/ens2', 50_000],
    ],
    'what its bond says concerns them all',
  );
  t.same(of([h.carrier(9, 11, 'd', 1, 2)]), [], 'carrier is no word of the bond');
});

t.test("the operator's wish goes with them", async t => {
  const wishes = { ...options, bonds: { bond0: { partner_systems: 2 } } };
  const [seen] = observe([sees('ok'), ...links()], createTopology(wishes));
  const wanted = seen.flatMap(one =>
    one.probe === 'bond' && one.aspect === 'member' ? [one.partner_systems] : [],
  );
  t.same([...new Set(wanted)], [2]);
});

t.test('LACP, by both of its sources', async t => {
  const lacp = { aggregator_id: 1, actor_state: 0x3f, partner_state: 0x3d };
  const member = h.member(9, 11, 'ens1', 20, { lacp });
  t.match(of([member]), [{ value: { lacp: { aggregator_id: 1, churn: null } } }]);
  t.match(of([member, h.lacpPort(12, 11, 20, { actor_churn: 'churned' })]).at(-1), {
    t: us(12),
    value: { lacp: { partner_system: '02:00:00:00:00:99', churn: { actor: 'churned' } } },
  });
});

t.test('left, unplugged, lost', async t => {
  const absent = [{ subject: 'leg/ens2', value: 'absent', group: 'bond:bond0' }];
  t.match(of([h.link(9, 12, 'ens2', { kind: null })]), absent);
  t.match(of([h.link(9, 12, 'ens2', { gone: true })]), absent);
  t.match(of([h.lost(9, 'rtnl')]), [
    { subject: 'leg/ens1', value: 'unknown', t: us(9) },
    { subject: 'leg/ens2', value: 'unknown' },
  ]);
  const excluded = { ...options, groups: { include: ['*'], exclude: ['bond:*'], budget_ms: {} } };
  const [seen] = observe([sees('ok'), ...links()], createTopology(excluded));
  t.same(
    seen.filter(one => one.probe === 'bond'),
    [],
    'a bond that is not watched',
  );
});

t.test('switches and announcements', async t => {
  const vlan = h.link(2, 21, 'bond0.7', { kind: 'vlan', iflink: 20 });
  const seen = of([vlan, h.activeMember(9, 20, 11, 12), h.announce(10, 21)]);
  t.match(seen, [
    {
      aspect: 'switch',
      subject: 'group/bond:bond0',
      value: { from: 'ens1', to: 'ens2' },
      via: 'fentry',
      t: us(9),
      announce_within_us: 200_000,
    },
    {
      aspect: 'announcement',
      subject: 'group/bond:bond0',
      value: { kind: 'garp', address: '10.5.0.1' },
      t: us(10),
    },
  ]);
  t.match(of([h.announce(10, 12, 'na', 'fe80::1')]), [{ subject: 'group/bond:bond0' }], 'a member');
  t.same(of([h.activeMember(9, 99, 11, 12), h.announce(9, 99)]), [], 'of no group');
});

t.test('whether an announcement is to come', async t => {
  const within = (frames: Frame[], start?: Frame[]) => {
    const seen = of(frames, start).find(one => one.aspect === 'switch');
    return seen?.aspect === 'switch' ? seen.announce_within_us : undefined;
  };
  const moved = h.activeMember(9, 20, 11, 12);
  const by = (fields: Parameters<Helper['bond']>[3]) => [sees('ok'), ...links(bond0(fields))];
  t.equal(within([moved], by({ miimon_ms: 0, arp_interval_ms: 300 })), 600_000);
  t.equal(within([moved], by({ peer_notify_delay_ms: 400 })), 600_000);
  t.equal(within([moved], by({ peer_notify_count: 0 })), null, 'switched off');
  t.equal(within([moved], by({ mode: 5 })), null, 'another mode');
  t.equal(within([h.activeMember(9, 20, 11, null)]), null, 'no member left');
  t.equal(within([h.activeMember(9, 20, null, 12)]), null, 'the first one');
  const bare = h.address(2, 20, '10.5.0.1/24', true);
  t.equal(within([bare, moved]), null, 'no address');
  t.equal(within([bare, h.address(2, 20, 'fe80::1/64'), moved]), null, 'a link-local one');
  const vlan = [h.link(2, 21, 'v', { kind: 'vlan', iflink: 20 }), h.address(2, 21, '10.6.0.1/24')];
  t.equal(within([bare, ...vlan, moved]), 200_000, 'of a VLAN above it');
  const told = (hello: Frame) => within([moved], [hello, ...links()]);
  t.equal(told(sees('absent', 'no bonding')), null);
  t.equal(told(sees('degraded', 'active member by netlink: no BTF')), 200_000);
  t.equal(told(sees('degraded', 'announcements are seen in traces only')), null);
  t.equal(told(h.hello(0)), null, 'a helper that does not have it');
});
