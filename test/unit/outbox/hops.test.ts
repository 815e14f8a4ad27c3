/** Where the time went, for main.ts and the measurements; also over a restart, another boot, and an outage. */
import t from 'tap';
import type { DeliveryState } from '../../../agent/outbox/index.ts';
import { type Clock, systemClock } from '../../../agent/time.ts';
import { change } from '../support/alarm.ts';
import { Queue, until } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { open, some } from './open.ts';
import { DELIVERED, RETRY, ScriptedDestination } from './script.ts';
import { clock, later } from './shifted-clock.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(180_000);

/** A change whose cut was half a second ago, and that was decided now. */
const fresh = (id: string, now: number) => ({
  ...change(id, 1),
  hops: {
    event_us: now - 500_000,
    frame_us: now - 20_000,
    observed_us: now - 10_000,
    alarm_us: now,
  },
});

t.test('each hop has its time, in their order', async t => {
  const vim = new ScriptedDestination('vim', () => DELIVERED);
  const { outbox, told } = await open(t, temporaryFolder(t), [vim]);
  const one = fresh('a', systemClock.monoUs());
  await outbox.put({ changes: [one], ...some });
  const { hops, acknowledged_us } = await told.next();
  t.match(hops, { ...one.hops, acknowledged_us });
  t.ok(hops.first_send_us >= hops.alarm_us);
  t.ok(hops.send_us >= hops.first_send_us);
  t.ok(acknowledged_us >= hops.send_us);
  if (vim.sent[0]?.notice.uncommitted) t.equal(hops.commit_us, null);
  else t.ok((hops.commit_us ?? 0) >= hops.alarm_us && (hops.commit_us ?? 0) <= hops.first_send_us);
  const [histogram] = outbox.histograms();
  t.equal(histogram?.parts.event.count, 1);
  t.equal(histogram?.parts.event.sum_us, acknowledged_us - one.hops.event_us);
  const { latency } = outbox.pending()[0]!;
  t.equal(latency?.max_us, acknowledged_us - one.hops.event_us);
});

t.test('the first attempt and the one that was acknowledged', async t => {
  const vim = new ScriptedDestination('vim', () => (vim.sent.length < 3 ? RETRY : DELIVERED));
  const { outbox, told } = await open(t, temporaryFolder(t), [vim]);
  await outbox.put({ changes: [fresh('a', systemClock.monoUs())], ...some });
  const { hops } = await told.next();
  t.ok(hops.send_us - hops.first_send_us >= 200_000, 'two back-offs lie between');
});

t.test('what left before it was on disk has no time of commit', async t => {
  const vim = new ScriptedDestination('vim', () => DELIVERED);
  const { outbox, told } = await open(t, temporaryFolder(t), [vim], {
    limits: { disk_bytes: 300_000 },
  });
  const state = 'x'.repeat(1_000_000);
  await outbox.put({ changes: [fresh('a', systemClock.monoUs())], state, cursor: 1 });
  t.equal((await told.next()).hops.commit_us, null);
  t.equal(outbox.histograms()[0]?.parts.commit.count, 0);
});

t.test('after a restart, and a boot, what waited is measured by wall time', async t => {
  const dir = temporaryFolder(t);
  const first = await open(t, dir, [new ScriptedDestination('vim')]);
  const one = fresh('a', systemClock.monoUs());
  await first.outbox.put({ changes: [one], ...some });
  await first.close();
  // Another boot: the monotonic clock began anew, and a minute has passed.
  const rebooted: Clock = {
    ...systemClock,
    monoUs: () => systemClock.monoUs() - one.hops.alarm_us + 5_000_000,
    wallUs: () => systemClock.wallUs() + 60_000_000,
  };
  const second = await open(t, dir, [new ScriptedDestination('vim', () => DELIVERED)], {
    clock: rebooted,
  });
  const { hops } = await second.told.next();
  const took = hops.acknowledged_us - (hops.event_us ?? 0);
  t.ok(took >= 60_400_000 && took < 200_000_000, `${took} µs`);
  t.equal(hops.alarm_us - (hops.event_us ?? 0), 500_000, 'the hops before keep their distances');
  t.ok((second.outbox.pending()[0]?.latency?.max_us ?? 0) >= 60_400_000);
});

t.test('a receiver that is down for ten seconds is failing, one that is late is slow', async t => {
  let up = false;
  const states = new Queue<DeliveryState>();
  const vim = new ScriptedDestination('vim', () => (up ? DELIVERED : RETRY));
  const other = new ScriptedDestination('other', () => DELIVERED);
  const { outbox } = await open(t, temporaryFolder(t), [vim, other], {
    clock,
    onDelivery: states.push,
  });
  t.same(outbox.failing(), { vim: null, other: null });
  const now = clock.monoUs();
  const changes = Array.from({ length: 20 }, (_, i) => fresh(`a${i}`, now));
  await outbox.put({ changes, ...some });
  await until(() => outbox.failing().vim !== null);
  t.ok((outbox.failing().vim ?? 0) >= now);
  t.match(outbox.pending(), [{ state: 'ok' }, { state: 'ok' }]);
  t.same(await states.next(), { adapter: 'other', value: 'ok', reason: '' }, 'known for once');
  later(10_500);
  t.same(await states.next(), { adapter: 'vim', value: 'failing', reason: 'HTTP 503' });
  t.match(outbox.pending(), [
    { state: 'failing', pending: 20 },
    { state: 'ok', delivered: 20 },
  ]);
  up = true;
  later(3000);
  t.match(await states.next(), { adapter: 'vim', value: 'ok' });
  t.same(outbox.failing(), { vim: null, other: null });
  t.match(await states.next(), { adapter: 'vim', value: 'slow', reason: /budget 1000 ms/ });
  later(310_000);
  t.match(await states.next(), { adapter: 'vim', value: 'ok' }, 'the late ones are forgotten');
});
