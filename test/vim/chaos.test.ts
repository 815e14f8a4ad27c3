/**
 * Ten thousand alarm changes from NICs whose carrier comes and goes, while agent, helper and receiver are killed fifty
 * times: each change arrives, in the order of its alarm, and what arrives twice has the same key. What was told before it
 * was on disk says so: an agent that is killed just then knows nothing of it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { run } from '../../scripts/lab/run.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { isToldChange } from '../../scripts/lab/told.ts';
import { sleep, until } from '../../scripts/lab/wait.ts';
import { brokenLives, openSite } from '../netns/support.ts';

t.setTimeout(900_000);

const CHANGES = 10_000;
const KILLS = 50;
const NICS = 48;
/** A link that is lost four times in ten seconds is flapping, which is one alarm and not many. */
const PERIOD_MS = 5000;

const NUMBERS = [...Array(NICS).keys()];
const near = (i: number) => `n${i}`;
const far = (i: number) => `f${i}`;

/** Pairs of cables, each pair a path group; their far ends lie in the storage host's namespace. */
async function addNics({ compute, storage }: Site['lab']['network']): Promise<void> {
  const batch = (netns: string, line: (i: number) => string) =>
    run(['ip', '-n', netns, '-batch', '-'], { input: `${NUMBERS.map(line).join('\n')}\n` });
  await batch(compute, i => {
    const ends = `${near(i)} index ${1000 + i} type veth peer name ${far(i)}`;
    return `link add ${ends} netns ${storage} index ${2000 + i}`;
  });
  await batch(storage, i => `link set ${far(i)} up`);
  await batch(compute, i => `link set ${near(i)} up`);
  await run(['ip', '-n', compute, '-batch', '-'], {
    input: NUMBERS.slice(0, NICS / 2)
      .map(
        i => `route add 10.80.0.${i}/32 nexthop dev ${near(i)} nexthop dev ${near(i + NICS / 2)}\n`,
      )
      .join(''),
  });
}

/** Sets the far ends down and up in turn until it is stopped, and leaves them all up. */
function storm(netns: string): { stop(): Promise<void> } {
  const ip = spawn('ip', ['-n', netns, '-force', '-batch', '-'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  let i = 0;
  const timer = setInterval(() => {
    ip.stdin.write(`link set ${far(i)} down\nlink set ${far((i + NICS / 2) % NICS)} up\n`);
    i = (i + 1) % NICS;
  }, PERIOD_MS / NICS);
  return {
    async stop() {
      clearInterval(timer);
      ip.stdin.end(NUMBERS.map(n => `link set ${far(n)} up\n`).join(''));
      if (ip.exitCode === null) await once(ip, 'exit');
    },
  };
}

async function killOne({ compute, receiver }: Site): Promise<void> {
  const restarts = [
    () => compute.stopAgent('SIGKILL').then(() => compute.startAgent()),
    () => compute.stopHelper('SIGKILL').then(() => compute.startHelper()),
    () => receiver.stop().then(() => receiver.start()),
  ];
  await restarts[Math.floor(Math.random() * restarts.length)]!();
}

t.test('fifty kills in ten thousand changes', async t => {
  const site = await openSite(t, {
    rate: null,
    hosts: ['compute'],
    receiver: 'vim',
  });
  const { network } = site.lab;
  await addNics(network);
  const storming = storm(network.storage);
  try {
    for (let kills = 0; kills < KILLS; kills++) {
      await sleep(500 + Math.random() * 2500);
      await killOne(site);
    }
    const many = () => site.receiver.alarms().length >= CHANGES;
    await until(`${CHANGES} changes to arrive`, many, 600_000, 1000);
  } finally {
    await storming.stop();
  }
  await site.settled(120_000);
  const lanes = async () => (await site.status(site.compute)).outbox;
  const idle = async () => (await lanes()).every(lane => lane.pending === 0);
  await until('everything to be told', idle, 120_000, 500);

  const told = site.receiver.alarms();
  const { received } = site.receiver;
  const marked = new Set(
    told.filter(({ change }) => change.uncommitted).map(({ change }) => change.alarm.id),
  );
  t.comment(`${told.length} changes, ${received.length} deliveries, ${marked.size} marked`);
  const broken = await brokenLives(site, told);
  t.same(
    broken.filter(life => !marked.has(life.split(' ')[1]!)),
    [],
    'each was raised once and cleared once, in order',
  );

  t.match(await lanes(), [{ given_up: 0, dead: 0 }], 'none was given up or refused');
  const sequences = new Set(
    received.map(({ event }) => (event.data as { sequence?: number }).sequence ?? 1),
  );
  const numbers = [...Array(Math.max(...sequences)).keys()].map(n => n + 1);
  t.same(
    numbers.filter(n => !sequences.has(n)),
    [],
    'no number is missing',
  );

  const texts = new Map<string, string>();
  const differing = received.filter(({ event }) => {
    const { data } = event;
    if (!isToldChange(data) || marked.has(data.alarm.id)) return false;
    const text = JSON.stringify(data);
    const known = texts.get(event.id) ?? text;
    texts.set(event.id, known);
    return known !== text;
  });
  t.same(differing, [], 'what came twice was the same');
});
