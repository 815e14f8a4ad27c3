import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import t from 'tap';
import {
  bootId,
  clamp,
  isoTime,
  monotonicUs,
  stamp,
  systemClock,
  wallOffsetUs,
} from '../../../agent/time.ts';

t.test('monotonic µs never go back and are whole', async t => {
  let last = 0;
  for (let i = 0; i < 1000; i++) {
    const now = monotonicUs();
    t.ok(Number.isSafeInteger(now) && now >= last) || t.fail(`${now} after ${last}`);
    last = now;
  }
});

t.test('ISO times have µs', async t => {
  t.equal(isoTime(0), '1970-01-01T00:00:00.000000Z');
  t.equal(isoTime(1_772_600_767_000_890), '2026-03-04T05:06:07.000890Z');
  t.equal(isoTime(1_999_999), '1970-01-01T00:00:01.999999Z');
  t.equal(isoTime(999.7), '1970-01-01T00:00:00.000999Z');
  t.equal(isoTime(-1), '1969-12-31T23:59:59.999999Z');
});

t.test('a stamp is the monotonic time and its wall time', async t => {
  const boot = bootId();
  t.match(boot, /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  t.same(stamp(boot, 5, 1000), { boot_id: boot, mono_us: 5, wall_us: 1005 });
  const wall = stamp(boot, monotonicUs(), wallOffsetUs()).wall_us;
  t.ok(Math.abs(wall - Date.now() * 1000) < 1e6, 'the offset is this machine’s');
});

t.test('what is no number is the least', async t => {
  t.equal(clamp(Number.NaN, 1, 2), 1);
  t.equal(clamp(7, 1, 2), 2);
});

t.test('timers fire once, and not when cancelled', async t => {
  const keepAlive = setTimeout(() => {}, 10_000);
  t.teardown(() => clearTimeout(keepAlive));
  const cancelled = systemClock.after(1, () => t.fail('cancelled'));
  cancelled.cancel();
  await new Promise<void>(resolve => systemClock.after(5, resolve));
  await new Promise<void>(resolve => systemClock.after(-1, resolve));
  systemClock
    .after(Number.MAX_SAFE_INTEGER, () => t.fail('too long a delay fired at once'))
    .cancel();
});

t.test('after a pause of the whole process, what lies unread comes before a timer', async t => {
  const order: string[] = [];
  const server = createServer(socket => socket.end('answer'));
  t.teardown(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(server, 'connection');
  socket.on('data', () => order.push('answer'));
  const fired = new Promise<void>(resolve => {
    systemClock.after(1, () => {
      order.push('timer');
      resolve();
    });
  });
  systemClock.after(1, () => order.push('cancelled')).cancel();
  for (const end = performance.now() + 60; performance.now() < end; );
  await fired;
  t.same(order, ['answer', 'timer']);
});
