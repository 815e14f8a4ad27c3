/** failing, slow and ok of a destination, by a clock that stands still until the test moves it. */
import t from 'tap';
import { Watch } from '../../../agent/outbox/watch.ts';
import { HandClock } from '../support/clock.ts';

function setUp() {
  const clock = new HandClock();
  const told: string[] = [];
  const queue = { waiting: 1 };
  const watch = new Watch({
    adapter: 'vim',
    clock,
    budget_us: 1_000_000,
    waiting: () => queue.waiting,
    onState: ({ adapter, value, reason }) => told.push(`${adapter} ${value} ${reason}`.trim()),
  });
  return { clock, told, queue, watch };
}

t.test(
  'failing: nothing taken for 10 s since the first failure, while something waits',
  async t => {
    const { clock, told, watch } = setUp();
    await clock.advance(60_000);
    t.same(told, [], 'what was not tried has not failed');
    const from = clock.monoUs();
    watch.failed('ECONNREFUSED');
    await clock.advance(5000);
    watch.failed('ETIMEDOUT');
    t.equal(watch.failing_us, from);
    await clock.advance(4999);
    t.same(told, []);
    await clock.advance(1);
    t.same(told, ['vim failing ETIMEDOUT']);
    t.equal(watch.value, 'failing');
    await clock.advance(60_000);
    watch.failed('ETIMEDOUT');
    t.equal(watch.failing_us, from);
    t.equal(told.length, 1, 'told once');
  },
);

t.test('one that takes some in between does not fail', async t => {
  const { clock, told, watch } = setUp();
  for (let i = 0; i < 20; i++) {
    watch.failed('HTTP 503');
    await clock.advance(9000);
    if (i % 2) watch.took(1000);
    else watch.took(null);
    t.equal(watch.failing_us, null, 'a refusal is an answer, too');
    await clock.advance(900);
  }
  t.same(told, ['vim ok'], 'which is said once');
});

t.test('failing ends when nothing waits, or when it has taken notices for 3 s', async t => {
  const { clock, told, queue, watch } = setUp();
  const fail = async () => {
    watch.failed('down');
    await clock.advance(10_000);
  };
  await fail();
  queue.waiting = 0;
  watch.took(1000);
  t.same(told, ['vim failing down', 'vim ok']);

  queue.waiting = 5;
  await fail();
  watch.took(1000);
  await clock.advance(2000);
  watch.took(1000);
  t.equal(told.length, 3, 'not yet');
  await clock.advance(1000);
  t.same(told.slice(2), ['vim failing down', 'vim ok']);

  await fail();
  watch.took(1000);
  await clock.advance(1000);
  await fail();
  t.equal(told.length, 5, 'one that was taken by chance ends nothing');
  watch.idle();
  t.same(told.slice(4), ['vim failing down', 'vim ok'], 'an operator dropped what waited');
  t.equal(clock.timers <= 1, true);
});

t.test(
  'slow: p99 beyond the budget, of enough notices, more than one late; ok with a margin',
  async t => {
    const { clock, told, queue, watch } = setUp();
    queue.waiting = 0;
    const take = async (count: number, us: number) => {
      for (let i = 0; i < count; i++) watch.took(us);
      await clock.advance(1000);
    };
    await take(9, 5_000_000);
    t.same(told.splice(0), ['vim ok'], 'known for once; too few to say that it is slow');
    await clock.advance(300_000);
    await take(98, 1000);
    await take(1, 5_000_000);
    t.same(told, [], 'one late one of a hundred is none');
    await take(1, 5_000_000);
    t.match(told, [/^vim slow p99 of 100 notices in 5 minutes: 5000 ms, budget 1000 ms$/]);
    t.equal(watch.value, 'slow');
    t.match(watch.latency, { count: 100, max_us: 5_000_000 });
    await clock.advance(200_000);
    await take(20, 900_000);
    await clock.advance(100_000);
    t.equal(told.length, 1, 'within the budget, but barely');
    await clock.advance(200_000);
    t.same(told.slice(1), ['vim ok'], 'and ok again although nothing more is sent');
    t.equal(clock.timers, 0);
    t.equal(watch.latency, null);
  },
);

t.test('failing outranks slow', async t => {
  const { clock, told, watch } = setUp();
  for (let i = 0; i < 20; i++) watch.took(3_000_000);
  await clock.advance(1000);
  watch.failed('down');
  await clock.advance(10_000);
  watch.took(3_000_000);
  await clock.advance(3000);
  t.match(told, [/^vim ok/, /^vim slow/, /^vim failing down$/, /^vim slow/]);
  watch.stop();
});

t.test('failing ends also when the last that it did was to take one', async t => {
  const { clock, told, watch } = setUp();
  watch.failed('down');
  await clock.advance(10_000);
  watch.took(1000);
  await clock.advance(1000);
  watch.failed('down');
  await clock.advance(1000);
  watch.took(1000);
  await clock.advance(10_000);
  t.same(told, ['vim failing down', 'vim ok']);
});

t.test('one that is stopped tells nothing and waits for nothing', async t => {
  const { clock, told, watch } = setUp();
  watch.stop();
  watch.failed('closed');
  watch.took(1000);
  await clock.advance(60_000);
  t.same(told, []);
  t.equal(clock.timers, 0);
});
