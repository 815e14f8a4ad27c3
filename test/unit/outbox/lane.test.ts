import t from 'tap';
import type { Entry } from '../../../agent/outbox/entry.ts';
import { Lane } from '../../../agent/outbox/lane.ts';
import type { AlarmChange } from '../../../agent/types.ts';
import { change } from '../support/alarm.ts';
import { HandClock, settled } from '../support/clock.ts';
import { entryOf } from './entries.ts';
import { DELIVERED, REFUSED, RETRY, ScriptedDestination } from './script.ts';

function setUp(answer: ScriptedDestination['answer'] = null) {
  const clock = new HandClock();
  const destination = new ScriptedDestination('vim', answer);
  const told: { key: string; first_us: number | null; send_us: number; at_us: number }[] = [];
  const refused: string[] = [];
  const lane = new Lane({
    destination,
    source: 'urn:test',
    clock,
    onDelivered: ({ notice, first_send_us }, send_us, at_us) =>
      told.push({ key: notice.key, first_us: first_send_us, send_us, at_us }),
    onRefused: entry => refused.push(entry.notice.key),
    onFailed() {},
    onGone() {},
    random: () => 0.5,
  });
  const add = (one: AlarmChange, released = true): Entry => {
    const entry = entryOf(one, { since_us: clock.monoUs(), released });
    lane.add(entry);
    return entry;
  };
  return { clock, destination, told, refused, lane, add };
}

t.test('a notice goes out when it is released, once', async t => {
  const { destination, lane, add, told, clock } = setUp();
  const entry = add(change('a', 1), false);
  await settled();
  t.same(destination.keys, []);
  lane.release(entry);
  lane.release(entry);
  t.same(destination.keys, ['a/1']);
  t.match(destination.sent[0]?.attempt, { deadline_ms: 600, fresh: false });
  const sent_us = clock.monoUs();
  await clock.advance(50);
  destination.sent[0]?.end(DELIVERED);
  await settled();
  t.same(told, [{ key: 'a/1', first_us: sent_us, send_us: sent_us, at_us: sent_us + 50_000 }]);
  t.equal(lane.count, 0);
  t.equal(lane.alarms.size, 0);
  await clock.advance(120_000);
  t.same(destination.keys, ['a/1']);
  t.equal(clock.timers, 0);
});

t.test('one alarm’s changes go in order, other alarms do not wait', async t => {
  const { destination, add } = setUp();
  add(change('a', 1));
  add(change('a', 2));
  add(change('a', 3, 'cleared'));
  add(change('b', 1));
  t.same(destination.keys, ['a/1', 'b/1']);
  destination.sent[0]?.end(RETRY);
  await settled();
  t.same(destination.keys, ['a/1', 'b/1'], 'a/2 waits for a/1');
  destination.sent[1]?.end(DELIVERED);
  await settled();
  t.same(destination.keys, ['a/1', 'b/1', 'a/1'], 'the receiver is back: the retry need not wait');
  destination.sent[2]?.end(REFUSED);
  await settled();
  destination.sent[3]?.end(DELIVERED);
  await settled();
  t.same(destination.keys.slice(3), ['a/2', 'a/3'], 'refused is an end, too');
});

t.test('a revision that was not released holds back its successors', async t => {
  const { destination, lane, add } = setUp();
  const first = add(change('a', 1), false);
  const second = add(change('a', 2), false);
  lane.release(second);
  t.same(destination.keys, []);
  lane.release(first);
  t.same(destination.keys, ['a/1']);
  destination.sent[0]?.end(DELIVERED);
  await settled();
  t.same(destination.keys, ['a/1', 'a/2']);
});

t.test(
  'an attempt that hangs is overtaken on a fresh connection, two under way at most',
  async t => {
    const { clock, destination, add, told, lane } = setUp();
    add(change('a', 1));
    const at = () => destination.sent.map(({ attempt }) => attempt.fresh);
    await clock.advance(299);
    t.same(at(), [false]);
    await clock.advance(1);
    t.same(at(), [false, true], 'the same key again at 300 ms');
    t.equal(lane.lastError, 'no answer within 300 ms');
    await clock.advance(299);
    destination.sent[0]?.end(RETRY);
    await clock.advance(1);
    t.same(at(), [false, true, true], 'and at 600 ms, when the first one was given up');
    await clock.advance(300);
    t.equal(destination.sent.length, 3, 'not while two are under way');
    destination.sent[1]?.end(RETRY);
    await settled();
    t.equal(destination.sent.length, 4, 'but as soon as one has ended');
    destination.sent[2]?.end(DELIVERED);
    await settled();
    t.equal(told.length, 1, 'an overtaken attempt may still succeed');
    destination.sent[3]?.end(DELIVERED);
    await clock.advance(60_000);
    t.equal(told.length, 1, 'told once');
    t.equal(destination.most, 2);
    t.same([...new Set(destination.keys)], ['a/1']);
    t.equal(clock.timers, 0);
  },
);

