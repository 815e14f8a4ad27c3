/** Files that are read again: how often, and what the log hears of it. */
import { writeFileSync } from 'node:fs';
import { mock } from 'node:test';
import t from 'tap';
import { openSecret, Reread } from '../../../agent/adapters/shared/reread.ts';
import { TestContext } from '../support/adapter.ts';
import { until } from '../support/events.ts';

t.beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
t.afterEach(() => mock.timers.reset());

const settled = () => new Promise(resolve => setImmediate(resolve));

t.test('one read at a time, complaints when they change, none after the end', async t => {
  const { log, lines } = new TestContext(t);
  const reads: PromiseWithResolvers<void>[] = [];
  const reread = new Reread({
    adapter: 'vim',
    log,
    read: () => {
      const one = Promise.withResolvers<void>();
      reads.push(one);
      return one.promise;
    },
  });
  reread.start();
  reread.start();
  t.equal(reads.length, 0, 'it was read before');
  mock.timers.tick(60_000);
  t.equal(reads.length, 1, 'a file system that hangs is asked once');
  for (const reason of ['gone', 'gone', null, 'gone']) {
    if (reason) reads.at(-1)?.reject(new Error(reason));
    else reads.at(-1)?.resolve();
    await settled();
    mock.timers.tick(5000);
  }
  t.equal(reads.length, 5);
  t.match(lines, [
    ['warn', { adapter: 'vim', reason: 'gone' }, /the last one stays/],
    ['warn', { reason: 'gone' }, String],
  ]);
  t.equal(lines.length, 2);
  reads.at(-1)?.resolve();
  await settled();
  reread.stop();
  mock.timers.tick(60_000);
  t.equal(reads.length, 5);
});

t.test('a secret that was exchanged, and hidden; one that is gone stays', async t => {
  const context = new TestContext(t);
  const file = context.secret('first');
  const secret = await openSecret(file, 'vim', context);
  secret.start();
  t.teardown(() => secret.stop());
  t.equal(secret.text, 'first');
  writeFileSync(file, 'second\n');
  mock.timers.tick(5000);
  await until(() => secret.text === 'second');
  t.same(context.hidden, ['first', 'second']);
  await settled();
  writeFileSync(file, '');
  mock.timers.tick(5000);
  await until(() => context.lines.length === 1);
  t.equal(secret.text, 'second');
});
