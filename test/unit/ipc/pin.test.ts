import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { temporaryFolder } from '../support/temporary.ts';

const top = fileURLToPath(new URL('../../..', import.meta.url));

/** As a person runs it: `env` takes away the hooks of the test runner, which know no file without an ending. */
function check(folder?: string) {
  const script = [path.join(top, 'scripts/check-node-ipc'), ...(folder ? [folder] : [])];
  const args = ['-u', 'NODE_OPTIONS', process.execPath, ...script];
  const { status, stderr } = spawnSync('env', args, { encoding: 'utf8' });
  return { status, stderr };
}

interface Files {
  manifest: { dependencies: Record<string, string>; overrides?: Record<string, string> };
  lock: { packages: Record<string, { version: string; integrity: string; name?: string }> };
  installed: { version: string };
}

const FILES = {
  manifest: 'package.json',
  lock: 'package-lock.json',
  installed: 'node_modules/node-ipc/package.json',
};

t.test('this tree has the one node-ipc that is allowed', async t => {
  t.same(check(), { status: 0, stderr: '' });
});

t.test('any other is refused', async t => {
  const own = 'node_modules/node-ipc';
  const changes: Record<string, (files: Files) => unknown> = {
    'a range': ({ manifest }) => Object.assign(manifest.dependencies, { 'node-ipc': '^14.0.0' }),
    'another version': ({ manifest }) =>
      Object.assign(manifest.dependencies, { 'node-ipc': '12.0.1' }),
    'an override': ({ manifest }) =>
      Object.assign(manifest, { overrides: { 'node-ipc': '9.2.3' } }),
    'another one locked': ({ lock }) => Object.assign(lock.packages[own]!, { version: '14.0.1' }),
    'other content': ({ lock }) => Object.assign(lock.packages[own]!, { integrity: 'sha512-AAAA' }),
    'a second one, deeper': ({ lock }) =>
      Object.assign(lock.packages, {
        [`node_modules/x/${own}`]: { version: '10.1.1', integrity: '' },
      }),
    'one under another name': ({ lock }) =>
      Object.assign(lock.packages, {
        'node_modules/y': { name: 'node-ipc', version: '9.1.6', integrity: '' },
      }),
    'another one installed': ({ installed }) => Object.assign(installed, { version: '9.2.2' }),
  };
  for (const [name, change] of Object.entries(changes)) {
    const folder = temporaryFolder(t);
    mkdirSync(path.join(folder, own), { recursive: true });
    for (const file of Object.values(FILES)) cpSync(path.join(top, file), path.join(folder, file));
    t.equal(check(folder).status, 0);
    const files = Object.fromEntries(
      Object.entries(FILES).map(([key, file]) => [
        key,
        JSON.parse(readFileSync(path.join(folder, file), 'utf8')),
      ]),
    ) as unknown as Files;
    change(files);
    for (const [key, file] of Object.entries(FILES)) {
      writeFileSync(path.join(folder, file), JSON.stringify(files[key as keyof Files]));
    }
    t.equal(check(folder).status, 1, name);
  }
});
