// guest: --nics 3 --memory 2048 --timeout 900 --env TMPDIR=/run
/**
 * The product on a host with an active-backup bond of two NICs, miimon 100, and real iSCSI over it: every failover has a
 * complete record, and its time of the switch is that of a witness who polls the bond itself.
 *
 * Ten of each: PATHWARDEN_REPEATS=10 ./scripts/test vm test/vm/drills.test.ts test/vm/drills-aggregates.test.ts
 */
import t, { type Test } from 'tap';
import { limits } from '../../agent/faults/limits.ts';
import type { FailoverRecord } from '../../agent/types.ts';
import { ActiveWitness } from '../../scripts/lab/poll.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';
import { drill, openSite } from '../netns/support.ts';
import { judged, Pulse } from './pulse.ts';

t.setTimeout(0);

const REPEATS = Number(process.env.PATHWARDEN_REPEATS ?? 2);
const MEMBERS = ['nic0', 'nic1'];
/** An emulated processor: the witness's 2 ms are not always 2 ms. Of the median, and of each. */
const TOLERANCE_MS = { median: 20, each: 100 };

/** ms by which the record's switch lies outside of what the witness saw; NaN: one of the two saw none. */
function apart(
  witness: ActiveWitness,
  { cut_us, switched_us }: { cut_us: number | null; switched_us: number | null },
): number {
  const seen = witness.switchedSince(cut_us ?? 0);
  if (seen === undefined || switched_us === null) return Number.NaN;
  return Math.max(0, seen.before_us - switched_us, switched_us - seen.t_us) / 1000;
}

/**
 * Every time that the bond and the flows have is known, and the cut comes first. When the operator was told is the emulated
 * processor's affair.
 */
function complete(t: Test, record: FailoverRecord, what: string) {
  t.equal(record.state, 'closed', `${what}: closed`);
  t.equal(record.verdict, 'PASS', `${what}: ${record.reason}`);
  const { cut, seen_us, switched_us, announced_us, flowing_us, gap_us, phases } = record;
  const times = { seen_us, switched_us, announced_us, flowing_us, gap_us, ...phases };
  for (const [name, value] of Object.entries(times)) t.not(value, null, `${what}: ${name}`);
  t.ok(switched_us! >= cut.t_us - cut.uncertainty_us, `${what}: cut before switch`);
}

const records = async (site: Site): Promise<FailoverRecord[]> =>
  await site.compute.ask('failovers', { limit: 1000 });

/** Healthy, and no record is open: a slow processor makes stalls of its own. */
async function quiet(site: Site): Promise<void> {
  await until(
    'no open record',
    async () => {
      await site.settled(60_000);
      return (await records(site)).every(r => r.state !== 'open');
    },
    120_000,
    500,
  );
}

t.test('miimon', async t => {
  const site = await openSite(t, {
    network: { bond: { kind: 'miimon' } },
    hosts: ['compute'],
    rate: 50,
  });
  const witness = await ActiveWitness.start(site.lab, site.compute.netns);
  const pulse = new Pulse();
  t.teardown(() => pulse.stop());

  await t.test(`${REPEATS} drills, each on the member in use then`, async t => {
    const words = ['admin-down', '--repeat', String(REPEATS), '--hold', '600ms', '--wait', '90s'];
    const { code, drill: report, text } = await drill(site, words, REPEATS);
    t.equal(code, report.verdict === 'PASS' ? 0 : 1, text);
    t.equal(report.repeats.length, REPEATS);
    const legs = report.repeats.map(r => r.leg);
    t.ok(
      legs.every((leg, i) => MEMBERS.includes(leg!) && (i === 0 || leg !== legs[i - 1])),
      `without fail-back each cut is on the other one: ${legs.join(', ')}`,
    );
    const known = await records(site);
    const off: number[] = [];
    for (const [i, repeat] of judged(t, pulse, report.repeats).entries()) {
      const record = known.find(r => r.id === repeat.failover);
      if (!record) t.fail(`drill ${i + 1} has no record`);
      else complete(t, record, `drill ${i + 1}`);
      off.push(apart(witness, repeat));
    }
    off.sort((x, y) => x - y);
    t.comment(`the record's switch is off the witness's by ${off.join(', ')} ms`);
    t.ok(off[off.length >> 1]! <= TOLERANCE_MS.median, `median ${off[off.length >> 1]} ms`);
    t.ok(
      off.every(ms => ms <= TOLERANCE_MS.each),
      'and none far',
    );
  });

  await t.test('with one member left nothing is cut', async t => {
    await quiet(site);
    const spare = MEMBERS.find(name => name !== witness.member)!;
    setLink(spare, false);
    const words = ['drill', 'run', 'admin-down', '--group', site.group];
    const { code, stderr } = await site.compute.cli(words);
    setLink(spare, true);
    t.equal(code, 3, stderr);
    t.match(stderr, `no second healthy leg in ${site.group} beside ${witness.member}`);
  });

  await t.test('a member flaps: one link-flapping, and nothing is lost', async t => {
    await quiet(site);
    const began = nowUs();
    const { repeat } = await drill(site, ['flap', '--flaps', '10', '--wait', '90s']);
    // A link that takes longer than half a period to change flaps less often (native/guard_flap.c).
    const losses = repeat.edges.filter(({ up }) => !up).length;
    t.ok(losses >= limits.link.flapping_losses && losses <= 10, `${losses} losses`);
    t.same(repeat.differences, [], 'a member in use');
    const told = () =>
      site.receiver
        .alarms(began)
        .filter(({ change }) => change.alarm.managedObjectId === `leg/${repeat.leg}`)
        .map(({ change }) => `${change.kind} ${change.alarm.type}`);
    await until('the end', () => told().includes('cleared link-flapping'), 240_000);
    t.equal(told().filter(s => s === 'raised link-flapping').length, 1, told().join(', '));
    t.ok(told().filter(s => s === 'raised link-down').length < 4);
  });
});
