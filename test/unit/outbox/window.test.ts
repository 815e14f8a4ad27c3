/** What waits beyond the memory's window: on disk alone, in order, and all of it comes. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { Destination } from '../../../agent/outbox/destination.ts';
import { systemClock } from '../../../agent/time.ts';
import type { Notice, SendResult } from '../../../agent/types.ts';
import { change } from '../support/alarm.ts';
import { until } from '../support/events.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { open, some } from './open.ts';
import { Picture } from './picture.ts';
import { DELIVERED, RETRY, ScriptedDestination } from './script.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(400_000);

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');
const heapMiB = () => {
  gc();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

/** Remembers of what it was sent no more than it must. */
class Ledger implements Destination {
  readonly name = 'vim';
  readonly kind = 'ledger';
  readonly primary = true;
  readonly timeout_ms = 300;
  up = false;
  /** Of each alarm, the last revision; and what came in the wrong order. */
  readonly last = new Map<string, number>();
  readonly wrong: string[] = [];
  readonly wants = () => true;
  readonly map = (notice: Notice) => notice;

  async send(payload: unknown): Promise<SendResult> {
    const { key, change: one } = payload as Notice;
    if (!this.up) return RETRY;
    const { id } = one.alarm;
    const before = this.last.get(id) ?? 0;
    if (one.revision !== before + 1) this.wrong.push(key);
    this.last.set(id, one.revision);
    return DELIVERED;
  }

  async close(): Promise<void> {}
}

t.test('away for 100,000 notices: it gets them all, in order, and memory stays flat', async t => {
  const vim = new Ledger();
  const { outbox } = await open(t, temporaryFolder(t), [vim] as never, { onTold() {} });
  const ALARMS = 25_000;
  const put = async (from: number, to: number, revision: number) => {
    const kind = revision === 1 ? 'raised' : revision === 4 ? 'cleared' : 'changed';
    const changes = Array.from({ length: to - from }, (_, i) =>
      change(`a${from + i}`, revision, kind),
    );
    await outbox.put({ changes, ...some });
  };
  const putAll = async (from: number, to: number) => {
    for (let i = from; i < to; i += 250) {
      for (let revision = 1; revision <= 4; revision++) await put(i, i + 250, revision);
    }
  };
  await putAll(0, 2500);
  t.match(outbox.pending(), [{ pending: 10_000 }]);
  const before = heapMiB();
  const begun = systemClock.monoUs();
  await putAll(2500, ALARMS);
  t.match(outbox.pending(), [{ pending: 100_000 }]);
  const after = heapMiB();
  t.ok(
    after - before < 20,
    `${before.toFixed(1)} MiB with 10,000, ${after.toFixed(1)} with 100,000`,
  );
  const from = systemClock.monoUs();
  t.comment(`put ${Math.round(9e10 / (from - begun))} notices/s`);
  vim.up = true;
  let most = 0;
  await until(() => {
    most = Math.max(most, process.memoryUsage().heapUsed / 2 ** 20);
    return outbox.pending()[0]?.pending === 0;
  });
  const seconds = (systemClock.monoUs() - from) / 1e6;
  t.comment(`${Math.round(1e5 / seconds)} notices/s; heap at most ${most.toFixed(0)} MiB`);
  t.match(outbox.pending(), [{ delivered: 100_000, given_up: 0, refused: 0 }]);
  t.same(vim.wrong, []);
  t.equal(vim.last.size, ALARMS);
  t.ok([...vim.last.values()].every(revision => revision === 4));
});

t.test('the thread dies while a backlog is handed over: all of it comes, in order', async t => {
  const workers: { terminate(): Promise<number> }[] = [];
  const keep = (worker: { terminate(): Promise<number> }) => workers.push(worker);
  process.on('worker', keep);
  t.teardown(() => process.off('worker', keep));
  const vim = new Ledger();
  const { outbox } = await open(t, temporaryFolder(t), [vim] as never, {
    onTold() {},
    limits: { in_memory: 8 },
  });
  for (let revision = 1; revision <= 3; revision++) {
    const changes = Array.from({ length: 200 }, (_, i) => change(`a${i}`, revision));
    await outbox.put({ changes, ...some });
  }
  vim.up = true;
  for (const delivered of [50, 200, 350]) {
    await until(() => (outbox.pending()[0]?.delivered ?? 0) >= delivered);
    await workers.at(-1)?.terminate();
  }
  await until(() => outbox.pending()[0]?.pending === 0);
  t.equal(workers.length, 4);
  t.equal(vim.last.size, 200);
  t.ok([...vim.last.values()].every(revision => revision === 3));
  t.same(vim.wrong, []);
});

