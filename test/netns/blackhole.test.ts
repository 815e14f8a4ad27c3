/** Packets vanish while every link stays up: seen by the flow itself, and nothing in the kernel switches. */
import t from 'tap';
import { agreesWithFio, brokenLives, drill, openSite, routingOf } from './support.ts';

t.setTimeout(150_000);

t.test('a blackhole is seen, told, and not taken for a failover', async t => {
  const site = await openSite(t);
  const before = await routingOf(site);
  const done = await drill(site, ['blackhole', '--hold', '2s']);
  const { repeat } = done;
  const cut = repeat.cut_us ?? 0;
  t.equal(done.drill.verdict, 'FAIL', done.drill.reason);
  t.equal(done.code, 1);
  t.ok(
    (repeat.hits?.in ?? 0) + (repeat.hits?.out ?? 0) > 0,
    `it met packets: ${JSON.stringify(repeat.hits)}`,
  );
  t.ok(repeat.seen_us !== null && repeat.seen_us > cut, 'seen');
  // The stall threshold is 50 ms; a busy machine may add to it, but the stall must not be learnt from its end.
  t.ok(
    (repeat.seen_us ?? 0) < cut + 1_000_000,
    `seen ${((repeat.seen_us ?? 0) - cut) / 1000} ms after the cut`,
  );
  t.equal(repeat.switched_us, null, 'nothing switched');
  t.ok(
    repeat.flowing_us !== null && repeat.flowing_us > cut + 2_000_000,
    'flowing only after the heal',
  );
  t.match(done.drill.reason, /healed, not switched/);
  const records = await site.compute.ask('failovers', { limit: 1000 });
  const record = records.find(r => r.id === repeat.failover);
  t.equal(record?.cut.source, 'drill');
  t.equal(await routingOf(site), before, 'addresses, routes and links are as they were');
  await site.settled(60_000);
  const told = site.receiver.alarms(cut).filter(({ source }) => source.endsWith(':compute'));
  const first = (type: string) =>
    told.find(({ change }) => change.alarm.type === type && change.kind === 'raised');
  const stalled = first('storage-path-stalled');
  t.match(stalled?.change.alarm, { drill: done.drill.id }, 'storage-path-stalled was told');
  t.ok((stalled?.t_us ?? Number.POSITIVE_INFINITY) < cut + 2_000_000, 'while the cut was held');
  t.ok(first('failover-absent'), 'failover-absent was told');
  t.notOk(first('link-down'), 'no link was down');
  t.same(
    await brokenLives(site, site.receiver.alarms()),
    [],
    'each alarm raised was cleared once, in order',
  );
  const io = (await site.load?.stop()) ?? [];
  agreesWithFio(t, repeat.gap_ms, io, cut - 500_000, repeat.back?.healed_us);
});
