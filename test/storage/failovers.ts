/** What real storage must show over two legs, whatever its protocol; the product runs on both hosts. */
import t, { type Test } from 'tap';
import type { AlarmData } from '../../agent/alarm-data.ts';
import type { FailoverRecord } from '../../agent/types.ts';
import type { FrameOf } from '../../agent/wire.ts';
import { helperFrames } from '../../scripts/benchmarks/stage.ts';
import type { Lab } from '../../scripts/lab/lab.ts';
import type { HelperOptions } from '../../scripts/lab/product.ts';
import type { Site } from '../../scripts/lab/site.ts';
import { type Disk, slowest } from '../../scripts/lab/storage.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { busiestLeg } from '../../scripts/storage-lab/sessions.ts';
import { agreesWithFio, type Drilled, drill, openSite, routingOf } from '../netns/support.ts';

export type Traffic = 'iscsi' | ((lab: Lab) => Promise<Disk>);

const BUDGET_US = 1_000_000;
/** From the cut; the stall threshold is 50 ms. */
const SEEN_US = 100_000;
const DRILLS = 20;
const HOLD_MS = 1500;
/** After a group was steered or that was undone (native/steer_policy.c), and a little. */
const QUIET_US = 10_500_000;

const openBridged = (t: Test, traffic: Traffic, helper: HelperOptions) =>
  openSite(t, { traffic, helper, network: { cabling: 'bridge' } });

/** Blackholes the leg that most connections leave by. */
async function blackhole(site: Site, hold: string): Promise<Drilled & { leg: string }> {
  const leg = await busiestLeg(site.lab.network);
  const done = await drill(site, ['blackhole', '--leg', leg, '--hold', hold, '--wait', '60s']);
  return { ...done, leg };
}

async function recordOf(site: Site, { repeat }: Drilled): Promise<FailoverRecord> {
  const records = await site.compute.ask('failovers', { limit: 1000 });
  const record = records.find(({ id }) => id === repeat.failover);
  if (record === undefined) throw new Error(`no record ${repeat.failover}`);
  return record;
}

/** As the compute host's agent told them first, by type. */
function toldSince(site: Site, since_us: number): Map<string, AlarmData> {
  const alarms = site.receiver
    .alarms(since_us)
    .filter(({ source, change }) => source.endsWith(':compute') && change.kind === 'raised')
    .map(({ change }) => [change.alarm.type, change.alarm] as const);
  return new Map(alarms.reverse());
}

type Stall = FrameOf<'flow_stall'>['data'];

/** What the compute host's helper tells of stalls from now on, overdue answers among them. */
function listen(t: Test, site: Site): Stall[] {
  const stalls: Stall[] = [];
  const stop = helperFrames(site.compute, ({ type, data }) => {
    if (type === 'flow_stall') stalls.push(data as Stall);
  });
  t.teardown(stop);
  return stalls;
}

/** The leg was named, and a connection that used it was told to stand still in time. */
async function seenAndNamed(
  t: Test,
  site: Site,
  { repeat, leg }: Drilled & { leg: string },
  stalls: readonly Stall[],
): Promise<void> {
  const cut = repeat.cut_us ?? 0;
  const told = toldSince(site, cut);
  t.equal(told.get('leg-blackholed')?.managedObjectId, `leg/${leg}`);
  // None is told where a connection that had lost an answer alone has it before the leg is known to be silent.
  const stalled = told.get('storage-path-stalled')?.faultDetails.join('\n') ?? `leaves by ${leg}`;
  t.match(stalled, new RegExp(`(leaves|comes) by ${leg}`), 'what stalled was on it');
  const { groups } = await site.compute.ask('status', {});
  const legs = groups.flatMap(group => group.legs);
  const ifindex = legs.find(({ id }) => id === leg)?.ifindex;
  const first = stalls.find(
    ({ t_us, out_ifindex, in_ifindex }) =>
      t_us > cut && (out_ifindex === ifindex || in_ifindex === ifindex),
  );
  const took = (first?.t_us ?? Number.POSITIVE_INFINITY) - cut;
  t.ok(took <= SEEN_US, `a stalled connection was told ${took / 1000} ms after the cut`);
  t.ok((repeat.seen_us ?? Number.POSITIVE_INFINITY) - cut <= SEEN_US, 'so says the record');
}

