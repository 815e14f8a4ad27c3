/** Connections that are kept open: which one is used when. */
import t from 'tap';
import { type Connection, Warm } from '../../../agent/adapters/shared/warm.ts';
import { until } from '../support/events.ts';

class Scripted implements Connection {
  state: Connection['state'] = 'opening';
  readonly #settle = Promise.withResolvers<void>();
  readonly ready = this.#settle.promise;
  readonly nr: number;

  constructor(nr: number) {
    this.nr = nr;
  }

  open(): void {
    this.state = 'open';
    this.#settle.resolve();
  }

  fail(reason: string): void {
    this.state = 'closed';
    this.#settle.reject(new Error(reason));
  }

  close(): void {
    this.fail('closed');
  }
}

function scripted(timeout_ms: number) {
  const all: Scripted[] = [];
  const warm = new Warm<Scripted>({
    open: n => {
      const connection = new Scripted(n);
      all.push(connection);
      return connection;
    },
    timeout_ms,
  });
  t.teardown(() => warm.close());
  return { warm, all };
}

t.test('one for all who ask, also while it opens', async t => {
  const { warm, all } = scripted(1000);
  const asked = [warm.take(false), warm.take(true), warm.take(false)];
  t.equal(all.length, 1, 'a young one is fresh');
  all[0]!.open();
  for (const one of await Promise.all(asked)) t.equal(one.nr, 0);
  t.equal((await warm.take(false)).nr, 0);
});

t.test('an old one is replaced, and may end what was begun on it', async t => {
  const { warm, all } = scripted(0);
  const first = warm.take(false);
  all[0]!.open();
  await first;
  const second = warm.take(true);
  t.equal(all[0]!.state, 'open');
  all[1]!.open();
  t.equal((await second).nr, 1);
  await until(() => all[0]!.state === 'closed');
  t.equal((await warm.take(false)).nr, 1);
});

t.test('a timer that is a little early finds no young one', async t => {
  let now = 1000;
  t.intercept(performance, 'now', { value: () => now });
  const { warm, all } = scripted(300);
  const hangs = warm.take(false);
  all[0]!.open();
  await hangs;
  now += 100;
  t.equal((await warm.take(true)).nr, 0, 'another alarm has seen to it');
  now += 199;
  const fresh = warm.take(true);
  all[1]!.open();
  t.equal((await fresh).nr, 1, 'not on the one on which the attempt before may hang');
});

t.test('who opens slowly is not begun anew for ever', async t => {
  const { warm, all } = scripted(0);
  const asked = Array.from({ length: 20 }, () => warm.take(true));
  t.equal(all.length, 20);
  const opening = all.filter(one => one.state === 'opening');
  t.equal(opening.length, 8, 'there is a bound');
  opening[0]!.open();
  const results = await Promise.allSettled(asked);
  const late = results.slice(12).map(one => one.status === 'fulfilled' && one.value.nr);
  t.same(new Set(late), new Set([opening[0]!.nr]), 'the first that opens serves all');
});

t.test('one that failed or closed is not used again; the reason is told', async t => {
  const { warm, all } = scripted(1000);
  const first = warm.take(false);
  all[0]!.fail('refused');
  await t.rejects(first, { message: 'refused' });
  const second = warm.take(false);
  all[1]!.open();
  await second;
  all[1]!.close();
  const third = warm.take(false);
  all[2]!.open();
  t.equal((await third).nr, 2);
});

t.test('kept: opened before anyone asks, and changes are told', async t => {
  const { warm, all } = scripted(1000);
  const told: (string | null)[] = [];
  warm.keep(complaint => told.push(complaint));
  warm.keep(() => t.fail('once is enough'));
  t.equal(all.length, 1);
  all[0]!.fail('refused');
  await until(() => told.length > 0);
  t.same(told, ['refused']);
});

t.test('closed: all of them, and for good', async t => {
  const { warm, all } = scripted(0);
  const first = warm.take(false);
  all[0]!.open();
  await first;
  const second = warm.take(true);
  warm.close();
  await t.rejects(second);
  t.same(
    all.map(one => one.state),
    ['closed', 'closed'],
  );
  await t.rejects(warm.take(false), { message: 'the agent ends' });
  warm.close();
});
