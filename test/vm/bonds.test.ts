// guest: --nics 3
/**
 * An active-backup bond with miimon 100 whose cables are cut: each failover has its complete record, whose switch another
 * process sees at the same time; and what else becomes of a member.
 */
import t from 'tap';
import { membersOf } from '../../scripts/lab/bond.ts';
import { run } from '../../scripts/lab/run.ts';
import { nowUs, sleep, until } from '../../scripts/lab/wait.ts';
import { deviceDel, setLink } from '../../scripts/vm-lab/monitor.ts';
import { brokenLives } from '../netns/support.ts';
import { Bonds, lacks, watchActive } from './bonds.ts';

const CUTS = 10;
/** A failover while the machine was away for longer tells of the machine. */
const AWAY_US = 250_000;
const REPEATS_MAX = 10;
const BOND = { kind: 'miimon' } as const;
const [A, B] = membersOf(BOND);

const bonds = await Bonds.open(t, BOND);
const { site } = bonds;
const began_us = nowUs();

t.test('ten cut cables', async t => {
  const looks = await watchActive(site);
  const off: number[] = [];
  let repeats = 0;
  for (let i = 0; i < CUTS; ) {
    const leg = looks.at(-1)!.active;
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
    const look = looks.find(one => one.t_us > cut_us && one.active !== '' && one.active !== leg);
    const switched_us = record.switched_us ?? Number.NaN;
    // Between the look before and the look that saw it is as good as exact.
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
  const legs = new Set(site.receiver.alarms(began_us).map(one => one.change.alarm.type));
  t.same([...legs].sort(), ['bond-member-down', 'link-down', 'redundancy-lost']);
});

t.test('a member that flaps at 5 Hz is one alarm', async t => {
  await bonds.quiet();
  const from_us = nowUs();
  for (let i = 0; i < 40; i++) {
    setLink(A, i % 2 === 1);
    await sleep(100);
  }
  await bonds.told('link-flapping', `leg/${A}`, 'raised', from_us);
  const end_us = nowUs();
  await bonds.told('link-flapping', `leg/${A}`, 'cleared', from_us);
  const kinds = (type: string) => bonds.changes(type, `leg/${A}`, from_us).map(o => o.change.kind);
  t.equal(kinds('link-flapping').filter(kind => kind === 'raised').length, 1);
  const downs = kinds('link-down').filter(kind => kind === 'raised').length;
  t.ok(downs <= 4, `link-down was told ${downs} times, not for each of 20 losses`);
  t.ok(nowUs() - end_us > 0);
  await site.settled();
  t.same(await brokenLives(site, site.receiver.alarms(from_us)), []);
});

t.test('a member that runs slower than the other', async t => {
  const from_us = nowUs();
  const speed = (mbps: number) =>
    run(['ip', 'netns', 'exec', site.compute.netns, 'ethtool', '-s', B, 'speed', String(mbps)]);
  await speed(1000);
  await bonds.told('link-speed-reduced', `leg/${B}`, 'raised', from_us);
  await speed(10_000);
  await bonds.told('link-speed-reduced', `leg/${B}`, 'cleared', from_us);
  t.same(await brokenLives(site, site.receiver.alarms(from_us)), []);
});

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