/** The tests of one kind of traffic. */
export function failovers(traffic: Traffic): void {
  t.setTimeout(1_400_000);

  t.test('a carrier is lost: the connections go on by the other leg', async t => {
    const site = await openSite(t, { traffic, network: { cabling: 'tap' } });
    const before = await routingOf(site);
    const leg = await busiestLeg(site.lab.network);
    const done = await drill(site, ['carrier-off', '--leg', leg, '--hold', '2s', '--wait', '60s']);
    t.equal(done.drill.verdict, 'PASS', done.text);
    t.equal((await recordOf(site, done)).verdict, 'PASS');
    t.not(done.repeat.switched_us, null);
    t.comment(`gap ${done.repeat.gap_ms} ms`);
    await site.settled(60_000);
    t.equal(await routingOf(site), before);
    const io = (await site.load?.stop()) ?? [];
    const cut = done.repeat.cut_us ?? 0;
    agreesWithFio(t, done.repeat.gap_ms, io, cut - 500_000, done.repeat.back?.healed_us);
  });

  t.test('a leg swallows everything, and nobody may steer: seen, named, not survived', async t => {
    const site = await openBridged(t, traffic, {});
    const stalls = listen(t, site);
    const done = await blackhole(site, '2s');
    t.equal(done.drill.verdict, 'FAIL', done.text);
    t.match(done.drill.reason, /healed, not switched/);
    t.ok(stalls.length > 0, 'stalls were told');
    t.comment(
      `seen ${((done.repeat.seen_us ?? 0) - (done.repeat.cut_us ?? 0)) / 1000} ms after the cut`,
    );
    await seenAndNamed(t, site, done, stalls);
    const told = toldSince(site, done.repeat.cut_us ?? 0);
    t.ok(told.has('storage-path-stalled'), 'and so was its path');
    t.ok(told.has('failover-absent'));
    t.notOk(told.has('path-steered'));
    await site.settled(60_000);
    const io = (await site.load?.stop()) ?? [];
    const cut = done.repeat.cut_us ?? 0;
    agreesWithFio(t, done.repeat.gap_ms, io, cut - 500_000, done.repeat.back?.healed_us);
  });

  t.test(`${DRILLS} times a leg swallows everything, and both hosts steer`, async t => {
    const site = await openBridged(t, traffic, { steer: { hold_ms: HOLD_MS } });
    const before = await routingOf(site);
    const windows: [from_us: number, to_us: number][] = [];
    const stalls = listen(t, site);
    const gaps: number[] = [];
    const seen: number[] = [];
    let undone = 0;
    for (let i = 1; i <= DRILLS; i++) {
      await until('the next steering to be allowed', () => nowUs() > undone + QUIET_US, 15_000);
      const done = await blackhole(site, '2s');
      const { repeat, drill } = done;
      const cut = repeat.cut_us ?? 0;
      windows.push([cut, repeat.back?.healed_us ?? cut]);
      gaps.push(repeat.gap_ms ?? Number.POSITIVE_INFINITY);
      const record = await recordOf(site, done);
      t.equal(drill.verdict, 'PASS', `${i}: ${drill.reason}`);
      t.match(record.steered, { from: done.leg }, `${i}: steered away from ${done.leg}`);
      // Of those that had something to say: an idle one goes on when it has.
      t.ok(gaps.at(-1)! < BUDGET_US / 1000, `${i}: none stood still longer than ${gaps.at(-1)} ms`);
      await seenAndNamed(t, site, done, stalls);
      seen.push(((repeat.seen_us ?? 0) - cut) / 1000);
      await until('the routes as before', async () => (await routingOf(site)) === before, 30_000);
      undone = nowUs();
      await site.settled(60_000);
    }
    const io = (await site.load?.stop()) ?? [];
    const theirs = windows.map(([from, to]) => slowest(io, from - 500_000, to));
    t.ok(Math.max(...theirs) < BUDGET_US, 'nor did a request of fio take as long');
    for (const figures of [gaps, seen]) figures.sort((x, y) => x - y);
    t.comment(
      `gap of ${DRILLS}: median ${gaps[DRILLS / 2]} ms, longest ${gaps.at(-1)} ms; seen after: median ` +
        `${seen[DRILLS / 2]} ms, longest ${seen.at(-1)} ms; fio's slowest request ${Math.max(...theirs) / 1000} ms`,
    );
  });
}
