/**
 * Law 1: arrows point right. A room imports the shared base, and the types of rooms on its left; never one on its right.
 * main.ts and main/middle.ts alone import every room.
 */
import t from 'tap';
import { importsOf, roomOf, sources } from './sources.ts';

/** From left to right. */
const ROOMS = ['probes', 'steering', 'faults', 'failovers', 'alarms', 'outbox', 'adapters'];
const BASE = [
  'alarm-data',
  'types',
  'wire',
  'time',
  'config',
  'log',
  'ipc',
  'secret',
  'socket-file',
  'topology',
];

/** The rooms are put together here. */
const WIRING = ['agent/main.ts', 'agent/main/middle.ts'];

/** What stands beside the line, and what it may see besides the base. `room:types` means its types alone. */
const BESIDE: Record<string, (file: string, typeOnly: boolean) => boolean> = {
  control: (file, typeOnly) => typeOnly && file === 'agent/outbox/api.ts',
  drills: file => file === 'agent/control/protocol.ts',
  lint: file => roomOf(file) === 'drills',
  cli: file =>
    file === 'agent/main.ts' ||
    // The rooms without the daemon around them.
    file === 'agent/main/replay.ts' ||
    file === 'agent/main/recording/lines.ts' ||
    file === 'agent/adapters/index.ts' ||
    roomOf(file) === 'drills' ||
    roomOf(file) === 'lint' ||
    roomOf(file) === 'control',
};

function allowed(from: string, file: string, typeOnly: boolean): boolean {
  const room = roomOf(from);
  const target = roomOf(file);
  if (WIRING.includes(from) || room === target) return true;
  // The parts of main.ts know the rooms by their types, and what re-enters on the left.
  if (room === 'main' && file !== 'agent/probes/self/observations.ts') {
    return BASE.includes(target) || typeOnly;
  }
  if (room === 'main') return true;
  if (BASE.includes(target)) return room !== 'topology' || target !== 'ipc';
  if (BASE.includes(room)) return false;
  if (room in BESIDE) return BESIDE[room]!(file, typeOnly);
  const left = ROOMS.indexOf(target) >= 0 && ROOMS.indexOf(target) < ROOMS.indexOf(room);
  return left && typeOnly;
}

t.test('every file of the agent belongs to a room that the law knows', async t => {
  const known = [...ROOMS, ...BASE, ...Object.keys(BESIDE), 'main'];
  const unknown = sources('agent', '.ts')
    .filter(({ file }) => !file.endsWith('.d.ts'))
    .filter(({ file }) => !known.includes(roomOf(file)));
  t.same(
    unknown.map(s => s.file),
    [],
  );
});

t.test('arrows point right', async t => {
  const against: string[] = [];
  let seen = 0;
  for (const source of sources('agent', '.ts')) {
    for (const { target, typeOnly } of importsOf(source)) {
      if (!target.startsWith('agent/')) continue;
      seen++;
      if (!allowed(source.file, target, typeOnly)) against.push(`${source.file} -> ${target}`);
    }
  }
  t.ok(seen > 50, 'imports were found');
  t.same(against, []);
});

t.test('the test sees an arrow that points left', async t => {
  t.notOk(allowed('agent/faults/link.ts', 'agent/alarms/step.ts', true));
  t.notOk(allowed('agent/alarms/step.ts', 'agent/faults/step.ts', false));
  t.ok(allowed('agent/alarms/step.ts', 'agent/faults/step.ts', true));
  t.notOk(allowed('agent/types.ts', 'agent/faults/step.ts', true));
  t.same(
    importsOf({
      file: 'agent/a/b.ts',
      text: `
        import { type A, type B } from './c.ts';
        import { type A, b } from '../d.ts';
        import type { E } from "../e.ts";
        export * from './f.ts';
        // import x from './no.ts';
        const g = await import('./g.ts');
      `,
    }).map(({ target, typeOnly }) => ({ target, typeOnly })),
    [
      { target: 'agent/a/c.ts', typeOnly: true },
      { target: 'agent/d.ts', typeOnly: false },
      { target: 'agent/e.ts', typeOnly: true },
      { target: 'agent/a/f.ts', typeOnly: false },
      { target: 'agent/a/g.ts', typeOnly: false },
    ],
  );
});

t.test('the vocabulary is known by its two entries, types.ts and wire.ts', async t => {
  const against = ['agent', 'scripts', 'test'].flatMap(folder =>
    sources(folder, '.ts').flatMap(source =>
      importsOf(source)
        .map(({ target }) => target)
        .filter(target => /^agent\/(types|wire)\//.test(target))
        .filter(target => roomOf(source.file) !== roomOf(target))
        .map(target => `${source.file} -> ${target}`),
    ),
  );
  t.same(against, []);
});

t.test('node-ipc is imported by ipc.ts alone', async t => {
  const users = sources('agent', '.ts').filter(s =>
    importsOf(s).some(i => i.target === 'node-ipc'),
  );
  t.same(
    users.map(s => s.file),
    ['agent/ipc.ts'],
  );
});
