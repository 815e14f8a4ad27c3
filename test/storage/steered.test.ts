/** Through switches, a blackhole is nothing that a kernel sees: steered by the helpers at both ends, and not. */
import t from 'tap';
import type { AlarmData } from '../../agent/alarm-data.ts';
import type { HelperOptions } from '../../scripts/lab/product.ts';
import { type Site, STORAGE_GROUP } from '../../scripts/lab/site.ts';
import { until } from '../../scripts/lab/wait.ts';
import { agreesWithFio, brokenLives, drill, openSite, routingOf } from '../netns/support.ts';

t.setTimeout(240_000);

const HOLD_MS = 2000;
const open = (helper: HelperOptions) => openSite(t, { network: { cabling: 'bridge' }, helper });

/** What this host has told of since then, by type, as it was first told. */
function firstTold(site: Site, host: string, since_us: number): Map<string, AlarmData> {
  const first = new Map<string, AlarmData>();
  for (const { source, change } of site.receiver.alarms(since_us)) {
    const { alarm } = change;
    if (!source.endsWith(`:${host}`) || first.has(alarm.type)) continue;
    first.set(alarm.type, alarm);
  }
  return first;
}

t.test('steered at both ends the traffic flows again within the second', async t => {
  const site = await open({ steer: { hold_ms: HOLD_MS } });
  const before = await routingOf(site);
  const done = await drill(site, ['blackhole', '--hold', '3s']);
  const { repeat } = done;
  const cut = repeat.cut_us ?? 0;
  t.equal(done.drill.verdict, 'PASS', done.text);
  t.equal(done.code, 0);
  t.match(done.text, /steered \+[\d.]+ ms by route/);
  const records = await site.compute.ask('failovers', { limit: 1000 });
  const record = records.find(r => r.id === repeat.failover);
  t.ok(record?.findings.includes('steered'), record?.reason ?? 'no record');
  t.match(record?.steered, { how: 'route', from: repeat.leg });
  t.ok((record?.flowing_us ?? Number.POSITIVE_INFINITY) < cut + 1_000_000, 'within the second');
  t.ok((record?.flowing_us ?? 0) < cut + 3_000_000, 'before the heal');
  await site.settled(60_000);
  for (const host of site.hosts) {
    const told = firstTold(site, host.name, cut);
    t.match(told.get('path-steered'), { drill: host === site.compute ? done.drill.id : null });
    t.ok(told.has('leg-blackholed'), `${host.name} says which leg`);
    t.notOk(told.has('failover-absent'), host.name);
    t.notOk(told.has('steering-failed'), host.name);
  }
  const stalled = firstTold(site, 'compute', cut).get('storage-path-stalled');
  t.match(stalled?.faultDetails.join('\n'), `leaves by ${repeat.leg}`);
  const [own, theirs] = await Promise.all(
    site.hosts.map(async host =>
      (await host.ask('failovers', { limit: 1000 })).find(r => r.steered),
    ),
  );
  const at = (r: typeof own) => (r?.steered ? (r.steered.t_us - cut) / 1000 : null);
  t.comment(`steered after ${at(own)} ms here and ${at(theirs)} ms there, gap ${repeat.gap_ms} ms`);
  t.equal(theirs?.group, STORAGE_GROUP);
  await until('the routes to be as they were', async () => (await routingOf(site)) === before);
  t.same(
    await brokenLives(site, site.receiver.alarms()),
    [],
    'each alarm was cleared once, in order',
  );
  const io = (await site.load?.stop()) ?? [];
  agreesWithFio(t, repeat.gap_ms, io, cut - 500_000, cut + 3_000_000);
});

t.test('where the helpers may not, nothing moves it', async t => {
  const site = await open({});
  const before = await routingOf(site);
  const done = await drill(site, ['blackhole', '--hold', '3s']);
  t.equal(done.drill.verdict, 'FAIL', done.text);
  const told = firstTold(site, 'compute', done.repeat.cut_us ?? 0);
  t.match(told.get('leg-blackholed')?.managedObjectId, `leg/${done.repeat.leg}`);
  t.ok(told.has('failover-absent'));
  t.notOk(told.has('path-steered'));
  t.notOk(told.has('steering-failed'), 'nobody was asked');
  t.equal(await routingOf(site), before);
});
