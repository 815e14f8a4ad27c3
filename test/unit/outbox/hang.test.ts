/** A disk that hangs for long costs no memory but that of what is still owed. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { silentLog } from '../../../agent/log.ts';
import { Committer } from '../../../agent/outbox/committer.ts';
import { Health } from '../../../agent/outbox/health.ts';
import type { Spool } from '../../../agent/outbox/spool.ts';
import type { SpoolBatch } from '../../../agent/outbox/spool-protocol.ts';
import { change } from '../support/alarm.ts';
import { HandClock } from '../support/clock.ts';
import { entryOf } from './entries.ts';

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');
const heapMiB = () => {
  gc();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

/** Takes commits and answers when the test says so. */
class HangingSpool {
  readonly batches: SpoolBatch[] = [];
  readonly answers: ((error: string | null) => void)[] = [];

  commit(batch: SpoolBatch): Promise<{ error: string | null; use: null }> {
    this.batches.push(batch);
    return new Promise(resolve => this.answers.push(error => resolve({ error, use: null })));
  }

  drain(): void {}
}

function setUp() {
  const spool = new HangingSpool();
  const clock = new HandClock();
  const committer = new Committer({
    spool: spool as unknown as Spool,
    clock,
    health: new Health(clock, () => {}),
    log: silentLog,
    boot_id: 'b',
    journal: 500,
    onUse() {},
  });
  return { spool, clock, committer };
}

/** 10 KiB each, with no part of it shared. */
const large = (id: string) =>
  change(id, 1, 'raised', { faultDetails: [Buffer.alloc(10_240, 'x').toString('latin1')] });

t.test('thousands of alarms come and are told while the disk hangs', async t => {
  const { spool, clock, committer } = setUp();
  const before = heapMiB();
  for (let i = 0; i < 6000; i++) {
    const entries = [entryOf(large(`a${i}`))];
    committer.writer.journal(i + 1, large(`a${i}`));
    void committer.commit(entries.slice(), () => entries.splice(0));
    if (i % 100 === 0) await clock.advance(30);
    for (const entry of entries) {
      // Refused now and then; else told.
      entry.done = true;
      if (i % 3 === 0) committer.bury(entry);
      else committer.forget(entry);
    }
    entries.splice(0);
  }
  await clock.advance(3000);
  const after = heapMiB();
  t.equal(spool.batches.length, 1, 'no more than one commit is under way');
  t.ok(!committer.writer.takes, 'it does not count as taking anything');
  t.ok(after - before < 50, `${before.toFixed(1)} MiB before, ${after.toFixed(1)} after 120 MiB`);
});

t.test('what failed goes again, in its order, without what is no longer owed', async t => {
  const { spool, committer } = setUp();
  const entries = ['a', 'b', 'c', 'd'].map(id => entryOf(change(id, 1)));
  const [a, b, c, d] = entries as [(typeof entries)[0], ...typeof entries];
  const commit = (entry: typeof a) => committer.commit([entry], () => {});
  committer.writer.note('state', '0');
  const first = commit(a);
  void commit(b!);
  const third = commit(c!);
  committer.writer.note('state', '1');
  t.equal(spool.batches.length, 1, 'none that may succeed follows one that may fail');
  spool.answers[0]?.('disk I/O error');
  t.equal(await first, false);
  t.equal(committer.writer.takes, false);
  const batch = spool.batches[1];
  t.same(
    batch?.notices.map(({ alarm_id }) => alarm_id),
    ['a', 'b', 'c'],
  );
  t.same(batch?.changes.length, 3);
  t.same(batch?.meta, [['state', '1']], 'the newer');
  a.done = true;
  b!.done = true;
  committer.forget(a);
  committer.forget(b!);
  t.same([...committer.writer.unwritten()].sort(), [a.n, b!.n].sort());
  spool.answers[1]?.('disk I/O error');
  t.equal(await third, false);
  const last = commit(d!);
  await new Promise(resolve => setImmediate(resolve));
  t.same(
    spool.batches[2]?.notices.map(({ alarm_id }) => alarm_id),
    ['c', 'd'],
  );
  t.same(spool.batches[2]?.done, [a.n, b!.n]);
  spool.answers[2]?.(null);
  t.equal(await last, true);
  t.equal(committer.writer.takes, true);
});
