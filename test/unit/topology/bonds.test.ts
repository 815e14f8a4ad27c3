/** Bonds and teams: their modes, active members, and which members can be used. */
import t from 'tap';
import { lacpText } from '../../../agent/topology/lacp_text.ts';
import { lacpState, monitorUs, NO_SYSTEM, readMember } from '../../../agent/topology/members.ts';
import { flows, framesOfLoss, groups } from '../../../agent/topology/selectors.ts';
import type { Topology } from '../../../agent/topology/state.ts';
import { tableGet } from '../../../agent/topology/table.ts';
import type { Frame } from '../../../agent/wire.ts';
import { LAG, PORT } from '../main/bond_host.ts';
import { Helper, us } from '../support/frames.ts';
import { topologyOf } from '../support/topology.ts';

const h = new Helper();
const start = (...links: Frame[]) => topologyOf([h.hello(0), ...h.snapshot(1, 'rtnl', links)]);
const shown = (topology: Topology) =>
  groups(topology).map(
    ({ id, legs, active, mode }) =>
      `${id} ${mode} ${active}: ${legs.map(leg => `${leg.id}=${leg.state}`).join(' ')}`,
  );

const bond = (...more: Frame[]) =>
  topologyOf(
    more,
    start(
      h.bond(1, 20, 'bond0', { active_ifindex: 11 }),
      h.member(1, 11, 'ens1', 20),
      h.member(1, 12, 'ens2', 20, { state: 1 }),
    ),
  );

t.test('an active-backup bond', async t => {
  t.same(shown(bond()), ['bond:bond0 active-backup ens1: ens1=up ens2=up']);
  t.match(groups(bond())[0]?.legs[0]?.member, { mii: 'up', state: 'active', lacp: null });
  for (const [status, name] of ['up', 'going-down', 'down', 'going-back'].entries()) {
    const topology = bond(h.member(2, 12, 'ens2', 20, { mii_status: status }));
    t.match(groups(topology)[0]?.legs[1], {
      state: status === 0 ? 'up' : 'down',
      member: { mii: name },
    });
  }
});

t.test('a member without carrier is no use, whatever a bond without a monitor says', async t => {
  const topology = bond(
    h.bond(2, 20, 'bond0', { active_ifindex: 11, miimon_ms: 0 }),
    h.carrier(3, 11, 'd', 1, 2),
  );
  t.same(shown(topology), ['bond:bond0 active-backup ens1: ens1=down ens2=up']);
  t.equal(monitorUs(tableGet(topology.links, 20)!), null);
  t.same(shown(topologyOf([h.carrier(4, 11, 'u', 2, 2)], topology)), [
    'bond:bond0 active-backup ens1: ens1=up ens2=up',
  ]);
});

t.test('how late the bond itself may be', async t => {
  const of = (fields: Parameters<Helper['bond']>[3]) =>
    monitorUs(tableGet(bond(h.bond(2, 20, 'bond0', fields)).links, 20)!);
  t.equal(of({ miimon_ms: 100, downdelay_ms: 200 }), 300_000);
  t.equal(of({ miimon_ms: 0, arp_interval_ms: 100, arp_missed_max: 2 }), 300_000);
});

t.test("the kernel's own stamp outranks a message that was under way", async t => {
  const active = (...more: Frame[]) => groups(bond(...more))[0]?.active;
  const late = (ms: number) => h.bond(ms, 20, 'bond0', { active_ifindex: 11 });
  t.equal(active(h.activeMember(10, 20, 11, 12)), 'ens2');
  t.equal(active(h.activeMember(10, 20, 11, 12), late(30)), 'ens2');
  t.equal(active(h.activeMember(10, 20, 11, 12), late(1030)), 'ens1', 'a second later it is news');
  t.equal(active(h.activeMember(10, 20, 11, 12, 'netlink'), late(30)), 'ens1', 'of netlink itself');
  t.equal(active(h.activeMember(10, 20, 11, null)), null);
  t.equal(active(h.activeMember(10, 99, 11, 12)), 'ens1', 'of no bond that we know');
});

const lag = (lacp: typeof LAG | null, ...more: Frame[]) =>
  topologyOf(
    more,
    start(
      h.bond(1, 20, 'bond0', { mode: 4, active_ifindex: null, lacp }),
      h.member(1, 11, 'ens1', 20, { lacp: PORT }),
      h.member(1, 12, 'ens2', 20, { lacp: PORT }),
    ),
  );
const legs = (topology: Topology) => groups(topology)[0]?.legs.map(leg => leg.state);

