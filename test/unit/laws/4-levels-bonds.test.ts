/** Law 4 for bonds and the health of NICs: a snapshot twice changes nothing, and `unknown` never clears. */
import t from 'tap';
import { BondHost, LAG, PORT } from '../main/bond_host.ts';
import { Mind } from '../main/mind.ts';
import { changed, recorded } from '../support/eeprom.ts';
import { us } from '../support/frames.ts';

const silent = { ...PORT, actor_state: 0x87, partner_state: 0x05 };
const faint = changed(recorded('sff8472-10gbase-sr'), { i2c_address: 0x51 }, 104, 0, 90);

/** What is told, and what must be active then. */
const stories: Record<string, [tell: () => BondHost, active: string[]]> = {
  'all is well': [() => new BondHost().wait(5000), []],
  'a member has lost its carrier': [
    () =>
      new BondHost().wait(5000).carrier(11, false).wait(50).member(11, { mii_status: 2 }).use(12),
    ['bond-member-down leg/ens1f0', 'link-down leg/ens1f0', 'redundancy-lost group/bond:bond0'],
  ],
  'a partner is silent, and another switch is at the other end': [
    () =>
      new BondHost({ mode: 4, lacp: LAG }, { ...PORT })
        .wait(5000)
        .member(12, { state: 1, lacp: silent })
        .port(12, { partner: { system: LAG.partner_mac, key: 1, port: 1, state: 0x05 } }),
    ['lacp-partner-lost leg/ens1f1', 'redundancy-lost group/bond:bond0'],
  ],
  'members in two aggregators': [
    () =>
      new BondHost({ mode: 4, lacp: LAG }, { ...PORT })
        .wait(5000)
        .member(12, { state: 1, lacp: { ...PORT, aggregator_id: 2 } })
        .port(12, { aggregator_id: 2, partner_churn: 'churned' }),
    [
      'bond-same-switch group/bond:bond0',
      'lacp-churn leg/ens1f1',
      'redundancy-lost group/bond:bond0',
    ],
  ],
};

const beliefs = (mind: Mind) =>
  JSON.stringify([mind.middle.faults.active, mind.middle.alarms, mind.middle.topology.memory]);

for (const [name, [tell, active]] of Object.entries(stories)) {
  t.test(`a snapshot, and again, changes nothing: ${name}`, async t => {
    const host = tell().wait(10_000);
    const mind = new Mind(us(0)).take(host.frames);
    t.same(mind.active(), active);
    const before = beliefs(mind);
    mind.said();
    for (let i = 0; i < 3; i++) {
      host.frames.length = 0;
      mind.take(host.snapshot().frames);
      t.equal(beliefs(mind), before, `snapshot ${i + 1}`);
    }
    t.same(mind.said(), []);
  });
}

t.test('unknown clears nothing, not for an hour', async t => {
  const host = new BondHost().wait(5000);
  host.tell((h, ms) => h.nicMode(ms, 12, { speed_mbps: 1000 }));
  host.tell((h, ms) => h.module(ms, 12, faint));
  host.wait(5000).carrier(11, false).wait(50).member(11, { mii_status: 2 }).use(12, false);
  host.wait(2000).tell((h, ms) => h.frame(ms, 'tx_timeout', { ifindex: 12, queue: 1 }));
  const mind = new Mind(us(0)).take(host.frames);
  const lasting = mind.active().filter(key => !/^(nic-tx-timeout|no-gratuitous)/.test(key));
  t.same(lasting, [
    'bond-member-down leg/ens1f0',
    'link-down leg/ens1f0',
    'link-speed-reduced leg/ens1f1',
    'optics-degraded leg/ens1f1',
    'redundancy-lost group/bond:bond0',
  ]);
  host.frames.length = 0;
  host.tell((h, ms) => h.lost(ms, 'ring'));
  mind.take(host.frames).until(mind.now + 3_600_000_000);
  for (const key of lasting) t.ok(mind.active().includes(key), key);
});

t.test('a host without bonds, teams and ethtool is not blind for that', async t => {
  const host = new BondHost();
  const absent = ['bond', 'team', 'lacp', 'ethtool', 'netdev'].map(name => ({
    name,
    state: 'absent' as const,
    reason: 'not there',
  }));
  const seeing = ['rtnl', 'carrier', 'tcp', 'prober'].map(name => ({
    name,
    state: 'ok' as const,
    reason: null,
  }));
  host.frames.length = 0;
  host.tell((h, ms) => h.hello(ms, { sources: [...seeing, ...absent] }));
  const mind = new Mind(us(0)).take(host.snapshot().wait(20_000).frames);
  t.same(mind.active(), []);
});
