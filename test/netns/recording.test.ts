/** A cut is recorded, and what is recorded gives the alarms that were told; the agent's own verb shows them. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Alarm } from '../../agent/types.ts';
import { run } from '../../scripts/lab/run.ts';
import { until } from '../../scripts/lab/wait.ts';
import { openSite } from './support.ts';

t.setTimeout(180_000);

/** Alarms about the agent's receiver depend on how fast this machine is. */
const ABOUT_DELIVERY = /^(delivery|escalation|spool)-/;

type Change = {
  kind: string;
  alarm: Pick<Alarm, 'type' | 'perceivedSeverity' | 'managedObjectId'>;
};

const words = (changes: readonly Change[]): string[] =>
  changes
    .filter(({ kind, alarm }) => kind !== 'changed' && !ABOUT_DELIVERY.test(alarm.type))
    .map(({ kind, alarm: a }) => `${kind} ${a.perceivedSeverity} ${a.type} ${a.managedObjectId}`)
    .sort();

t.test('a cut, recorded and replayed', async t => {
  const site = await openSite(t);
  const { compute, storage } = site;
  const folder = join(compute.dir, 'state/recordings');
  const recordings = () => (existsSync(folder) ? readdirSync(folder) : []);
  const states = async () => (await compute.ask('status', {})).recordings;
  const told = () =>
    site.receiver
      .alarms()
      .filter(({ source }) => source === compute.source)
      .map(({ change }) => change);
  await until(
    'what the start raised to be recorded',
    async () => {
      const { written = 0 } = (await states()) ?? {};
      return written === recordings().length;
    },
    30_000,
  );
  const [before, early] = [recordings(), told().length];
  const link = (state: string) => run(['ip', '-n', storage.netns, 'link', 'set', 's-a', state]);
  await link('down');
  await until('the alarm', () => told().some(({ alarm }) => alarm.type === 'link-down'));
  await link('up');
  await site.settled(60_000);
  const [name, ...others] = await until(
    'the recording',
    async () => {
      const fresh = recordings().filter(one => !before.includes(one));
      return (
        (await states())?.written === before.length + fresh.length && fresh.length > 0 && fresh
      );
    },
    60_000,
  );
  t.same(others, []);
  const file = join(folder, name!);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.comment(`${name}: ${statSync(file).size} bytes`);

  const { code, stdout, stderr } = await compute.cli(['replay', file, '--json']);
  t.equal(code, 0, stderr);
  t.equal(stderr, '');
  const events = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  const again = events.flatMap(event => (event.topic === 'alarms' ? [event.change] : []));
  const live = words(told().slice(early));
  t.ok(live.length >= 2, live.join('; '));
  t.same(words(again), live);
  t.same(events.at(-1).active, []);
  t.match(events.at(-1), { topic: 'end', bad: 0, unknown: {}, dropped: 0 });
  t.match((await compute.cli(['replay', file])).stdout, /raised MAJOR link-down leg\/c-a/);
});

t.test('the hardware of the host', async t => {
  const site = await openSite(t);
  const { code, stdout, stderr } = await site.compute.cli(['hw', '--json']);
  t.equal(code, 0, stderr);
  const report = JSON.parse(stdout);
  t.ok(report.helper);
  t.match(report.components[0], { id: 'host', kind: 'host' });
  t.comment((await site.compute.cli(['hw', '--all'])).stdout);
});