t.test('802.3ad: usable is who distributes in the aggregator in use', async t => {
  const second = (lacp: typeof PORT, state = 0) => h.member(2, 12, 'ens2', 20, { lacp, state });
  t.same(shown(lag(LAG)), ['bond:bond0 802.3ad null: ens1=up ens2=up']);
  t.same(
    legs(lag(LAG, second({ ...PORT, aggregator_id: 2 }))),
    ['up', 'down'],
    'another aggregator',
  );
  t.same(
    legs(lag(LAG, second({ ...PORT, actor_state: 0x0f }))),
    ['up', 'down'],
    'in sync, no more',
  );
  t.same(legs(lag(LAG, second({ ...PORT, actor_state: 0x1f }))), ['up', 'down'], 'collects alone');
  t.same(legs(lag(null, second(PORT))), ['up', 'up'], 'no aggregator told yet');
  const port = h.lacpPort(3, 12, 20, { aggregator_id: 2 });
  t.same(legs(lag(LAG, port)), ['up', 'down'], 'the later word on the aggregator');

  const alone = { ...LAG, partner_mac: NO_SYSTEM };
  const partnerless = { aggregator_id: 1, actor_state: 0x45, partner_state: 0x01 };
  const members = [
    h.member(2, 11, 'ens1', 20, { state: 0, lacp: partnerless }),
    h.member(2, 12, 'ens2', 20, { state: 1, lacp: { ...partnerless, aggregator_id: 2 } }),
  ];
  t.same(legs(lag(alone, ...members)), ['up', 'down'], 'the kernel sends by one without LACP');
});

t.test('what is known of a LACP port, by whoever said it last', async t => {
  const read = (...more: Frame[]) => {
    const topology = lag(LAG, ...more);
    return readMember(topology, tableGet(topology.links, 12)!)?.lacp;
  };
  t.match(read(), {
    aggregator_id: 1,
    actor: { collecting: true, defaulted: false },
    partner_system: LAG.partner_mac,
    churn: null,
  });
  const told = h.lacpPort(3, 12, 20, { actor_churn: 'churned' });
  t.match(read(told), { churn: { actor: 'churned', partner: 'none' } });
  const none = h.lacpPort(3, 12, 20, { partner: { system: NO_SYSTEM, key: 0, port: 0, state: 1 } });
  t.match(read(none), { actor: { defaulted: true, expired: false }, partner_system: NO_SYSTEM });
  const expired = h.member(4, 12, 'ens2', 20, { lacp: { ...PORT, actor_state: 0x87 } });
  t.match(read(expired), { actor: { expired: true } });
  t.match(read(expired, h.lacpPort(5, 12, 20)), { actor: { expired: false } }, 'it speaks again');
  const hidden = h.lacpPort(3, 12, 20, { partner: null, aggregator_id: 2 });
  t.match(read(hidden), { partner_system: null, aggregator_id: 2 }, 'without the capability');
  t.same(lacpState(0xff), {
    activity: true,
    short_timeout: true,
    aggregation: true,
    synchronization: true,
    collecting: true,
    distributing: true,
    defaulted: true,
    expired: true,
  });
});

t.test("a port's state in words", async t => {
  const words = (actor_state: number, partner_state = 0x3d, ...more: Frame[]) => {
    const lacp = { ...PORT, actor_state, partner_state };
    const topology = lag(LAG, h.member(2, 12, 'ens2', 20, { lacp }), ...more);
    return lacpText(readMember(topology, tableGet(topology.links, 12)!)!.lacp!);
  };
  t.equal(words(0x3f), 'distributing');
  t.equal(words(0x0f), 'in sync');
  t.equal(words(0x0f, 0x05), 'not in sync');
  t.equal(words(0x87), 'partner silent');
  t.equal(words(0x47), 'no partner');
  t.equal(
    words(0x07, 0x3d, h.lacpPort(3, 12, 20, { partner_churn: 'churned' })),
    'not in sync, churned',
  );
});

const team = (...more: Frame[]) =>
  topologyOf(
    more,
    start(
      h.link(1, 40, 'team0', { kind: 'team' }),
      h.link(1, 41, 't-a', { master_ifindex: 40 }),
      h.link(1, 42, 't-b', { master_ifindex: 40 }),
    ),
  );

