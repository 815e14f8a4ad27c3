import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { parseGuardEvent, runGuard, startGuard } from '../../../agent/drills/guard.ts';
import { findGuard, guardCandidates } from '../../../agent/drills/guard-path.ts';
import { Queue } from '../../../agent/drills/queue.ts';

const script = (t: Test, text: string): string => {
  const file = path.join(t.testdir({}), 'guard');
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return file;
};

t.test('its lines become events; what is not known is skipped', async t => {
  t.same(parseGuardEvent('{"event":"cut","t_us":5,"uncertainty_us":1,"more":true}'), {
    event: 'cut',
    t_us: 5,
    uncertainty_us: 1,
  });
  t.match(
    parseGuardEvent('{"event":"healed","t_us":5,"cause":"deadline","hits":{"in":3,"out":4}}'),
    {
      hits: { in: 3, out: 4 },
      differences: [],
    },
  );
  for (const line of ['', 'null', '{', '{"event":"later"}', '{"event":"cut","t_us":-1}', '[]'])
    t.equal(parseGuardEvent(line), null, line);
});

t.test('commands reach it, events come back in order, its end is told', async t => {
  const guard = await startGuard(
    script(
      t,
      `echo '{"event":"ready","warnings":["w"]}'
       while read -r word; do
         case $word in
           cut) echo '{"event":"cut","t_us":1,"uncertainty_us":0}' ;;
           heal) echo '{"event":"healed","t_us":2,"cause":"command","hits":null}'; echo '{"event":"done"}'; echo bye >&2; exit 4 ;;
         esac
       done`,
    ),
    [],
  );
  t.match(await guard.events.next(10_000), { event: 'ready', warnings: ['w'] });
  guard.cut();
  t.match(await guard.events.next(10_000), { event: 'cut' });
  guard.heal();
  t.match(await guard.events.next(10_000), { event: 'healed', cause: 'command' });
  t.match(await guard.events.next(10_000), { event: 'done' });
  t.equal(await guard.events.next(10_000), null);
  t.same(await guard.exited, { code: 4, signal: null, stderr: 'bye' });
  guard.heal();
});

t.test('it has a session of its own: a terminal that goes takes it not along', async t => {
  const { events } = await runGuard(
    script(
      t,
      `read -r _ _ _ _ _ sid rest < /proc/$$/stat
       [ "$sid" = $$ ] && echo '{"event":"done"}'`,
    ),
    [],
  );
  t.same(events, [{ event: 'done' }]);
});

t.test('killed', async t => {
  const guard = await startGuard(script(t, 'exec sleep 60'), []);
  guard.kill();
  t.match(await guard.exited, { code: null, signal: 'SIGKILL' });
});

t.test('one that cannot be started is an error', async t => {
  await t.rejects(startGuard('/does/not/exist', []), { code: 'ENOENT' });
});

t.test('where it is looked for', async t => {
  const none = { option: undefined, environment: undefined };
  t.same(guardCandidates({ ...none, option: '/a/guard', entry: '/x/y.mjs' }), ['/a/guard']);
  t.same(guardCandidates({ ...none, environment: '/b/guard', entry: '/x/y.mjs' }), ['/b/guard']);
  t.same(guardCandidates({ ...none, entry: '/repo/build/bundle/pathwarden.mjs' }), [
    '/repo/build/bundle/pathwarden-guard',
    '/repo/build/native/pathwarden-guard',
    '/usr/libexec/pathwarden/pathwarden-guard',
  ]);
  t.ok(
    guardCandidates({ ...none, entry: '/repo/agent/cli/main.ts' }).includes(
      '/repo/build/native/pathwarden-guard',
    ),
  );
  const dir = t.testdir({ one: '', two: '', folder: {} });
  chmodSync(path.join(dir, 'two'), 0o755);
  const all = ['none', 'folder', 'one', 'two'].map(name => path.join(dir, name));
  t.equal(findGuard(all), path.join(dir, 'two'), 'an executable file');
  t.equal(findGuard([]), null);
});

t.test('a queue gives to who waits, keeps for who comes, and ends', async t => {
  const q = new Queue<number>();
  const first = q.next(10_000);
  q.push(1);
  q.push(2);
  t.equal(await first, 1);
  t.equal(await q.next(0), 2);
  t.equal(await q.next(1), 'late');
  const last = q.next(10_000);
  q.end();
  t.equal(await last, null);
  t.equal(await q.next(10_000), null);
});
