// guest: --nics 3 --memory 2048 --timeout 400 --env TMPDIR=/run
/** Drills on other kinds of bonds, and on a team: what each of them notices, and that all is as before afterwards. */
import t, { type Test } from 'tap';
import type { RepeatReport } from '../../agent/drills/report.ts';
import { type BondKind, bondGroup } from '../../scripts/lab/bond.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { drill, openSite } from '../netns/support.ts';

t.setTimeout(0);

/** 10 for the full measure. */
const REPEATS = Number(process.env.PATHWARDEN_REPEATS ?? 2);

const open = (t: Test, kind: BondKind, hosts: Site['options']['hosts'] = ['compute']) =>
  openSite(t, { network: { bond: { kind } }, hosts, rate: 50 });

const WAIT = ['--wait', '30s'];

function passes(t: Test, repeats: RepeatReport[], what: string): void {
  for (const [i, r] of repeats.entries()) {
    t.equal(r.verdict, 'PASS', `${what} ${i + 1}: cut of ${r.leg}: ${r.reason}`);
    t.not(r.switched_us, null, `${what} ${i + 1}: switched`);
    t.same(r.differences, [], `${what} ${i + 1}: as before`);
  }
}

t.test('ARP monitor: a member that is dead behind its light', async t => {
  const site = await open(t, 'arp');
  t.equal(site.group, bondGroup({ kind: 'arp' }));
  const words = ['blackhole', '--hold', '2s', '--repeat', String(REPEATS)];
  const { drill: report, text } = await drill(site, [...words, ...WAIT]);
  t.comment(text);
  passes(t, report.repeats, 'blackhole');
  t.ok(
    report.repeats.every(r => r.hits!.in + r.hits!.out > 0),
    'the ARP requests, too',
  );
});

t.test('LACP: one of two ports', async t => {
  const site = await open(t, 'lacp', ['compute', 'storage']);
  const words = ['admin-down', '--hold', '1s', '--repeat', String(REPEATS)];
  const { drill: report, text } = await drill(site, [...words, ...WAIT]);
  t.comment(text);
  passes(t, report.repeats, 'admin-down');

  // Longer than the partner's short time-out of 3 s (IEEE 802.1AX 6.4.4).
  const dead = await drill(site, ['blackhole', '--hold', '6s', ...WAIT]);
  t.comment(dead.text);
  t.not(dead.repeat.switched_us, null, 'LACP notices what the carrier does not tell');
  t.ok(dead.repeat.gap_ms! > 1000, `not within the budget: ${dead.repeat.gap_ms} ms`);
  t.equal(dead.repeat.verdict, 'FAIL');
  t.same(dead.repeat.differences, [], 'the port is in its aggregator again');
});

t.test('team, runner activebackup', async t => {
  const site = await open(t, 'team');
  const words = ['admin-down', '--hold', '1s', '--repeat', String(REPEATS)];
  const { drill: report, text } = await drill(site, [...words, ...WAIT]);
  t.comment(text);
  passes(t, report.repeats, 'admin-down');
});

t.test('a flapping member', async t => {
  const site = await open(t, 'miimon');
  const { repeat, text } = await drill(site, ['flap', '--flaps', '6', ...WAIT]);
  t.comment(text);
  t.equal(repeat.edges.length, 12);
  t.same(repeat.differences, [], 'a member in use');
});