t.test('a team, as its own link watch sees it', async t => {
  t.same(shown(team()), ['team:team0 null null: t-a=up t-b=up'], 'before its own frame');
  const shows = (...frame: Parameters<Helper['team']>) => shown(team(h.team(...frame)));
  t.same(shows(2, 40, 41, ['41u', '42u-']), ['team:team0 activebackup t-a: t-a=up t-b=up']);
  t.same(shows(2, 40, 42, ['41d', '42u']), ['team:team0 activebackup t-b: t-a=down t-b=up']);
  const balanced = { mode: 'loadbalance' };
  t.same(shows(2, 40, null, ['41u', '42u-'], balanced), [
    'team:team0 loadbalance null: t-a=up t-b=down',
  ]);
  const unreadable = { mode: '' };
  t.same(shows(2, 40, 41, ['41u', '42u-'], unreadable), ['team:team0 null t-a: t-a=up t-b=up']);
  const down = team(h.team(2, 40, 41, ['41u', '42u-']), h.carrier(3, 42, 'd', 1, 2));
  t.same(shown(down), ['team:team0 activebackup t-a: t-a=up t-b=down'], 'carrier is first');
  const moved = team(h.team(2, 40, 41, ['41u', '42u-']), h.activeMember(3, 40, 41, 42, 'netlink'));
  t.equal(groups(moved)[0]?.active, 't-b');
});

t.test('flows of a bond, and of VLANs in VLANs above it', async t => {
  const vlans = [
    h.link(2, 21, 'bond0.7', { kind: 'vlan', iflink: 20 }),
    h.link(2, 22, 'bond0.7.9', { kind: 'vlan', iflink: 21 }),
  ];
  t.match(flows(bond(...vlans, h.flow(3, 1, 22, 22))), [
    { group: 'bond:bond0', leg_out: 'ens1', leg_in: 'ens1' },
  ]);
  const of = (...more: Frame[]) => flows(lag(LAG, ...vlans, h.flow(3, 1, 22, 22), ...more));
  t.match(of(), [{ group: 'bond:bond0', leg_out: null, leg_in: null }]);
  const member = (from: number | null, to: number) =>
    h.frame(4, 'flow_member', { flow: 1, master_ifindex: 20, from_ifindex: from, to_ifindex: to });
  t.match(of(member(null, 12)), [{ leg_out: 'ens2', leg_in: null }]);
  t.match(of(member(null, 12), h.flow(5, 1, 31, 31)), [{ leg_out: null }], 'by another device');
});

t.test('gone, lost and seen again', async t => {
  const known = lag(
    LAG,
    ...h.snapshot(2, 'lacp', [h.lacpPort(2, 11, 20), h.lacpPort(2, 12, 20)]),
    ...h.snapshot(2, 'ethtool', [h.nicMode(2, 11), h.nicErrors(2, 12)]),
  );
  t.same(known.known, {
    ...known.known,
    lacp: true,
    team: false,
    mode: true,
    errors: true,
    module: true,
  });
  t.equal(groups(known)[0]?.legs[0]?.speed_mbps, 25_000);

  const lost = topologyOf([h.lost(3, 'lacp')], known);
  t.equal(lost.known.lacp, false);
  t.equal(lost.known.link, true, 'of another source');
  t.equal(tableGet(lost.devices.lacp, 11)?.stale, true);
  const events = topologyOf([h.lost(3, 'bond'), h.lost(3, 'netdev')], known);
  t.same(events.known, known.known, 'those have events alone');
  const all = topologyOf([h.lost(3, 'nobody knows')], known);
  t.notOk(all.known.link || all.known.mode);

  const fewer = topologyOf(h.snapshot(4, 'lacp', [h.lacpPort(4, 11, 20)]), lost);
  t.equal(tableGet(fewer.devices.lacp, 12), undefined);
  t.match(fewer.effect.gone.devices, [{ kind: 'lacp', link: { name: 'ens2' } }]);
  const unplugged = topologyOf([h.link(5, 11, 'ens1', { gone: true })], known);
  t.equal(tableGet(unplugged.devices.mode, 11), undefined, 'with its link');

  const sources = ['rtnl', 'carrier', 'tcp', 'prober'];
  t.same(
    framesOfLoss(known, us(6), 'test').map(one => one.data.source),
    sources,
  );
  const more = topologyOf(
    [
      h.hello(7, {
        sources: ['team', 'ethtool'].map((name, i) => ({
          name,
          state: i === 0 ? ('absent' as const) : ('degraded' as const),
          reason: null,
        })),
      }),
    ],
    known,
  );
  t.same(
    framesOfLoss(more, us(8), 'test').map(one => one.data.source),
    [...sources, 'ethtool'],
    'and those that this helper sees by',
  );
});

t.test('a bond that is taken away is gone, although its members were released first', async t => {
  const released = { master_ifindex: null, member_kind: null, bond_member: null };
  const topology = bond(
    h.link(2, 11, 'ens1', released),
    h.link(2, 12, 'ens2', released),
    h.link(3, 20, 'bond0', { kind: 'bond', gone: true }),
  );
  t.same(shown(topology), []);
});
