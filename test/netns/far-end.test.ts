/** No drill: the far end of the cable goes down, as a pulled plug or a dying switch port looks from here. */
import t from 'tap';
import { run } from '../../scripts/lab/run.ts';
import { nowUs, sleep } from '../../scripts/lab/wait.ts';
import { agreesWithFio, brokenLives, closedRecord, openSite, routingOf } from './support.ts';

t.setTimeout(150_000);

t.test('carrier loss from the far end is seen, timed and told', async t => {
  const site = await openSite(t);
  const before = await routingOf(site);
  const { compute, storage } = await site.legs();
  t.equal(compute.at(-1), storage.at(-1), 'one seed: both directions use one leg');
  const set = (state: string) =>
    run(['ip', '-n', site.storage.netns, 'link', 'set', storage, state]);
  await sleep(2500); // steady traffic before the cut
  const from = nowUs();
  await set('down');
  const to = nowUs();
  await sleep(2000);
  await set('up');
  const record = await closedRecord(site.compute, from);
  t.equal(record.drill, null, 'not a drill');
  // last_progress, when the flow's own is known to be nearer to the cut than the look at the carrier.
  t.ok(
    ['carrier', 'last_progress'].includes(record.cut.source),
    `the cut is known from ${record.cut.source}`,
  );
  t.same(
    record.legs.map(leg => leg.leg),
    [compute],
  );
  // The carrier goes inside the request; strategy timer then looks every 2 ms.
  t.ok(
    record.cut.t_us + record.cut.uncertainty_us >= from && record.cut.t_us <= to + 1_000_000,
    `cut at ${record.cut.t_us} ± ${record.cut.uncertainty_us}, made between ${from} and ${to}`,
  );
  t.ok(record.seen_us !== null && record.seen_us >= from, 'seen');
  t.ok(record.flowing_us !== null, 'flowing');
  t.equal(record.verdict, 'PASS', record.reason);
  t.ok(record.told_us !== null, 'told');
  t.ok(record.back?.healed_us, 'the way back is there');
  await site.settled();
  t.equal(await routingOf(site), before, 'addresses, routes and links are as they were');
  const told = site.receiver.alarms(from).filter(({ source }) => source.endsWith(':compute'));
  const raised = told.find(({ change }) => change.alarm.type === 'link-down');
  t.match(raised?.change.alarm, { managedObjectId: `leg/${compute}`, drill: null });
  t.ok(
    told.some(({ change }) => change.alarm.type === 'redundancy-lost'),
    'the group is down to one leg',
  );
  t.same(
    await brokenLives(site, site.receiver.alarms()),
    [],
    'each alarm raised was cleared once, in order',
  );
  const io = (await site.load?.stop()) ?? [];
  agreesWithFio(
    t,
    record.gap_us === null ? null : record.gap_us / 1000,
    io,
    from - 500_000,
    record.back?.healed_us,
  );
});
