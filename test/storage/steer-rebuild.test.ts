/** What is steered outlives the helper, is found again by the next one, and is undone when nobody allows it any more. */
import t, { type Test } from 'tap';
import type { FrameOf } from '../../agent/wire.ts';
import { type Network, type NetworkOptions, routingState } from '../../scripts/lab/network.ts';
import { run } from '../../scripts/lab/run.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { Helper } from '../vm/helper.ts';
import {
  ALLOWED,
  ask,
  ENDS,
  GROUP,
  HOLD_MS,
  open,
  probes,
  setDropping,
  startHost,
} from './steering.ts';

t.setTimeout(240_000);

const { a: A, b: B } = ENDS.compute;
const silent = ({ ifindex, answering }: FrameOf<'leg_probe'>['data']) =>
  ifindex === A && !answering;

interface Scene {
  network: Network;
  /** The host that may steer. */
  compute: string;
  helper: Helper;
  /** Its addresses, links and routes when all was well. */
  before: string;
}

interface Setting {
  options?: Partial<NetworkOptions>;
  /** What else the host has, as words for `ip`. */
  extra?: string[];
  /** Options of the helper besides `ALLOWED`. */
  allowed?: string[];
}

/** Leg a is silent, and the helper knows. */
async function silentLeg(
  t: Test,
  { options = {}, extra, allowed = [] }: Setting = {},
): Promise<Scene> {
  const network = await open(t, options);
  const { compute } = network;
  if (extra !== undefined) await run(['ip', '-n', compute, ...extra]);
  const before = await routingState(compute);
  const helper = await startHost(t, network, 'compute', ...allowed);
  const from_us = nowUs();
  await setDropping(network, 'a', true);
  await helper.next('leg_probe', silent, from_us);
  return { network, compute, helper, before };
}

/** The same, and the helper has left it. */
async function leftLeg(t: Test): Promise<Scene> {
  const scene = await silentLeg(t);
  await steered(t, scene.helper, GROUP.compute);
  return scene;
}

/** Devices by which connections to this address leave, of twenty ports. */
async function devices(netns: string, target: string, source: string): Promise<Set<string>> {
  const lines = Array.from(
    { length: 20 },
    (_, i) => `route get ${target} from ${source} ipproto tcp sport ${40000 + i} dport 3260\n`,
  );
  const { stdout } = await run(['ip', '-n', netns, '-o', '-batch', '-'], { input: lines.join('') });
  return new Set([...stdout.matchAll(/ dev (\S+)/g)].map(found => found[1]!));
}

async function steered(t: Test, helper: Helper, group: string): Promise<void> {
  t.match(await ask(helper, { group, action: 'leave', ifindex: A }), {
    outcome: 'steered',
    from_ifindex: A,
    to_ifindex: B,
  });
}

t.test('killed while steered', async t => {
  const { network, compute, before, helper: first } = await leftLeg(t);
  const meanwhile = await routingState(compute);
  await first.end('SIGKILL');
  t.equal(await routingState(compute), meanwhile, 'it stays');

  const second = await Helper.startIn(t, compute, ...ALLOWED);
  t.match(await second.next('steering'), {
    group: GROUP.compute,
    outcome: 'steering',
    how: 'route',
    from_ifindex: A,
    to_ifindex: B,
    asked_us: null,
    lasts: true,
  });
  t.match(await ask(second, { group: GROUP.compute, action: 'leave', ifindex: B }), {
    outcome: 'refused',
    reason: /at most once in 10 s/,
  });
  second.configure(probes('compute'));
  await second.next('leg_probe', silent);
  const mended_us = nowUs();
  await setDropping(network, 'a', false);
  const undone = await second.next('steering', ({ outcome }) => outcome === 'undone');
  t.match(undone, { asked_us: null, reason: /answered every probe/ });
  t.ok(undone.t_us - mended_us >= HOLD_MS * 1000, 'not before the hold time is over');
  t.equal(await routingState(compute), before);
});

t.test('no longer allowed', async t => {
  const { compute, before, helper: first } = await leftLeg(t);
  await first.end('SIGTERM');
  t.not(await routingState(compute), before, 'what is steered stays when the helper ends');
  const second = await Helper.startIn(t, compute, '--steer', 'bond:bond7');
  t.equal(await routingState(compute), before, 'undone');
  t.match(
    second.said,
    /ecmp:10\.77\.9\.2\/32: undone: the configuration no longer names the group/,
  );
  t.strictSame(second.all('steering'), []);
});

t.test('taken away by another hand', async t => {
  const { compute, before, helper } = await leftLeg(t);
  await run(['ip', '-n', compute, 'route', 'del', '10.77.9.2/32', 'proto', '112']);
  t.match(await helper.next('steering', ({ outcome }) => outcome === 'undone'), {
    asked_us: null,
    reason: /^not by us/,
  });
  t.equal(await routingState(compute), before);
});

