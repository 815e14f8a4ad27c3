// guest: --nics 3 --timeout 240 --env TMPDIR=/run
/**
 * An active-backup bond with miimon 100 whose cables are cut: each failover has its complete record, whose switch another
 * process sees at the same time; and what else becomes of a member.
 */
import t from 'tap';
import { membersOf } from '../../scripts/lab/bond.ts';
import { ActiveWitness } from '../../scripts/lab/poll.ts';
import { inNetns, run } from '../../scripts/lab/run.ts';
import { nowUs, sleep, until } from '../../scripts/lab/wait.ts';
import { deviceDel, setLink } from '../../scripts/vm-lab/monitor.ts';
import { Bonds, lacks } from './bonds.ts';
import { AWAY_US } from './pulse.ts';

const CUTS = 10;
const REPEATS_MAX = 10;
const BOND = { kind: 'miimon' } as const;
const [A, B] = membersOf(BOND);

const bonds = await Bonds.open(t, BOND);
const { site } = bonds;
const began_us = nowUs();

t.test('ten cut cables', async t => {
  const witness = await ActiveWitness.start(site.lab, site.compute.netns);
  const off: number[] = [];
  let repeats = 0;
  for (let i = 0; i < CUTS; ) {
    const leg = witness.member;
    const { record, cut_us } = await bonds.cut([leg]);
    const away_us = bonds.pulse.away(cut_us, record.flowing_us ?? nowUs());
    const wrong = [...lacks(record), record.verdict === 'PASS' ? '' : record.reason].join('');
    if (wrong !== '' && away_us > AWAY_US && ++repeats <= REPEATS_MAX) {
      t.comment(`not counted: ${wrong}; the machine was away for ${away_us / 1000} ms`);
      continue;
    }
    i++;
    t.same(lacks(record), [], `failover ${i}: the record is complete`);
    t.equal(record.verdict, 'PASS', record.reason);
    t.equal(record.strategy, 'fentry');
    t.same(
      record.legs.map(one => one.leg),
      [leg],
    );
    const look = witness.switchedSince(cut_us);
    const switched_us = record.switched_us ?? Number.NaN;
    // Between the look before and the one that saw it is as good as exact.
    const late = switched_us - (look?.t_us ?? Number.NaN);
    const early = (look?.before_us ?? Number.NaN) - switched_us;
    off.push(Math.max(0, late, early) / 1000);
    t.comment(
      `cut ${(record.cut.t_us - cut_us) / 1000} ms after the command; phases ${JSON.stringify(record.phases)}; ${record.reason}`,
    );
  }
  const sorted = off.toSorted((x, y) => x - y);
  t.comment(`the record's switch is off the other look by ${sorted.join(', ')} ms`);
  t.ok(sorted[CUTS >> 1]! <= 20, `median ${sorted[CUTS >> 1]} ms`);
  t.ok(sorted.at(-1)! <= 100, `at most ${sorted.at(-1)} ms`);
  const types = new Set(site.receiver.alarms(began_us).map(({ change }) => change.alarm.type));
  for (const type of ['link-down', 'bond-member-down', 'redundancy-lost'])
    t.ok(types.has(type), `${type} was told`);
  t.same(await bonds.broken(), []);
});

t.test(
  'a member that flaps at 5 Hz is one alarm; one that runs slower than the other is another',
  async t => {
    await bonds.quiet();
    const from_us = nowUs();
    for (let i = 0; i < 40; i++) {
      setLink(A, i % 2 === 1);
      await sleep(100);
    }
    await bonds.told('link-flapping', `leg/${A}`, 'raised', from_us);
    const speed = (mbps: number) =>
      run([...inNetns(site.compute.netns, ['ethtool', '-s', B, 'speed', String(mbps)])]);
    await speed(1000);
    await bonds.told('link-speed-reduced', `leg/${B}`, 'raised', from_us);
    await speed(10_000);
    await bonds.told('link-speed-reduced', `leg/${B}`, 'cleared', from_us);
    await bonds.told('link-flapping', `leg/${A}`, 'cleared', from_us);
    const raised = (type: string) =>
      bonds.changes(type, `leg/${A}`, from_us).filter(({ change }) => change.kind === 'raised')
        .length;
    t.equal(raised('link-flapping'), 1);
    t.ok(raised('link-down') < 4, `link-down was told ${raised('link-down')} times, of 20 losses`);
    t.same(await bonds.broken(), []);
  },
);

t.test('a member whose device is pulled', async t => {
  await bonds.quiet();
  const from_us = nowUs();
  deviceDel(B);
  await bonds.told('nic-removed', `leg/${B}`, 'raised', from_us);
  await bonds.told('redundancy-lost', `group/${site.group}`, 'raised', from_us);
  const status = await until('the group without its leg', async () => {
    const { groups } = await site.status(site.compute);
    return groups.find(({ id }) => id === site.group)?.active === A && groups;
  });
  t.ok(status);
});
