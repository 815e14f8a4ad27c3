/** One switch per leg: the far end keeps its carrier, and nothing in its kernel moves the answers to the other leg. */
import t from 'tap';
import { agreesWithFio, drill, openSite, routingOf, typesTold } from './support.ts';

t.setTimeout(150_000);

t.test('an admin-down fails, and the record says that the peer still uses the leg', async t => {
  const site = await openSite(t, { network: { cabling: 'bridge' } });
  const before = await routingOf(site);
  const done = await drill(site, ['admin-down']);
  t.equal(done.drill.verdict, 'FAIL', done.drill.reason);
  t.equal(done.code, 1);
  const records = await site.compute.ask('failovers', { limit: 1000 });
  const record = records.find(r => r.id === done.repeat.failover);
  t.ok(record, 'the record is there');
  t.ok(
    record?.findings.includes('peer-still-uses-leg'),
    `findings: ${record?.findings.join(', ')}; ${record?.reason}`,
  );
  t.equal(await routingOf(site), before, 'addresses, routes and links are as they were');
  await site.settled(60_000);
  t.ok(
    typesTold(site, site.compute, done.repeat.cut_us ?? 0).has('peer-still-uses-leg'),
    'the receiver was told',
  );
  const io = (await site.load?.stop()) ?? [];
  agreesWithFio(
    t,
    done.repeat.gap_ms,
    io,
    (done.repeat.cut_us ?? 0) - 500_000,
    done.repeat.back?.healed_us,
  );
});