t.test('the operator takes his own route away', async t => {
  const { compute, helper } = await leftLeg(t);
  await run(['ip', '-n', compute, 'route', 'del', '10.77.9.2/32', 'proto', 'boot']);
  t.match(await helper.next('steering', ({ outcome }) => outcome === 'undone'), {
    asked_us: null,
    reason: /in front of is gone/,
  });
  t.notMatch(await routingState(compute), /proto 112/);
});

t.test('all other legs fail: a bad one is better than none', async t => {
  const { network, compute, before, helper } = await leftLeg(t);
  await setDropping(network, 'b', true);
  t.match(await helper.next('steering', ({ outcome }) => outcome === 'undone'), {
    asked_us: null,
    reason: /every other leg has failed/,
  });
  t.equal(await routingState(compute), before);
});

t.test('an operator goes back before the time', async t => {
  const { compute, before, helper } = await leftLeg(t);
  t.match(await ask(helper, { group: GROUP.compute, action: 'undo', ifindex: A }), {
    outcome: 'undone',
    from_ifindex: A,
    reason: 'test',
  });
  t.equal(await routingState(compute), before);
});

t.test('IPv6, by a lower metric', async t => {
  const group = 'ecmp:fd77:9::2/128';
  const { compute, before, helper } = await silentLeg(t, {
    options: { ipv6: true },
    allowed: ['--steer', group],
  });
  t.equal((await devices(compute, 'fd77:9::2', 'fd77:9::1')).size, 2, 'both legs are used');
  await steered(t, helper, group);
  t.strictSame(await devices(compute, 'fd77:9::2', 'fd77:9::1'), new Set(['c-b']));
  t.match(await ask(helper, { group, action: 'undo', ifindex: A }), { outcome: 'undone' });
  t.equal(await routingState(compute), before);
});

t.test('a group of next hop objects, in all of its routes', async t => {
  const { compute, before, helper } = await silentLeg(t, {
    options: { hops: 'nexthop' },
    extra: ['route', 'add', '10.77.10.0/24', 'nhid', '10'],
    allowed: ['--steer', 'nhg:10'],
  });
  t.match(await ask(helper, { group: GROUP.compute, action: 'leave', ifindex: A }), {
    outcome: 'refused',
    reason: /its hops are nhg:10/,
  });
  await steered(t, helper, 'nhg:10');
  for (const target of ['10.77.9.2', '10.77.10.9'])
    t.strictSame(await devices(compute, target, '10.77.9.1'), new Set(['c-b']), target);
  await helper.end('SIGKILL');
  const second = await Helper.startIn(t, compute, '--steer', 'nhg:10');
  t.match(await second.next('steering'), { group: 'nhg:10', outcome: 'steering', from_ifindex: A });
  t.match(await ask(second, { group: 'nhg:10', action: 'undo', ifindex: A }), {
    outcome: 'undone',
  });
  t.equal(await routingState(compute), before);
});

t.test('our own end down, where the operator says so', async t => {
  const allowed = ['--steer', `${GROUP.compute} link-down`];
  const { compute, before, helper } = await silentLeg(t, {
    extra: ['link', 'set', 'c-a', 'alias', 'to rack 7'],
    allowed,
  });
  const link = async () => (await run(['ip', '-n', compute, 'link', 'show', 'c-a'])).stdout;

  await run(['ip', '-n', compute, 'route', 'add', '10.99.0.0/16', 'via', '10.77.1.2']);
  t.match(await ask(helper, { group: GROUP.compute, action: 'leave', ifindex: A }), {
    outcome: 'refused',
    reason: /a route without another hop would be lost/,
  });
  await run(['ip', '-n', compute, 'route', 'del', '10.99.0.0/16']);
  t.match(await ask(helper, { group: GROUP.compute, action: 'leave', ifindex: A }), {
    outcome: 'steered',
    how: 'link-down',
    from_ifindex: A,
    to_ifindex: B,
    before: 'dev c-a up',
    after: 'dev c-a down',
    lasts: true,
  });
  t.match(await link(), /state DOWN.*alias pathwarden-steered to rack 7\n/s);
  await helper.end('SIGKILL');

  const second = await Helper.startIn(t, compute, ...allowed);
  t.match(await second.next('steering'), {
    outcome: 'steering',
    how: 'link-down',
    from_ifindex: A,
  });
  await second.end('SIGTERM');
  t.match(await link(), /state DOWN/, 'it stays when the helper ends');
  const third = await Helper.startIn(t, compute, ...ALLOWED);
  t.match(third.said, /undone: the configuration no longer/);
  t.match(await link(), /state UP.*alias to rack 7\n/s);
  await until('the route to be whole', async () => (await routingState(compute)) === before);
});

t.test('another program’s route of the same protocol number stays', async t => {
  const { compute } = await open(t);
  const words = ['route', 'add', '10.99.0.0/16', 'via', '10.77.1.2', 'proto', '112'];
  await run(['ip', '-n', compute, ...words]);
  const before = await routingState(compute);
  const helper = await Helper.startIn(t, compute, ...ALLOWED);
  t.equal(await routingState(compute), before);
  t.match(
    helper.said,
    /ecmp:10\.99\.0\.0\/16: a route of protocol 112 that is not known to be ours/,
  );
});