t.test(
  'a receiver that never answers is tried without a pause at first, then less and less',
  async t => {
    const { clock, destination, add } = setUp();
    const times: number[] = [];
    const start = clock.monoUs();
    // Each attempt ends at its deadline, as an adapter's does.
    const send = destination.send.bind(destination);
    destination.send = (payload, attempt) => {
      times.push((clock.monoUs() - start) / 1000);
      const result = send(payload, attempt);
      const sent = destination.sent.at(-1);
      clock.after(attempt.deadline_ms, () => sent?.end(RETRY));
      return result;
    };
    add(change('a', 1));
    await clock.advance(200_000);
    t.ok(times.filter(ms => ms <= 1600).length >= 5, `eager: ${times.slice(0, 8)}`);
    const pauses = times.slice(1).map((ms, index) => ms - (times[index] ?? 0));
    t.ok(Math.max(...pauses.filter((_, i) => (times[i] ?? 0) < 50_000)) <= 2600, 'young: often');
    t.ok(Math.max(...pauses) > 5000, 'old: seldom');
    t.ok(Math.max(...pauses) <= 31_000, 'but never given up');
    t.ok(destination.most <= 2);
  },
);

t.test('a receiver’s own wish is kept, within bounds, also when it answers others', async t => {
  const { clock, destination, add } = setUp();
  add(change('a', 1));
  destination.sent[0]?.end({ outcome: 'retry', reason: 'HTTP 429', after_ms: 5000 });
  await clock.advance(100);
  add(change('b', 1));
  destination.sent[1]?.end(DELIVERED);
  await clock.advance(4800);
  t.same(destination.keys, ['a/1', 'b/1']);
  await clock.advance(200);
  t.same(destination.keys, ['a/1', 'b/1', 'a/1']);
  destination.sent[2]?.end({ outcome: 'retry', reason: 'HTTP 503', after_ms: 1e9 });
  await clock.advance(29_900);
  t.equal(destination.sent.length, 3);
  await clock.advance(200);
  t.equal(destination.sent.length, 4, 'an hour is too long for an alarm');
});

t.test(
  'many alarms behind a dead receiver: bounded attempts, first ones first, all told when it is back',
  async t => {
    let up = false;
    const { clock, destination, add, told } = setUp(() => (up ? DELIVERED : null));
    for (let i = 0; i < 1000; i++) add(change(`a${i}`, 1));
    const running = () => [...destination.underWay.values()].reduce((sum, n) => sum + n, 0);
    t.equal(running(), 256);
    for (let i = 0; i < 20; i++) {
      await clock.advance(100);
      for (const sent of [...destination.sent]) sent.end(RETRY);
    }
    await clock.advance(50);
    t.ok(running() <= 256);
    add(change('new', 1));
    await settled();
    t.equal(destination.keys.at(-1), 'new/1', 'a new alarm does not wait for retries');
    up = true;
    for (const sent of [...destination.sent]) sent.end(RETRY);
    await clock.advance(10_000);
    t.equal(told.length, 1001);
    t.equal(new Set(told.map(({ key }) => key)).size, 1001, 'each once');
  },
);

t.test('what cannot be mapped is refused, and an adapter that throws is tried again', async t => {
  const { clock, destination, add, lane, refused } = setUp();
  destination.map = () => {
    throw new TypeError('no such field');
  };
  add(change('a', 1));
  await settled();
  t.same(refused, ['a/1']);
  t.match(lane.lastError, /refused: it cannot be mapped: TypeError: no such field/);
  destination.map = one => one;
  const { send } = destination;
  destination.send = () => Promise.reject(new Error('a mistake'));
  add(change('b', 1));
  await settled();
  t.match(lane.lastError, /a mistake/);
  destination.send = send;
  destination.answer = () => DELIVERED;
  await clock.advance(3000);
  t.same(destination.keys, ['b/1']);
});

t.test('stop starts nothing more, and waits for what is under way', async t => {
  const { clock, destination, add, lane } = setUp();
  add(change('a', 1));
  add(change('b', 1));
  destination.sent[1]?.end(RETRY);
  await settled();
  const stopped = lane.stop(60_000);
  destination.sent[0]?.end(DELIVERED);
  await stopped;
  await clock.advance(60_000);
  t.equal(destination.sent.length, 2);
  t.equal(lane.count, 1, 'b is still owed');
});
