import t from 'tap';
import { Health } from '../../../agent/outbox/health.ts';
import { HandClock } from '../support/clock.ts';

function setUp() {
  const clock = new HandClock();
  const told: string[] = [];
  const health = new Health(clock, (state, reason) => told.push(`${state} ${reason}`.trim()));
  return { clock, told, health };
}

t.test('a disk at its limit is slow, not slow and ok in turns', async t => {
  const { clock, told, health } = setUp();
  for (let i = 0; i < 50; i++) {
    health.onTime();
    await clock.advance(100);
    if (i % 5 === 0) health.late(`${20 + i} ms`);
  }
  t.same(told, ['slow 20 ms']);
  await clock.advance(3000);
  t.same(told, ['slow 20 ms'], 'time alone proves nothing');
  health.onTime();
  t.same(told, ['slow 20 ms', 'ok']);
});

t.test('full outranks slow, and its reason is told when it changes', async t => {
  const { clock, told, health } = setUp();
  health.late('20 ms');
  health.failed('disk full');
  health.failed('disk full');
  health.late('20 ms');
  health.failed('I/O error');
  health.onTime();
  t.same(told, ['slow 20 ms', 'full disk full', 'full I/O error']);
  health.doneLate('a commit took 50 ms');
  t.same(told.at(-1), 'slow a commit took 50 ms', 'it takes something again');
  await clock.advance(3000);
  health.onTime();
  t.same(told.at(-1), 'ok');
});

t.test('an overflow is full, whatever the disk does', async t => {
  const { told, health } = setUp();
  health.overflow('10 given up');
  health.onTime();
  t.equal(health.state, 'full');
  t.equal(health.diskState, 'ok');
  health.overflow(null);
  t.same(told, ['full 10 given up', 'ok']);
});
