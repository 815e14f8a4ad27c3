// guest: --nics 3 --memory 2048 --timeout 600 --env TMPDIR=/run
/**
 * The product on a host with an active-backup bond of two NICs, miimon 100, and real iSCSI over it: every failover has a
 * complete record, and its time of the switch is that of a witness who polls the bond itself.
 *
 * Ten of each: scripts/vm --nics 3 --memory 2048 --timeout 600 --env TMPDIR=/run --env PATHWARDEN_REPEATS=10 \
 *   node test/vm/drills.test.ts
 */
import t, { type Test } from 'tap';
import type { FailoverRecord } from '../../agent/types.ts';
import { ActiveWitness } from '../../scripts/lab/poll.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';
import { drill, openSite } from '../netns/support.ts';
import { judged, Pulse } from './pulse.ts';

t.setTimeout(0);

const REPEATS = Number(process.env.PATHWARDEN_REPEATS ?? 3);
const MEMBERS = ['nic0', 'nic1'];
/** An emulated processor: the witness's 2 ms are not always 2 ms. */
const TOLERANCE_US = 20_000;

/** What the witness saw of the switch of this record is within the tolerance. */
function agrees(
  t: Test,
  witness: ActiveWitness,
  record: { cut_us: number; switched_us: number | null },
  what: string,
) {
  const seen = witness.switchedSince(record.cut_us);
  const at = record.switched_us;
  if (seen === undefined || at === null) {
    t.fail(`${what}: switched ${at}, the witness saw ${JSON.stringify(seen)}`);
    return;
  }
  const early = at < seen.before_us - TOLERANCE_US;
  const late = at > seen.t_us + TOLERANCE_US;
  const ms = (us: number) => ((us - record.cut_us) / 1000).toFixed(1);
  t.notOk(
    early || late,
    `${what}: switched after ${ms(at)} ms, by the witness ${ms(seen.before_us)}–${ms(seen.t_us)}`,
  );
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
    const words = ['admin-down', '--repeat', String(REPEATS), '--hold', '600ms', '--wait', '30s'];
    const { code, drill: report, text } = await drill(site, words, REPEATS * 30_000);
    t.equal(code, report.verdict === 'PASS' ? 0 : 1, text);
    t.equal(report.repeats.length, REPEATS);
    const legs = report.repeats.map(r => r.leg);
    t.ok(
      legs.every((leg, i) => MEMBERS.includes(leg!) && (i === 0 || leg !== legs[i - 1])),
      `without fail-back each cut is on the other one: ${legs.join(', ')}`,
    );
    const known = await records(site);
    for (const [i, repeat] of judged(t, pulse, report.repeats).entries()) {
      const record = known.find(r => r.id === repeat.failover);
      if (!record) t.fail(`drill ${i + 1} has no record`);
      else complete(t, record, `drill ${i + 1}`);
      agrees(
        t,
        witness,
        { cut_us: repeat.cut_us!, switched_us: repeat.switched_us },
        `drill ${i + 1}`,
      );
    }
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
    const { repeat } = await drill(site, ['flap', '--flaps', '10', '--wait', '30s']);
    t.equal(repeat.edges.length, 20);
    t.same(repeat.differences, [], 'a member in use');
    const told = () =>
      site.receiver
        .alarms(began)
        .filter(({ change }) => change.alarm.managedObjectId === `leg/${repeat.leg}`)
        .map(({ change }) => `${change.kind} ${change.alarm.type}`);
    await until('the end', () => told().includes('cleared link-flapping'), 60_000);
    t.equal(told().filter(s => s === 'raised link-flapping').length, 1, told().join(', '));
    t.ok(told().filter(s => s === 'raised link-down').length < 4);
  });

  await t.test('a blackhole is none of its business', async t => {
    await quiet(site);
    const { drill: report, repeat } = await drill(site, [
      'blackhole',
      '--hold',
      '600ms',
      '--wait',
      '30s',
    ]);
    t.equal(report.verdict, 'FAIL');
    t.match(repeat.reason, /healed, not switched/);
    t.equal(repeat.switched_us, null);
    t.ok(repeat.hits!.out > 0);
    t.same(repeat.differences, []);
    t.equal(witness.switchedSince(repeat.cut_us!), undefined, 'nor does the witness see any');
  });
});
