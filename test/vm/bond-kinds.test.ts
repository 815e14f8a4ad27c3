// guest: --nics 0 --cables 2 --timeout 240 --env TMPDIR=/run
/**
 * One bond after another under the same agent, cabled to a switch or to another bond, with the addresses on a VLAN: what
 * each kind notices and what it misses.
 */
import t from 'tap';
import type { LintReport } from '../../agent/lint/report.ts';
import type { AlarmChangeKind } from '../../agent/types.ts';
import {
  activeMember,
  BOND,
  type BondKind,
  type BondOptions,
  type Cable,
  ipBatch,
  SWITCH,
} from '../../scripts/lab/bond.ts';
import { COMPUTE_ADDRESS, STORAGE_ADDRESS } from '../../scripts/lab/network.ts';
import { inNetns, run } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';
import { Bonds, blackholed } from './bonds.ts';

const CABLES: readonly [Cable, Cable] = [
  ['nic0', 'nic1'],
  ['nic2', 'nic3'],
];
const VLAN = 77;
const wired = (kind: BondKind): BondOptions => ({ kind, wiring: { cables: CABLES }, vlan: VLAN });
const BUDGET_US = 1_000_000;

const bonds = await Bonds.open(t, wired('arp'));
const { site } = bonds;
const { compute, storage } = site.lab.network;
const group = () => `group/${site.group}`;

const setBond = (words: string) => ipBatch(compute, [`link set ${BOND} type bond ${words}`]);

/** The member in use and its cable. */
async function inUse(): Promise<{ leg: string; cable: Cable }> {
  const { groups } = await site.status(site.compute);
  const active = groups.find(({ id }) => id === site.group)?.active;
  const cable = CABLES.find(([near]) => near === active);
  if (cable === undefined) throw new Error(`in use is ${active}`);
  return { leg: cable[0], cable };
}

/** The same with a cable cut. */
async function unplugged<T>(cable: Cable, meanwhile: () => Promise<T>): Promise<T> {
  for (const nic of cable) setLink(nic, false);
  try {
    return await meanwhile();
  } finally {
    for (const nic of cable) setLink(nic, true);
  }
}

t.test('an ARP monitor leaves a leg that passes nothing', async t => {
  // More patient than by default, as an emulated processor answers late.
  await setBond('arp_missed_max 5');
  const { leg, cable } = await inUse();
  const from_us = nowUs();
  const record = await blackholed(storage, cable[1], async () => {
    const switched = await bonds.record(from_us, 'switched', one => one.switched_us !== null);
    const down = await bonds.told('bond-member-down', `leg/${leg}`, 'raised', from_us);
    t.match(JSON.stringify(down.change.alarm), /it has carrier/);
    return switched;
  });
  const { announced_us, switched_us, cut, phases, reason } = await bonds.closed(record);
  // TCP's own wait comes on top: its second or third retransmission is the first that finds the other leg.
  t.ok(switched_us! - cut.t_us <= BUDGET_US, reason);
  t.ok(announced_us !== null && phases?.detection_us !== null, 'announced, by the VLAN');
  t.not(await activeMember(compute), leg);
  t.same(bonds.changes('link-down', `leg/${leg}`, from_us), [], 'the link was there all the time');
  t.same(await bonds.broken(), []);
});

t.test('miimon: a leg that passes nothing has its carrier, and is kept', async t => {
  await setBond('arp_interval 0 miimon 100');
  const { leg, cable } = await inUse();
  const from_us = nowUs();
  await blackholed(storage, cable[1], () =>
    bonds.told('failover-absent', group(), 'raised', from_us),
  );
  const record = await bonds.record(from_us, 'closed', one => one.state !== 'open');
  t.match(record, { verdict: 'FAIL', switched_us: null, cut: { source: 'last_progress' } });
  t.equal(record.legs[0]?.leg, leg);
  t.equal(await activeMember(compute), leg);
  t.same(bonds.changes('bond-member-down', `leg/${leg}`, from_us), []);
  t.same(await bonds.broken(), []);
});

t.test('a switch that is announced to nobody', async t => {
  await bonds.quiet();
  const from_us = nowUs();
  /** By hand: that needs no cable. */
  const moveOn = async () => {
    const leg = await activeMember(compute);
    await setBond(`active_slave ${CABLES.find(([near]) => near !== leg)![0]}`);
    await until('the other member in use', async () => (await activeMember(compute)) !== leg);
  };
  const told = (kind: AlarmChangeKind) => bonds.told('no-gratuitous-arp', group(), kind, from_us);

  await setBond('num_grat_arp 0');
  await moveOn();
  // A device without ARP sends none, whatever the bond wants; as it does not ask either, both ends have to be told.
  await setBond('num_grat_arp 1');
  const [near, far] = [`${BOND}.${VLAN}`, `${SWITCH}.${VLAN}`];
  const [nearMac, farMac] = [await macOf(compute, near), await macOf(storage, far)];
  await run(inNetns(compute, ['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1']));
  await ipBatch(compute, [`link set ${near} arp off`]);
  const neighbour = (address: string, mac: string, device: string) =>
    `neigh replace ${address} lladdr ${mac} dev ${device} nud permanent`;
  await ipBatch(compute, [neighbour(STORAGE_ADDRESS, farMac, near)]);
  await ipBatch(storage, [neighbour(COMPUTE_ADDRESS, nearMac, far)]);
  await moveOn();
  await told('raised');
  await ipBatch(compute, [`link set ${near} arp on`]);
  await moveOn();
  await told('cleared');
  const changes = bonds.changes('no-gratuitous-arp', group(), from_us);
  t.equal(changes.length, 2, 'where none is to be sent none is missed');
  t.same(await bonds.broken(), []);
});

