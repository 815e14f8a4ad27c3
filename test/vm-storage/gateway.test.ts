// guest: --nics 0 --cables 2 --timeout 400 --env TMPDIR=/run
/**
 * The whole product on a host whose storage is behind a gateway, over an active-backup bond of two cables to one switch, and
 * over a VLAN of it: its members are asked for the gateway that the storage traffic takes; one that passes nothing is found
 * with its link up and steered away from. Where all members are in use none is asked, and none steered.
 */
import t, { type Test } from 'tap';
import {
  activeMember,
  BOND,
  type BondKind,
  type BondOptions,
  type Cable,
  GATEWAYS,
  ipBatch,
  NOBODY,
} from '../../scripts/lab/bond.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Bonds, blackholed } from '../vm/bonds.ts';
import { Attached } from '../vm/helper.ts';

t.setTimeout(390_000);

const CABLES: readonly [Cable, Cable] = [
  ['nic0', 'nic1'],
  ['nic2', 'nic3'],
];
const wired = (kind: BondKind, vlan?: number): BondOptions => ({
  ...{ kind, wiring: { cables: CABLES }, routed: true },
  ...(vlan === undefined ? {} : { vlan }),
});
const VLAN = 77;
const GATEWAY = GATEWAYS[1];
const HOLD_MS = 2000;
/** path-steered of what is not to be undone lasts a minute. */
const WAIT_MS = 100_000;

const bonds = await Bonds.open(t, wired('miimon'), { helper: { steer: { hold_ms: HOLD_MS } } });
const { site } = bonds;
const { compute, storage } = site.lab.network;
const helper = await Attached.to(t, site.compute.helperSocket);

/** What each member's probe said last, by its name: `arp answering 10.77.8.254`. */
function probes(from_us = 0): Record<string, string> {
  const nameOf = new Map(helper.all('link').map(({ ifindex, ifname }) => [ifindex, ifname]));
  const said = helper.all('leg_probe', from_us).map(({ ifindex, target, answering, method }) => {
    const what = `${method} ${answering ? 'answering' : 'silent'} ${target}`;
    return [nameOf.get(ifindex) ?? '', what] as const;
  });
  return Object.fromEntries(said);
}

/** Those that are asked at this moment. Not to be asked for often: the agent gets what the snapshot says, too. */
async function askedNow(): Promise<string[]> {
  const asked_us = nowUs();
  helper.ask({ type: 'snapshot', data: {} });
  await helper.next(
    'snapshot',
    ({ source, phase }) => source === 'prober' && phase === 'end',
    asked_us,
  );
  return Object.keys(probes(asked_us));
}

async function bothAnswer(from_us = 0): Promise<void> {
  const answer = () =>
    CABLES.every(([near]) => probes(from_us)[near] === `arp answering ${GATEWAY}`);
  await until('both members to have an answer of the gateway', answer, 30_000).catch(
    (error: Error) => {
      throw new Error(`${error.message}; they say ${JSON.stringify(probes())}`);
    },
  );
}

async function cableOf(leg: string | null): Promise<Cable> {
  const cable = CABLES.find(([near]) => near === leg);
  if (cable === undefined) throw new Error(`in use is ${leg}`);
  return cable;
}

/** Loses the member in use without a word, until the group was steered to the other one. */
async function steered(
  test: Test,
  from_us = 0,
): Promise<{ from: string; to: string; cut_us: number }> {
  await bothAnswer(from_us);
  await bonds.quiet();
  const [from, port] = await cableOf(await activeMember(compute));
  const to = CABLES.find(([near]) => near !== from)![0];
  const cut_us = nowUs();
  const object = `leg/${from}`;
  const record = await blackholed(storage, port, async () => {
    const raised = await bonds.told('leg-blackholed', object, 'raised', cut_us);
    test.match(raised.change.alarm, { managedObjectId: object });
    await bonds.told('path-steered', `group/${site.group}`, 'raised', cut_us);
    await until('the other member in use', async () => (await activeMember(compute)) === to);
    return await bonds.record(cut_us, 'steered and flowing', one => one.flowing_us !== null);
  });
  test.match(record.steered, { how: 'active-member', from, to });
  await bonds.told('leg-blackholed', object, 'cleared', cut_us);
  test.same(bonds.changes('leg-blackholed', `leg/${to}`, cut_us), [], 'the other one is well');
  test.same(bonds.changes('link-down', object, cut_us), [], 'the link was there all the time');
  const closed = await bonds.closed(record);
  test.ok(closed.findings.includes('steered'), closed.reason);
  const ms = (at: number | null | undefined) => (at == null ? null : (at - cut_us) / 1000);
  test.comment(
    `steered after ${ms(closed.steered?.t_us)} ms, flowing after ${ms(closed.flowing_us)} ms`,
  );
  return { from, to, cut_us };
}

/** The last word on the group's steering since then is that it is over. */
const over = (from_us: number) =>
  until(
    'path-steered to be cleared',
    () =>
      bonds.changes('path-steered', `group/${site.group}`, from_us).at(-1)?.change.kind ===
      'cleared',
    WAIT_MS,
    200,
  );

t.test(
  'the gateway that storage traffic takes is asked, not that of the default route',
  async t => {
    const said = await helper.next('route', ({ dst }) => dst === '0.0.0.0/0');
    t.match(said, { lone: true, nexthops: [{ gateway: NOBODY }] });
    await bothAnswer();
    t.same(await bonds.broken(), []);
  },
);

t.test('without a primary the traffic stays where it was steered to', async t => {
  const { to, cut_us } = await steered(t);
  await over(cut_us);
  t.equal(await activeMember(compute), to);
  t.same(await bonds.broken(), []);
});

t.test(
  'with a primary, on a VLAN, it goes back when that has answered for the hold time',
  async t => {
    const rewired_us = nowUs();
    await site.rewire(wired('miimon', VLAN));
    const [primary] = await cableOf(await activeMember(compute));
    await ipBatch(compute, [`link set ${BOND} type bond primary ${primary}`]);
    const { from, cut_us } = await steered(t, rewired_us);
    t.equal(from, primary);
    await until('the primary in use', async () => (await activeMember(compute)) === primary);
    const undone = await helper.next('steering', ({ outcome }) => outcome === 'undone', cut_us);
    t.match(undone, { asked_us: null, reason: /answered every/ });
    await over(cut_us);
    t.same(await bonds.broken(), []);
  },
);

t.test('802.3ad: no member is asked, and none steered', async t => {
  await site.rewire(wired('lacp'));
  const none = async () => (await askedNow()).length === 0;
  await until('no member to be asked', none, 30_000, 3000);
  const from_us = nowUs();
  const { ifindex } = helper.all('link').findLast(({ ifname }) => ifname === CABLES[0][0])!;
  const reason = 'a test';
  helper.ask({ type: 'steer', data: { group: site.group, action: 'leave', ifindex, reason } });
  const answer = await helper.next('steering', () => true, from_us);
  t.match(answer, { outcome: 'refused', reason: /mode is not active-backup/ });
  t.same(await bonds.broken(), []);
});
