// guest: --nics 0 --cables 2 --timeout 400 --env TMPDIR=/run
/** Steering of bonds and teams by the helper alone: the member in use goes silent while its carrier stays. */
import t, { type Test } from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import {
  activeMember,
  BOND,
  type BondKind,
  type BondOptions,
  type Cable,
  createBond,
  ipBatch,
  membersOf,
  removeBond,
  TEAM,
} from '../../scripts/lab/bond.ts';
import { Lab } from '../../scripts/lab/lab.ts';
import { STORAGE_ADDRESS } from '../../scripts/lab/network.ts';
import { run } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { closeAfter } from '../netns/support.ts';
import { ask } from '../storage/steering.ts';
import { Helper } from '../vm/helper.ts';

const HOLD_MS = 2000;
/** A team's port needs a NIC with a permanent address to be probed from, so no veth. */
const CABLES: readonly [Cable, Cable] = [
  ['nic0', 'nic1'],
  ['nic2', 'nic3'],
];
const wired = (kind: BondKind): BondOptions => ({ kind, wiring: { cables: CABLES } });
const [MIIMON, LACP, TEAMED] = [wired('miimon'), wired('lacp'), wired('team')];
const [A, B] = membersOf(MIIMON);

const lab = await Lab.open({ bond: MIIMON });
closeAfter(t, lab);
const { compute, storage } = lab.network;

/** The far end of this member drops everything, both ways; the carrier stays. */
async function setDropping(member: string, on: boolean): Promise<void> {
  const port = CABLES[member === A ? 0 : 1][1];
  const tc = (words: string) => run(['tc', '-n', storage, ...words.split(' ')]);
  if (!on) {
    await tc(`qdisc del dev ${port} clsact`);
    await tc(`qdisc del dev ${port} root`);
    return;
  }
  await tc(`qdisc add dev ${port} root netem loss 100%`);
  await tc(`qdisc add dev ${port} clsact`);
  await tc(`filter add dev ${port} ingress matchall action drop`);
}

const remove = (bond: BondOptions) => removeBond(compute, storage, bond, lab.processes);

class Host {
  readonly helper: Helper;
  readonly group: string;
  constructor(helper: Helper, group: string) {
    this.helper = helper;
    this.group = group;
  }

  static async start(t: Test, group: string): Promise<Host> {
    const options = ['--steer', group, '--steer-hold-ms', String(HOLD_MS)];
    return new Host(await Helper.startIn(t, compute, ...options), group);
  }

  async indexOf(name: string): Promise<number> {
    return (await this.helper.next('link', ({ ifname }) => ifname === name)).ifindex;
  }

  async probe(): Promise<void> {
    const indexes = await Promise.all([A, B].map(member => this.indexOf(member)));
    this.helper.configure({
      unacked_ms: 400,
      unanswered_ms: 400,
      probes: indexes.map(ifindex => ({
        ifindex,
        source: null,
        target: STORAGE_ADDRESS,
        method: 'arp' as const,
        interval_ms: 100,
        burst_ms: 50,
        lost_after: 5,
      })),
    });
  }

  async judged(member: string, as: boolean, from_us = 0): Promise<void> {
    const index = await this.indexOf(member);
    const fits = ({ ifindex, answering }: FrameOf<'leg_probe'>['data']) =>
      ifindex === index && answering === as;
    await this.helper.next('leg_probe', fits, from_us);
  }

  async leave(member: string) {
    const { group } = this;
    return ask(this.helper, { group, action: 'leave', ifindex: await this.indexOf(member) });
  }
}

/** Both members answer; then the one in use no longer does. */
async function lose(host: Host, member: string): Promise<void> {
  await host.probe();
  for (const one of [A, B]) await host.judged(one, true);
  const from_us = nowUs();
  await setDropping(member, true);
  await host.judged(member, false, from_us);
}

t.test('a bond without a primary: there is no way back to', async t => {
  const host = await Host.start(t, `bond:${BOND}`);
  const from = (await activeMember(compute)) as string;
  const to = from === A ? B : A;
  t.match(await host.leave(to), { outcome: 'refused', reason: /not the active one/ });
  await lose(host, from);
  const answer = await host.leave(from);
  t.match(answer, {
    outcome: 'steered',
    how: 'active-member',
    from_ifindex: await host.indexOf(from),
    to_ifindex: await host.indexOf(to),
    before: `${BOND} type bond active_slave ${from}`,
    after: `${BOND} type bond active_slave ${to}`,
    lasts: false,
    reason: /nothing is to be undone/,
  });
  t.comment(`asked to done: ${answer.t_us - answer.asked_us!} us`);
  t.equal(await activeMember(compute), to);
  t.match(
    await ask(host.helper, { group: host.group, action: 'undo', ifindex: answer.from_ifindex }),
    { outcome: 'refused', reason: /not steered/ },
  );
  await setDropping(from, false);
});

t.test('a bond with a primary goes back to it, whoever the helper is by then', async t => {
  await ipBatch(compute, [`link set ${BOND} type bond primary ${A}`]);
  await until('the primary to be active', async () => (await activeMember(compute)) === A);
  const host = await Host.start(t, `bond:${BOND}`);
  await lose(host, A);
  t.match(await host.leave(A), { outcome: 'steered', lasts: true });
  t.equal(await activeMember(compute), B);
  await host.helper.end('SIGKILL');

  const next = await Host.start(t, `bond:${BOND}`);
  const stands = await next.helper.next('steering');
  t.match(stands, {
    outcome: 'steering',
    how: 'active-member',
    from_ifindex: await next.indexOf(A),
    to_ifindex: await next.indexOf(B),
  });
  await next.probe();
  await next.judged(A, false);
  const mended_us = nowUs();
  await setDropping(A, false);
  const undone = await next.helper.next('steering', ({ outcome }) => outcome === 'undone');
  t.match(undone, { asked_us: null, to_ifindex: await next.indexOf(A), reason: /answered every/ });
  t.ok(undone.t_us - mended_us >= HOLD_MS * 1000, 'not before the hold time is over');
  t.equal(await activeMember(compute), A);
});

t.test('an aggregate is not ours to steer', async t => {
  await remove(MIIMON);
  await createBond(compute, storage, LACP, lab.processes);
  const host = await Host.start(t, `bond:${BOND}`);
  t.match(await host.leave(A), { outcome: 'refused', reason: /mode is not active-backup/ });
  await remove(LACP);
});

t.test('a team', async t => {
  await createBond(compute, storage, TEAMED, lab.processes);
  const host = await Host.start(t, `team:${TEAM}`);
  const [{ active_ifindex }] = [await host.helper.next('team', one => one.active_ifindex !== null)];
  const from = (await host.indexOf(A)) === active_ifindex ? A : B;
  const to = from === A ? B : A;
  await lose(host, from);
  const moved_us = nowUs();
  t.match(await host.leave(from), { outcome: 'steered', how: 'active-member', lasts: false });
  const index = await host.indexOf(to);
  await host.helper.next('team', one => one.active_ifindex === index, moved_us);
  t.pass('its port is the other one');
});
