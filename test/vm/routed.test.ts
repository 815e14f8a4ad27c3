// guest: --nics 3
/**
 * A routed (ECMP) failover on ordinary NICs while the kernel's limiter of carrier events is primed by another link. What
 * the kernel alone makes of it, and what the nudge does: `operstate` before 6.8, `ask` from then on.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { nowUs, sleep, until } from '../../scripts/lab/wait.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';
import { Helper } from './helper.ts';

t.setTimeout(200_000);

const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });
const [major = 0, minor = 0] = release().split('.').map(Number);
const ASK = major > 6 || (major === 6 && minor >= 8);
/** linux/if.h: IF_OPER_UP. */
const OPER_UP = 6;

const TARGET = '10.9.9.1';
interface Legs {
  a: string;
  b: string;
}
const PLAIN: Legs = { a: 'nic0', b: 'nic1' };
const TAGGED: Legs = { a: 'nic0.10', b: 'nic1.10' };
const SOURCE = { a: '10.1.0.1', b: '10.2.0.1' };

t.before(() => {
  for (const nic of ['nic0', 'nic1', 'nic2']) ip('link', 'set', nic, 'up');
  for (const nic of ['nic0', 'nic1'])
    ip('link', 'add', 'link', nic, 'name', `${nic}.10`, 'type', 'vlan', 'id', '10');
  for (const key of [
    'net/ipv4/fib_multipath_hash_policy',
    'net/ipv4/conf/all/ignore_routes_with_linkdown',
  ])
    writeFileSync(`/proc/sys/${key}`, '1');
});

function route(legs: Legs): void {
  for (const [leg, source] of [
    [legs.a, SOURCE.a],
    [legs.b, SOURCE.b],
  ] as const) {
    ip('address', 'flush', 'dev', leg.slice(0, 4));
    ip('link', 'set', leg, 'up');
    ip('address', 'replace', `${source}/24`, 'dev', leg);
  }
  const hops = [
    ['nexthop', 'via', '10.1.0.2', 'dev', legs.a],
    ['nexthop', 'via', '10.2.0.2', 'dev', legs.b],
  ].flat();
  ip('route', 'replace', `${TARGET}/32`, ...hops);
}

/**
 * Does any of 16 new connections leave by leg a? The kernel says so by the source address that it gives them, and looks at
 * no carrier for it.
 */
async function usesA(): Promise<boolean> {
  const asked = Array.from({ length: 16 }, () => sourceOfNew());
  return (await Promise.all(asked)).includes(SOURCE.a);
}

function sourceOfNew(): Promise<string> {
  const socket: Socket = createSocket('udp4');
  return new Promise((done, failed) => {
    socket.once('error', failed);
    socket.connect(9, TARGET, () => {
      done(socket.address().address);
      socket.close();
    });
  });
}

/** `ip monitor link`: what every other listener of the host is told. */
function listen(t: Test): { t_us: number; line: string }[] {
  const heard: { t_us: number; line: string }[] = [];
  const child = spawn('ip', ['-o', 'monitor', 'link'], { stdio: ['ignore', 'pipe', 'ignore'] });
  createInterface({ input: child.stdout }).on('line', line => heard.push({ t_us: nowUs(), line }));
  const exited = new Promise(done => child.once('exit', done));
  t.teardown(async () => {
    child.kill();
    await exited;
  });
  return heard;
}

/** Another link's loss and return, so that whatever follows within a second waits for that second's end. */
async function prime(): Promise<void> {
  setLink('nic2', false);
  setLink('nic2', true);
  await sleep(100);
}

const routes = () => ip('-N', 'route', 'show', TARGET);

interface Trial {
  /** From the cut until no new connection leaves by leg a. */
  rerouted_ms: number;
  /** From the cut until another listener was told. */
  told_ms: number;
}

async function cut(heard: { t_us: number; line: string }[]): Promise<Trial> {
  await prime();
  const t_us = nowUs();
  setLink('nic0', false);
  await until('the route to leave leg a', async () => !(await usesA()), 10_000, 1);
  const rerouted_ms = (nowUs() - t_us) / 1000;
  const told = await until(
    'another listener to be told',
    () => heard.find(one => one.t_us > t_us && /: nic0: .*(NO-CARRIER|state DOWN)/.test(one.line)),
    10_000,
    1,
  );
  return { rerouted_ms, told_ms: (told.t_us - t_us) / 1000 };
}

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function alone(t: Test, legs: Legs): Promise<void> {
  route(legs);
  await Helper.start(t, '--nudge', 'off');
  const heard = listen(t);
  await until('leg a in use', usesA);
  const trials: Trial[] = [];
  for (let i = 0; i < 3; i++) {
    trials.push(await cut(heard));
    setLink('nic0', true);
    await until('leg a in use again', usesA, 10_000, 50);
  }
  const late = median(trials.map(one => one.rerouted_ms));
  t.comment(`rerouted after ${trials.map(one => one.rerouted_ms.toFixed(0)).join(', ')} ms`);
  t.ok(late > 400, `the kernel alone takes most of the limiter's second: median ${late} ms`);
}

async function nudged(t: Test, legs: Legs, count: number): Promise<void> {
  route(legs);
  const helper = await Helper.start(t, '--nudge', 'auto');
  const heard = listen(t);
  const how = ASK ? 'ask' : 'operstate';
  t.equal(helper.hello.nudge, how, `found out: ${how}`);
  await until('leg a in use', usesA);
  const before = routes();
  const began_us = nowUs();
  const trials: Trial[] = [];
  let asBefore = 0;
  for (let i = 0; i < count; i++) {
    const from_us = nowUs();
    trials.push(await cut(heard));
    await helper.next('link', one => one.ifname === 'nic0' && one.operstate !== OPER_UP, from_us);
    const back_us = nowUs();
    setLink('nic0', true);
    await helper.next('link', one => one.ifname === 'nic0' && one.operstate === OPER_UP, back_us);
    await until('leg a in use again', usesA, 10_000, 5);
    if (routes() === before) asBefore++;
  }
  const rerouted = median(trials.map(one => one.rerouted_ms));
  const slowest = Math.max(...trials.map(one => one.rerouted_ms));
  const told = median(trials.map(one => one.told_ms));
  t.comment(`rerouted: median ${rerouted.toFixed(1)}, slowest ${slowest.toFixed(0)} ms`);
  t.comment(`another listener told: median ${told.toFixed(1)} ms`);
  // A busy machine may keep a guest waiting for a processor; the limiter's wait is several times as long.
  t.ok(rerouted < 300, `the limiter is not waited for: rerouted after ${rerouted} ms, median`);
  t.ok(told < 300, `nor by any other listener: told after ${told} ms, median`);
  const nudges = helper.all('nudge', began_us);
  t.ok(
    nudges.every(one => one.how === how && one.honoured),
    `each of ${nudges.length} nudges was honoured`,
  );
  t.ok(nudges.length >= count / 2, 'mostly the limiter had to be passed');
  t.equal(asBefore, count, `operstate and routes as before, ${asBefore} of ${count}`);
}

t.test('the kernel alone', t => alone(t, PLAIN));
t.test('with the nudge', t => nudged(t, PLAIN, 25));
t.test('the kernel alone, VLANs on the legs', t => alone(t, TAGGED));
t.test('with the nudge, VLANs on the legs', t => nudged(t, TAGGED, 25));
