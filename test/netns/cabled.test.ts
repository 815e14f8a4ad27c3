/** Two directly cabled legs: the far end loses the carrier with ours. What the nudge changes, and what it need not. */
import t, { type Test } from 'tap';
import type { Site } from '../../scripts/lab/site.ts';
import { nowUs } from '../../scripts/lab/wait.ts';
import {
  agreesWithFio,
  brokenLives,
  type Drilled,
  drill,
  openSite,
  routingOf,
  typesTold,
} from './support.ts';

t.setTimeout(240_000);

/** What holds for every drill on this site, whatever it measured. */
async function sound(t: Test, site: Site, before: string, done: Drilled): Promise<void> {
  const { drill: d, repeat } = done;
  t.same(repeat.differences, [], 'the guard found everything restored');
  t.equal(await routingOf(site), before, 'addresses, routes and links are as they were');
  t.equal(done.code, d.verdict === 'PASS' ? 0 : 1, 'the exit code is the verdict');
  t.ok(
    repeat.cut_us !== null && repeat.seen_us !== null && repeat.seen_us >= repeat.cut_us,
    'seen',
  );
  t.ok(repeat.told_us !== null, 'told');
  t.ok(
    repeat.back !== null && repeat.back.healed_us > (repeat.cut_us ?? 0),
    'the way back is there',
  );
  if (repeat.gap_ms === null) t.fail('no gap was measured');
  else
    t.equal(
      repeat.verdict === 'PASS',
      repeat.gap_ms <= d.budget_ms,
      `verdict ${repeat.verdict} for a gap of ${repeat.gap_ms} ms: ${repeat.reason}`,
    );
}

t.test('with the nudge', async t => {
  const site = await openSite(t, { helper: { nudge: 'auto' } });
  const before = await routingOf(site);
  for (const words of [['admin-down'], ['admin-down', '--primed']]) {
    const since = nowUs();
    const done = await drill(site, words);
    await sound(t, site, before, done);
    t.equal(done.drill.verdict, 'PASS', `${words.join(' ')}: ${done.drill.reason}`);
    t.not(done.drill.nudge, 'off', 'the report names the nudge');
    await site.settled();
    for (const host of site.hosts)
      t.ok(typesTold(site, host, since).has('link-down'), `${host.name} told of the link`);
    const marked = site.receiver.alarms(since).filter(({ change }) => change.alarm.drill !== null);
    t.ok(
      marked.length > 0 && marked.every(({ change }) => change.alarm.drill === done.drill.id),
      'the alarms of the drilled host name the drill',
    );
  }
  const io = (await site.load?.stop()) ?? [];
  t.ok(io.length > 1000, 'the I/O ran');
  t.same(
    await brokenLives(site, site.receiver.alarms()),
    [],
    'each alarm raised was cleared once, in order',
  );
});

t.test('without the nudge', async t => {
  const site = await openSite(t, { helper: { nudge: 'off' } });
  const before = await routingOf(site);
  await t.test('quiet', async t => {
    // Whether the limiter is calm depends on every link of the machine: the verdict follows the gap, whichever it is.
    await sound(t, site, before, await drill(site, ['admin-down']));
  });
  await site.settled();
  await t.test('another link flapped just before', async t => {
    const done = await drill(site, ['admin-down', '--primed']);
    await sound(t, site, before, done);
    t.equal(done.drill.verdict, 'FAIL', `over a second: ${done.drill.reason}`);
    t.equal(done.drill.nudge, 'off', 'the report says so');
    await site.settled();
    const io = (await site.load?.stop()) ?? [];
    agreesWithFio(
      t,
      done.repeat.gap_ms,
      io,
      (done.repeat.cut_us ?? 0) - 500_000,
      done.repeat.back?.healed_us,
    );
  });
});
