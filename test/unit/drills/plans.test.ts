import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import {
  cleanPlans,
  inspectPlans,
  openPlanFolder,
  PlanFolderError,
  planFiles,
} from '../../../agent/drills/plans.ts';

const uid = process.getuid?.() ?? 0;

t.test('the folder is made for its owner alone, what is above it for all to pass', async t => {
  const folder = path.join(t.testdir({}), 'run', 'drills');
  openPlanFolder(folder, uid);
  t.equal(statSync(folder).mode & 0o777, 0o700);
  t.equal(statSync(path.dirname(folder)).mode & 0o777, 0o755 & ~process.umask());
  openPlanFolder(folder, uid);
});

t.test('a folder that others may use is refused', async t => {
  const folder = path.join(t.testdir({}), 'drills');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  t.throws(() => openPlanFolder(folder, uid), PlanFolderError);
  chmodSync(folder, 0o700);
  openPlanFolder(folder, uid);
  t.throws(() => openPlanFolder(folder, uid + 1), /owner/);
});

t.test('a folder above it in which others may rename is refused; a sticky one is none', async t => {
  const above = path.join(t.testdir({}), 'above');
  mkdirSync(above);
  chmodSync(above, 0o777);
  t.throws(() => openPlanFolder(path.join(above, 'drills'), uid), /above the plan folder/);
  chmodSync(above, 0o1777);
  openPlanFolder(path.join(above, 'drills'), uid);
});

t.test('a symbolic link is no folder', async t => {
  const dir = t.testdir({});
  mkdirSync(path.join(dir, 'elsewhere'), { mode: 0o700 });
  symlinkSync('elsewhere', path.join(dir, 'drills'));
  t.throws(() => openPlanFolder(path.join(dir, 'drills'), uid), /is no folder/);
});

t.test('plans are found by name; no folder, no plans', async t => {
  const dir = t.testdir({ 'b.plan': '', 'a.plan': '', 'c.txt': '' });
  t.same(planFiles(dir), [path.join(dir, 'a.plan'), path.join(dir, 'b.plan')]);
  t.same(planFiles(path.join(dir, 'none')), []);
});

/** A guard that answers as its plan says: a line for each event, the last one the exit code. */
const guard = (dir: string): string => {
  const file = path.join(dir, 'guard');
  writeFileSync(
    file,
    '#!/bin/sh\necho "$1" >> "$3.words"\nsed "\\$d" "$3"\nexit "$(tail -n1 "$3")"\n',
    { mode: 0o755 },
  );
  return file;
};

const RUNNING = `{"event":"refused","reason":"its guard (pid 7) or another undo still works on it"}\n3\n`;

t.test('running, left behind, unusable', async t => {
  const dir = t.testdir({
    'a.plan': RUNNING,
    'b.plan':
      '{"event":"checked","differences":["link c-a is down"],"owners":[],"carrier":false}\n4\n',
    'c.plan': '{"event":"refused","reason":"the plan cannot be used: short"}\n3\n',
    'd.plan': '{"event":"checked","differences":[],"owners":[],"carrier":true}\n0\n',
  });
  t.match(await inspectPlans(dir, () => guard(dir)), [
    { state: 'running', details: [/pid 7/] },
    { state: 'left behind', details: ['link c-a is down'] },
    { state: 'unusable', details: [/short/] },
    { state: 'left behind', details: ['the kernel reads as before'] },
  ]);
});

t.test('without plans no guard is needed', async t => {
  const dir = t.testdir({});
  t.same(
    await inspectPlans(dir, () => {
      throw new Error('looked for one');
    }),
    [],
  );
});

t.test('clean undoes what is dead and says what came of it', async t => {
  const dir = t.testdir({
    'a.plan': RUNNING,
    'b.plan':
      '{"event":"healed","t_us":5,"cause":"command","hits":null,"differences":[],"restored":["link c-a up"],"owners":[]}\n{"event":"done"}\n0\n',
    'c.plan':
      '{"event":"healed","t_us":5,"cause":"command","hits":null,"differences":["route x"],"restored":[],"owners":[]}\n4\n',
    'd.plan': '{"event":"discarded","reason":"of another boot"}\n{"event":"done"}\n0\n',
    'e.plan': '1\n',
  });
  t.match(await cleanPlans(dir, guard(dir)), [
    { outcome: 'running' },
    { outcome: 'undone', details: ['link c-a up'] },
    { outcome: 'differences', details: ['route x'] },
    { outcome: 'discarded', details: ['of another boot'] },
    { outcome: 'unusable', details: ['the guard ended with 1'] },
  ]);
  t.ok(existsSync(path.join(dir, 'b.plan.words')));
});
