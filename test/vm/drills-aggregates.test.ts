// guest: --nics 3 --memory 2048 --timeout 1200 --env TMPDIR=/run
/**
 * Drills on other kinds of bonds, and on a team: what each of them notices, and that all is as before afterwards. Ten times
 * each, and what takes long, with PATHWARDEN_REPEATS=10 (see drills.test.ts).
 */
import t, { type Test } from 'tap';
import type { RepeatReport } from '../../agent/drills/report.ts';
import { type BondKind, bondGroup } from '../../scripts/lab/bond.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { drill, openSite } from '../netns/support.ts';
import { judged, Pulse } from './pulse.ts';

t.setTimeout(0);

const REPEATS = Number(process.env.PATHWARDEN_REPEATS ?? 1);
const FULL = REPEATS >= 10;

const open = (t: Test, kind: BondKind, hosts: Site['options']['hosts'] = ['compute']) =>
  openSite(t, { network: { bond: { kind } }, hosts, rate: 50 });

const WAIT = ['--wait', '90s'];

const pulse = new Pulse();
t.teardown(() => pulse.stop());

function passes(t: Test, repeats: RepeatReport[], what: string): void {
  for (const [i, r] of judged(t, pulse, repeats).entries()) {
    t.equal(r.verdict, 'PASS', `${what} ${i + 1}: cut of ${r.leg}: ${r.reason}`);
    t.not(r.switched_us, null, `${what} ${i + 1}: switched`);
    t.same(r.differences, [], `${what} ${i + 1}: as before`);
  }
}

t.test('ARP monitor: a member that is dead behind its light', async t => {
  const site = await open(t, 'arp');
  t.equal(site.group, bondGroup({ kind: 'arp' }));
  const words = ['blackhole', '--hold', '2s', '--repeat', String(REPEATS)];
  const { drill: report } = await drill(site, [...words, ...WAIT], REPEATS);
  passes(t, report.repeats, 'blackhole');
  t.ok(
    report.repeats.every(r => r.hits!.in + r.hits!.out > 0),
    'the ARP requests, too',
  );
});

t.test('LACP: one of two ports', async t => {
  const site = await open(t, 'lacp', ['compute', 'storage']);
  const words = ['admin-down', '--hold', '1s', '--repeat', String(REPEATS)];
  const { drill: report } = await drill(site, [...words, ...WAIT], REPEATS);
  passes(t, report.repeats, 'admin-down');

  const lasts = 'the ports find each other again after up to 30 s';
  await t.test('silence on one of them', { skip: FULL ? false : lasts }, async t => {
    // Longer than the partner's short time-out of 3 s (IEEE 802.1AX 6.4.4).
    const { repeat } = await drill(site, ['blackhole', '--hold', '6s', ...WAIT]);
    t.not(repeat.switched_us, null, 'LACP notices what the carrier does not tell');
    t.ok(repeat.gap_ms! > 1000, `not within the budget: ${repeat.gap_ms} ms`);
    t.equal(repeat.verdict, 'FAIL');
    t.same(repeat.differences, [], 'the port is in its aggregator again');
  });
});

t.test('team, runner activebackup', async t => {
  const site = await open(t, 'team');
  const words = ['admin-down', '--hold', '1s', '--repeat', String(REPEATS)];
  const { drill: report } = await drill(site, [...words, ...WAIT], REPEATS);
  passes(t, report.repeats, 'admin-down');
});
