// guest: --nics 15 --timeout 300 --memory 1536
/**
 * A storm of corrected errors, as fast as they can be injected: one alarm, what it costs, and whether a link's alarm waits for
 * it. The figures are those of emulated processors, ten to twenty times slower than real ones, with the injector on one of two.
 */
import t, { type Test } from 'tap';
import { cpuMs } from '../../scripts/lab/cpu-time.ts';
import { GuestSite } from '../../scripts/lab/guest-site.ts';
import { tail } from '../../scripts/lab/processes.ts';
import { run } from '../../scripts/lab/run.ts';
import { startStorm } from '../../scripts/lab/storm.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';

t.setTimeout(290_000);

const WAIT_MS = 60_000;
/** Each is cut three times: a fourth within ten seconds would be flapping, and told as that. */
const ROUNDS = 3;
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `nic${from + i}`);
const BEFORE = numbered(1, 7);
const DURING = numbered(8, 14);
const MEASURE_MS = 5000;
const STORM = 'memory-corrected-errors';
/** Far more than are told, far fewer than there are errors. */
const CHANGES_A_SECOND = 5;

const site = await GuestSite.open(null);
t.teardown(() => site.close());
for (const nic of ['nic0', ...BEFORE, ...DURING]) await run(['ip', 'link', 'set', nic, 'up']);
await site.start(0);

/** From then until the receiver had the change of this NIC's alarm, in ms. */
async function told(nic: string, kind: 'raised' | 'cleared', from_us: number): Promise<number> {
  const found = await until(
    `link-down of ${nic} ${kind}`,
    () =>
      site.receiver
        .alarms(from_us)
        .map(one => ({ ...one, ...one.change.alarm, kind: one.change.kind }))
        .find(
          one =>
            one.kind === kind && one.type === 'link-down' && one.managedObjectId === `leg/${nic}`,
        ),
    WAIT_MS,
    5,
  );
  return (found.t_us - from_us) / 1000;
}

/** Pulls each cable and puts it back; from the cut to the receiver, ms, the shortest first. */
async function cuts(nics: readonly string[]): Promise<number[]> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    for (const nic of nics) {
      const cut_us = nowUs();
      setLink(nic, false);
      took.push(await told(nic, 'raised', cut_us));
      const back_us = nowUs();
      setLink(nic, true);
      await told(nic, 'cleared', back_us);
    }
  return took.sort((a, b) => a - b);
}

function figures(t: Test, what: string, took: readonly number[]): void {
  const at = (share: number) => (took[Math.ceil(took.length * share) - 1] ?? 0).toFixed(0);
  t.comment(
    `${what}: link-down told after ${at(0.5)} ms (median), ${at(0.99)} ms (longest of ${took.length})`,
  );
}

/** What each process takes of one processor, in %, over some seconds. */
async function shares(processes: readonly { pid: number }[]): Promise<number[]> {
  const before = processes.map(({ pid }) => cpuMs(pid));
  const from_us = nowUs();
  await until('time to pass', () => nowUs() > from_us + MEASURE_MS * 1000, 2 * MEASURE_MS, 100);
  const took_ms = (nowUs() - from_us) / 1000;
  return processes.map(({ pid }, i) => ((cpuMs(pid) - before[i]!) / took_ms) * 100);
}

t.test('a storm of corrected errors', async t => {
  const { helper, agent } = site.host;
  const parts = [helper!, agent!];
  figures(t, 'before', await cuts(BEFORE));
  const quiet = await shares(parts);

  const began_us = nowUs();
  const storm = await startStorm(site.processes);
  const alarms = () =>
    site.receiver.alarms(began_us).filter(({ change }) => change.alarm.type === STORM);
  await until(
    'the alarm to say how bad it is',
    () => alarms().some(({ change }) => change.alarm.perceivedSeverity === 'MAJOR'),
    WAIT_MS,
  ).catch(async error => {
    const { injected, ms } = await storm.stop();
    t.comment(`${injected} errors in ${ms} ms`);
    for (const { change, t_us } of site.receiver.alarms(began_us)) {
      const { perceivedSeverity, type, managedObjectId } = change.alarm;
      const words = [change.kind, perceivedSeverity, type, managedObjectId];
      t.comment(`${((t_us - began_us) / 1000).toFixed(0)} ms: ${words.join(' ')}`);
    }
    t.comment(tail(helper!), tail(agent!));
    throw error;
  });
  const used = await shares(parts);
  const took = await cuts(DURING);
  const { injected, ms } = await storm.stop();

  figures(t, 'in the storm', took);
  t.comment(`${injected} errors in ${ms} ms: ${Math.round((injected / ms) * 1000)} a second`);
  for (const [i, name] of ['helper', 'agent'].entries())
    t.comment(
      `${name}: ${used[i]!.toFixed(1)} % of a processor, ${quiet[i]!.toFixed(1)} % without`,
    );
  t.equal(alarms().filter(({ change }) => change.kind === 'raised').length, 1, 'one alarm');
  t.equal(alarms()[0]?.change.alarm.managedObjectId, 'dimm/unknown-0');
  t.ok(alarms().length < (CHANGES_A_SECOND * ms) / 1000, `${alarms().length} changes of it`);
  for (const { change } of site.receiver.alarms(began_us)) {
    const { type, managedObjectId, faultDetails } = change.alarm;
    if (change.kind === 'raised' && ![STORM, 'link-down'].includes(type))
      t.comment(`also: ${type} ${managedObjectId}: ${faultDetails.join(' | ')}`);
  }
});
