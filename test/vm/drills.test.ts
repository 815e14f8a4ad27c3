// guest: --nics 3 --memory 2048 --timeout 400 --env TMPDIR=/run
/**
 * The product on a host with an active-backup bond of two NICs, miimon 100, and real iSCSI over it: every failover has a
 * complete record, drilled or not, and its time of the switch is that of a witness who polls the bond itself.
 */
import t, { type Test } from 'tap';
import type { FailoverRecord } from '../../agent/types.ts';
import { ActiveWitness } from '../../scripts/lab/poll.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';
import { closedRecord, drill, openSite } from '../netns/support.ts';

t.setTimeout(0);

const REPEATS = 10;
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

/** Every time is known, in an order that can be, and the way from the cut to flowing is split without a rest. */
function complete(t: Test, record: FailoverRecord, what: string) {
  t.equal(record.state, 'closed', `${what}: closed`);
  t.equal(record.verdict, 'PASS', `${what}: ${record.reason}`);
  const { cut, seen_us, switched_us, flowing_us, told_us, gap_us, phases } = record;
  for (const [name, value] of Object.entries({
    seen_us,
    switched_us,
    flowing_us,
    told_us,
    gap_us,
    phases,
  }))
    t.not(value, null, `${what}: ${name}`);
  t.ok(switched_us! >= cut.t_us - cut.uncertainty_us, `${what}: cut before switch`);
}

const records = async (site: Site): Promise<FailoverRecord[]> =>
  await site.compute.ask('failovers', { limit: 1000 });

t.test('miimon', async t => {
  const site = await openSite(t, {
    network: { bond: { kind: 'miimon' } },
    hosts: ['compute'],
    rate: 50,
  });
  const witness = await ActiveWitness.start(site.lab, site.compute.netns);

  await t.test(`${REPEATS} drills, each on the member in use then`, async t => {
    const words = ['admin-down', '--repeat', String(REPEATS), '--hold', '600ms', '--wait', '30s'];
    const { code, drill: report, text } = await drill(site, words);
    t.equal(code, 0, text);
    t.equal(report.verdict, 'PASS');
    t.equal(report.repeats.length, REPEATS);
    const legs = report.repeats.map(r => r.leg);
    t.ok(
      legs.every((leg, i) => MEMBERS.includes(leg!) && (i === 0 || leg !== legs[i - 1])),
      `without fail-back each cut is on the other one: ${legs.join(', ')}`,
    );
    const known = await records(site);
    for (const [i, repeat] of report.repeats.entries()) {
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

  await t.test(`${REPEATS} cables cut, without a drill`, async t => {
    for (let i = 1; i <= REPEATS; i++) {
      await site.settled(60_000);
      const lost = witness.member;
      const began = nowUs();
      setLink(lost, false);
      await until('the switch', () => witness.switchedSince(began), 10_000);
      setLink(lost, true);
      const record = await closedRecord(site.compute, began);
      complete(t, record, `cut ${i}`);
      t.equal(record.drill, null);
      t.equal(record.legs[0]?.leg, lost);
      agrees(t, witness, { cut_us: began, switched_us: record.switched_us }, `cut ${i}`);
    }
  });

  await t.test('a blackhole is none of its business', async t => {
    await site.settled(60_000);
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
