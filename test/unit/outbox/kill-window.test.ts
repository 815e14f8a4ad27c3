/** kill -9 at any moment while most wait on disk alone: per alarm in order, all that was committed, repeated by key alone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { until } from '../support/events.ts';
import { runSeed, seeded } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { open } from './open.ts';
import { DELIVERED, ScriptedDestination } from './script.ts';

// Disks and machines may be slow; nothing here depends on their speed.
t.setTimeout(240_000);

const program = fileURLToPath(new URL('spill-forever.ts', import.meta.url));
const KILLS = 10;

interface Line {
  sent?: string;
  committed?: string[];
  journal?: number;
  number?: number;
  of?: string;
}

t.test('killed again and again with a backlog', async t => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = seeded(seed);
  const dir = path.join(temporaryFolder(t), 'state');
  const committed: string[] = [];
  const sent: string[] = [];
  const numbers = new Map<number, string>();
  for (let run = 0; run < KILLS; run++) {
    const child = spawn(process.execPath, [program, dir, String(run), String(4 + (run % 3) * 8)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, SEED: String(seed) },
    });
    const end = 1 + Math.floor(random() * 60);
    let count = 0;
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as Line;
      if (line.sent) sent.push(line.sent);
      if (line.number !== undefined) {
        if (numbers.has(line.number)) t.fail(`number ${line.number} was given twice`);
        numbers.set(line.number, line.of ?? '');
      }
      if (line.committed) {
        committed.push(...line.committed);
        count += 1;
        // The rest of its output, written before it died, still comes.
        if (count === end) child.kill('SIGKILL');
      }
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    t.ok(count >= end);
  }
  const vim = new ScriptedDestination('vim', ({ key }) => {
    sent.push(key);
    return DELIVERED;
  });
  const { outbox, close } = await open(t, dir, [vim], { limits: { in_memory: 5 } });
  const waiting = outbox.pending()[0]?.pending ?? 0;
  t.ok(waiting > 20, `${waiting} of ${committed.length} still wait`);
  await until(() => outbox.pending()[0]?.pending === 0);
  t.equal(await close(), true);

  const told = new Set(sent);
  t.same(
    committed.filter(key => !told.has(key)),
    [],
    `${committed.length} committed, all sent`,
  );
  const last = new Map<string, number>();
  const wrong: string[] = [];
  for (const key of told) {
    const cut = key.lastIndexOf('/');
    const [alarm, revision] = [key.slice(0, cut), Number(key.slice(cut + 1))];
    if (revision !== (last.get(alarm) ?? 0) + 1) wrong.push(key);
    last.set(alarm, revision);
  }
  t.same(wrong, [], 'each revision for the first time right after the one before it');
  const repeated = sent.length - told.size;
  t.comment(`${sent.length} attempts, ${repeated} repetitions`);
});