t.test('a new alarm need not wait for the backlog when there is room in memory', async t => {
  const vim = new ScriptedDestination('vim', ({ change: { alarm } }) =>
    alarm.id.startsWith('new') ? DELIVERED : null,
  );
  const { outbox, told } = await open(t, temporaryFolder(t), [vim], { limits: { in_memory: 8 } });
  const old = Array.from({ length: 30 }, (_, i) => change(`old${i}`, 1));
  await outbox.put({ changes: old, ...some });
  await until(() => vim.sent.length >= 8);
  for (const key of ['old0/1', 'old1/1', 'old2/1']) {
    for (const sent of vim.sent) if (sent.key === key) sent.end(DELIVERED);
    await told.next();
  }
  await outbox.put({ changes: [change('new', 1)], ...some });
  t.match(await told.next(), { key: 'new/1' });
  await outbox.put({ changes: [change('new', 2, 'cleared')], ...some });
  t.match(await told.next(), { key: 'new/2' });
  t.match(outbox.pending(), [{ pending: 27 }]);
});

t.test('the disk is full while there is a backlog on it: all come, in order, marked', async t => {
  let up = false;
  const vim = new ScriptedDestination('vim', () => (up ? DELIVERED : RETRY));
  const { outbox } = await open(t, temporaryFolder(t), [vim], {
    limits: { disk_bytes: 400_000, in_memory: 5 },
  });
  const changes = (revision: number, kind?: 'cleared') =>
    Array.from({ length: 20 }, (_, i) => change(`a${i}`, revision, kind));
  t.equal(await outbox.put({ changes: changes(1), ...some }), true);
  const state = 'x'.repeat(1_000_000);
  t.equal(await outbox.put({ changes: changes(2).slice(0, 4), state, cursor: 2 }), false);
  up = true;
  await until(() => outbox.pending()[0]?.pending === 0);
  t.equal(await outbox.put({ changes: changes(3, 'cleared'), state, cursor: 3 }), false);
  await until(() => outbox.pending()[0]?.pending === 0);
  const picture = new Picture(vim.sent.map(({ notice }) => notice));
  t.same(picture.outOfOrder, []);
  t.equal(picture.known.size, 0);
  t.match(outbox.pending(), [{ delivered: 44, given_up: 0 }]);
  for (const { key, notice } of vim.sent) {
    if (key.endsWith('/3')) t.equal(notice.uncommitted, true, key);
  }
});

t.test('the disk takes nothing and nor does the receiver: memory holds the last words', async t => {
  let up = false;
  const vim = new ScriptedDestination('vim', () => (up ? DELIVERED : RETRY));
  const { outbox } = await open(t, temporaryFolder(t), [vim], {
    limits: { disk_bytes: 300_000, in_memory: 20 },
  });
  const state = 'x'.repeat(1_000_000);
  const put = (id: string, revision: number, kind?: 'cleared') =>
    outbox.put({ changes: [change(id, revision, kind)], state, cursor: 1 });
  t.equal(await put('active', 1), false);
  for (let i = 0; i < 100; i++) {
    await put('active', i + 2);
    await put(`a${i}`, 1);
    await put(`a${i}`, 2, 'cleared');
  }
  const { pending, given_up } = outbox.pending()[0]!;
  t.ok(pending <= 41, `${pending} wait`);
  t.equal(pending + given_up, 301, 'the others are counted');
  up = true;
  await until(() => outbox.pending()[0]?.pending === 0);
  const picture = new Picture(vim.sent.map(({ notice }) => notice));
  t.same([...picture.known], ['active']);
  t.equal(picture.last.get('active'), 101);
  t.same(picture.outOfOrder, []);
});
