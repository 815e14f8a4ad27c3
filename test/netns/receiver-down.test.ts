/** The receiver is down, hangs, refuses: notices wait on disk and arrive, per alarm in order, when it is back. */
import t from 'tap';
import { run } from '../../scripts/lab/run.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { nowUs, sleep, until } from '../../scripts/lab/wait.ts';
import { brokenLives, openSite } from './support.ts';

t.setTimeout(240_000);

/** The far end of leg a goes down and up again, long enough for link-down to be told of. */
async function flap(site: Site): Promise<void> {
  const set = (state: string) => run(['ip', '-n', site.storage.netns, 'link', 'set', 's-a', state]);
  await set('down');
  await until('link-down on compute', async () => hasLinkDown(site), 15_000);
  await set('up');
  await until('link-down to clear', async () => !(await hasLinkDown(site)), 20_000);
}

async function hasLinkDown(site: Site): Promise<boolean> {
  const alarms = await site.compute.ask('alarms', { all: false });
  return alarms.some(alarm => alarm.type === 'link-down');
}

async function pending(site: Site): Promise<number> {
  const { outbox } = await site.compute.ask('status', {});
  return outbox.reduce((sum, lane) => sum + lane.pending, 0);
}

const changesOf = (site: Site, since: number) =>
  site.receiver.alarms(since).filter(({ source }) => source === site.compute.source);

for (const [how, take, giveBack] of [
  ['is down', (s: Site) => s.receiver.stop(), (s: Site) => s.receiver.start()],
  ['answers 503', (s: Site) => s.receiver.setMode('fail'), (s: Site) => s.receiver.setMode('ok')],
  [
    'takes requests and never answers',
    (s: Site) => s.receiver.setMode('hang'),
    (s: Site) => s.receiver.setMode('ok'),
  ],
  [
    'resets connections',
    (s: Site) => s.receiver.setMode('close'),
    (s: Site) => s.receiver.setMode('ok'),
  ],
] as const)
  t.test(`the receiver ${how}`, async t => {
    const site = await openSite(t, { rate: null });
    await until('the outbox to be empty', async () => (await pending(site)) === 0);
    const from = nowUs();
    await take(site);
    await flap(site);
    await flap(site);
    t.ok((await pending(site)) > 0, `${await pending(site)} notices wait`);
    t.equal(changesOf(site, from).length, 0, 'nothing was taken');

    // They wait on disk, not in the process.
    await site.compute.stopAgent('SIGKILL');
    await site.compute.startAgent();
    await until('the agent', async () => (await pending(site)) > 0, 20_000, 100);
    await sleep(500);
    await giveBack(site);
    await until('all to be told', async () => (await pending(site)) === 0, 60_000, 100);
    await site.settled(60_000);
    await until('all to be told', async () => (await pending(site)) === 0, 60_000, 100);

    const told = changesOf(site, from);
    const downs = told.filter(({ change }) => change.alarm.type === 'link-down');
    t.ok(
      new Set(downs.map(({ change }) => change.alarm.id)).size >= 1,
      `link-down was told: ${downs.map(({ change }) => change.kind).join(', ')}`,
    );
    t.same(await brokenLives(site, told), [], 'each alarm raised was cleared once, in order');
    const known = await site.compute.ask('alarms', { all: true });
    const missed = known.filter(
      alarm =>
        alarm.alarmRaisedTime.mono_us > from &&
        !told.some(({ change }) => change.alarm.id === alarm.id),
    );
    t.same(missed, [], 'no alarm that the agent knows of was kept from the receiver');
  });
