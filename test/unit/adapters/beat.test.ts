/** Heartbeats and what is sent again: when, how, and what the log hears of it. */
import { mock } from 'node:test';
import t from 'tap';
import { Beat, type BeatInfo } from '../../../agent/adapters/shared/beat.ts';
import type { SendResult } from '../../../agent/types.ts';
import { TestContext } from '../support/adapter.ts';

mock.timers.enable({ apis: ['setInterval'] });
t.teardown(() => mock.timers.reset());

const settled = () => new Promise(resolve => setImmediate(resolve));

t.test(
  'one at once, then one for each interval, never two at a time, none after its end',
  async t => {
    const { log, lines } = new TestContext(t);
    const sent: [BeatInfo, boolean][] = [];
    let answer: (result: SendResult) => void = () => {};
    const beat = new Beat({
      adapter: 'vim',
      every_s: 10,
      what: 'heartbeats',
      log,
      send: (info, fresh) => {
        sent.push([info, fresh]);
        return new Promise(resolve => {
          answer = resolve;
        });
      },
    });
    const next = async (result: SendResult) => {
      answer(result);
      await settled();
      mock.timers.tick(10_000);
    };
    beat.start();
    beat.start();
    t.match(sent, [[{ count: 1, interval_s: 10 }, false]]);
    mock.timers.tick(30_000);
    t.equal(sent.length, 1, 'the first one is not answered yet');
    const down: SendResult = { outcome: 'retry', reason: 'HTTP 503', after_ms: null };
    await next({ outcome: 'delivered' });
    await next(down);
    await next(down);
    await next({ outcome: 'delivered' });
    t.same(
      sent.map(([{ count }, fresh]) => [count, fresh]),
      [
        [1, false],
        [2, false],
        [3, true],
        [4, true],
        [5, false],
      ],
      'not on a connection that may hang',
    );
    t.equal(new Set(sent.map(([{ started_us }]) => started_us)).size, 1);
    t.match(lines, [
      ['warn', { adapter: 'vim', reason: 'HTTP 503' }, /does not take heartbeats/],
      ['info', { adapter: 'vim', reason: null }, /takes heartbeats again/],
    ]);
    t.equal(lines.length, 2, 'changes alone');
    beat.stop();
    await next({ outcome: 'retry', reason: 'the agent ends', after_ms: null });
    mock.timers.tick(60_000);
    beat.start();
    t.equal(sent.length, 5);
    t.equal(lines.length, 2, 'our own end is no fault of the receiver');
  },
);

t.test('an interval of 0 is none', async t => {
  const { log } = new TestContext(t);
  let sent = 0;
  const send = async (): Promise<SendResult> => {
    sent++;
    return { outcome: 'delivered' };
  };
  new Beat({ adapter: 'vim', every_s: 0, what: 'heartbeats', log, send }).start();
  mock.timers.tick(60_000);
  t.equal(sent, 0);
});
