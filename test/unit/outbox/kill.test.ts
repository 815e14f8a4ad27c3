/** kill -9 at any moment: what was committed is told or still owed, in order, and state and cursor fit. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openOutbox } from '../../../agent/outbox/index.ts';
import { until } from '../support/events.ts';
import { runSeed, seeded } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { quiet } from './open.ts';
import { DELIVERED, ScriptedDestination } from './script.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(180_000);

const program = fileURLToPath(new URL('put-forever.ts', import.meta.url));
const KILLS = 8;

interface Line {
  committed?: string;
  told?: string;
  cursor?: { run: string; n: number };
  recovered?: { state: unknown; cursor: unknown };
}

t.test('killed again and again', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const dir = path.join(temporaryFolder(t), 'state');
  const committed: string[] = [];
  const told = new Set<string>();
  let cursor: Line['cursor'];
  for (let run = 0; run < KILLS; run++) {
    const child = spawn(process.execPath, [program, dir, String(run)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const end = 1 + Math.floor(random() * 60);
    let count = 0;
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as Line;
      if (line.recovered && cursor) {
        const found = line.recovered.cursor as NonNullable<Line['cursor']>;
        t.same(line.recovered.state, { last: found }, 'state and cursor are of one transaction');
        t.equal(found.run, cursor.run);
        t.ok(found.n >= cursor.n, 'nothing committed was forgotten');
      }
      if (line.told) told.add(line.told);
      if (line.committed) {
        committed.push(line.committed);
        cursor = line.cursor;
        count += 1;
        // The rest of its output, written before it died, still comes.
        if (count === end) child.kill('SIGKILL');
      }
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    t.ok(count >= end);
  }
  const vim = new ScriptedDestination('vim', () => DELIVERED);
  const outbox = await openOutbox({
    dir,
    source: 'urn:test',
    destinations: [vim],
    ...quiet,
    onTold: ({ key }) => told.add(key),
  });
  await until(() => outbox.pending()[0]?.pending === 0);
  t.equal(await outbox.close(), true);
  t.same(
    committed.filter(key => !told.has(key)),
    [],
    `${committed.length} committed, all told`,
  );
  const byAlarm = new Map<string, string[]>();
  for (const key of vim.keys) {
    const alarm = key.slice(0, key.lastIndexOf('/'));
    byAlarm.set(alarm, [...(byAlarm.get(alarm) ?? []), key]);
  }
  for (const keys of byAlarm.values()) t.same(keys, [...keys].sort(), 'in order');
});