async function macOf(netns: string, device: string): Promise<string> {
  const { stdout } = await run(['ip', '-n', netns, '-j', 'link', 'show', device]);
  return JSON.parse(stdout)[0].address;
}

t.test('miimon 0: the linter says why beforehand, and nothing switches', async t => {
  await setBond('miimon 0');
  // `ip netns exec` gives it a /sys with the devices of the namespace.
  const lint = site.compute.cliArgv(['lint', '--json', '--loss', 'carrier']);
  const linted = await run(['ip', 'netns', 'exec', compute, ...lint], { mayFail: true });
  t.equal(linted.code, 1, `a budget is broken; ${linted.stderr}`);
  const report: LintReport = JSON.parse(linted.stdout);
  const judged = report.groups.find(({ id }) => id === site.group);
  t.match(judged, { verdict: 'BROKEN', carrier: { state: 'never' } });
  t.match(judged?.carrier.causes[0], { rule: 'bond-mii', setting: { name: /miimon/ } });

  const { cable } = await inUse();
  const cut_us = nowUs();
  const open = await unplugged(cable, async () => {
    const raised = await bonds.told('failover-absent', group(), 'raised', cut_us);
    const away_us = bonds.pulse.away(cut_us, raised.t_us);
    const after_us = raised.t_us - cut_us;
    t.ok(after_us <= BUDGET_US + 1_000_000 + away_us, `told ${after_us / 1000} ms after the cut`);
    return await bonds.record(cut_us, 'a failure', one => one.verdict === 'FAIL');
  });
  t.match(open, { switched_us: null, findings: ['no-switch'], cut: { source: 'carrier' } });
  const record = await bonds.closed(open);
  t.match(record, { verdict: 'FAIL', switched_us: null, reason: /miimon 0/ });
  t.same(await bonds.broken(), []);
});

/** The member that sends more, by the kernel's counts. */
async function busiest(): Promise<Cable> {
  const sent = async () => {
    const { stdout } = await run(['ip', '-n', compute, '-s', '-j', 'link', 'show']);
    const links: { ifname: string; stats64: { tx: { packets: number } } }[] = JSON.parse(stdout);
    return CABLES.map(
      ([near]) => links.find(({ ifname }) => ifname === near)?.stats64.tx.packets ?? 0,
    );
  };
  const before = await sent();
  return await until('a member to have sent more', async () => {
    const [first = 0, second = 0] = (await sent()).map((count, i) => count - before[i]!);
    return Math.abs(first - second) > 10 && CABLES[first > second ? 0 : 1];
  });
}

t.test('802.3ad: a cut cable', async t => {
  await site.rewire(wired('lacp'));
  const { record } = await bonds.cut(await busiest());
  t.match(record, { verdict: 'PASS', cut: { source: 'carrier' } }, record.reason);
  t.ok(record.switched_us !== null && record.flowing_us !== null);
  t.same(await bonds.broken(), []);
});

/** Takes a far end out of its bond, and puts it into this one; null: into none. */
const farEnd = (nic: string, master: string | null) =>
  ipBatch(storage, [
    `link set ${nic} down`,
    `link set ${nic} ${master === null ? 'nomaster' : `master ${master}`}`,
    `link set ${nic} up`,
  ]);

t.test('802.3ad: a partner that is silent, and then another one', async t => {
  const from_us = nowUs();
  await farEnd('nic3', null);
  await bonds.told('lacp-partner-lost', 'leg/nic2', 'raised', from_us);
  await bonds.told('redundancy-lost', group(), 'raised', from_us);
  await ipBatch(storage, [
    'link add bond9 type bond mode 802.3ad miimon 100 lacp_rate fast',
    'link set bond9 up',
  ]);
  await farEnd('nic3', 'bond9');
  await bonds.told('bond-same-switch', group(), 'raised', from_us);
  await bonds.told('lacp-partner-lost', 'leg/nic2', 'cleared', from_us);
  await farEnd('nic3', BOND);
  await bonds.told('bond-same-switch', group(), 'cleared', from_us);
  t.same(await bonds.broken(), []);
});

t.test('a team', async t => {
  await site.rewire(wired('team'));
  const { leg, cable } = await inUse();
  const { record } = await bonds.cut(cable);
  t.match(record, { kind: 'team', verdict: 'PASS', cut: { source: 'carrier' } }, record.reason);
  t.ok(record.switched_us !== null && record.announced_us !== null);
  t.not((await inUse()).leg, leg);
  t.same(await bonds.broken(), []);
});
