/** What is left of a VIM: nothing, however it ends; and of a cache that could not be filled. */
import '../../scripts/vim-lab/own-namespace.ts';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import t from 'tap';
import { netnsInode, processesInside } from '../../scripts/lab/leaks.ts';
import { inNetns } from '../../scripts/lab/run.ts';
import { until } from '../../scripts/lab/wait.ts';
import { openVim } from '../../scripts/vim-lab/vim.ts';

t.setTimeout(300_000);

const FETCH = resolve(import.meta.dirname, '../../scripts/vim-lab/fetch');

/** Of the VIMs that this process has open. */
const ownFolders = () =>
  globSync(join(tmpdir(), 'pathwarden-vim-*/owner.json')).filter(
    path => JSON.parse(readFileSync(path, 'utf8')).pid === process.pid,
  );

t.test('all of it is gone once it is closed, and what is not is told', async t => {
  const vim = await openVim({ services: ['nats', 'snmptrapd'] });
  const { dir, netns } = vim;
  await vim.closeClean();
  t.notOk(existsSync(dir));
  t.notOk(existsSync(`/run/netns/${netns}`));

  const other = await openVim({ services: ['nats'] });
  const [command = '', ...words] = inNetns(other.netns, ['sleep', '600']);
  const stranger = spawn(command, words, { stdio: 'ignore' });
  t.teardown(() => stranger.kill('SIGKILL'));
  const inode = new Set([netnsInode(other.netns)]);
  await until('the stranger', () => processesInside(inode).includes(stranger.pid ?? 0));
  await t.rejects(other.closeClean(), {
    message: new RegExp(`process ${stranger.pid} in the VIM's namespace: sleep 600`),
  });
});

t.test('where one service cannot start the others end too, and its words are told', async t => {
  const folders: string[] = [];
  await t.rejects(
    openVim({
      services: ['nats', 'alertmanager'],
      alertmanager: () => {
        folders.push(...ownFolders());
        return 'receivers: {';
      },
    }),
    { message: /^alertmanager ended at once: exit code 1\n.*alertmanager\.yml/s },
  );
  t.equal(folders.length, 1);
  t.same(ownFolders(), []);
});

t.test('a VIM whose owner is killed ends with it, and the next one removes the rest', async t => {
  const owner: ChildProcess = spawn(process.execPath, [resolve(import.meta.dirname, 'owner.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => owner.kill('SIGKILL'));
  const said = await new Promise<string>(done =>
    owner.stdout?.once('data', text => done(`${text}`)),
  );
  const { dir, netns } = JSON.parse(said);
  const inode = new Set([netnsInode(netns)]);
  t.ok(processesInside(inode).length >= 4, 'its daemons are seen');
  owner.kill('SIGKILL');
  await until('its daemons to end', () => processesInside(inode).length === 0, 30_000);

  const next = await openVim({ services: ['nats'] });
  await next.closeClean();
  t.notOk(existsSync(dir));
  t.notOk(existsSync(`/run/netns/${netns}`));
});

t.test('where packages cannot be had the reason is said and nothing is half there', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'pathwarden-fetch-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const cache = join(folder, 'cache');
  const apt = join(folder, 'apt-get');
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, PATHWARDEN_CACHE: cache };
  const fetch = (script: string) => {
    writeFileSync(apt, `#!/bin/bash\n${script}\n`);
    chmodSync(apt, 0o755);
    return new Promise<{ code: unknown; stderr: string }>(done => {
      execFile(FETCH, { env, timeout: 60_000 }, (error, _stdout, stderr) =>
        done({ code: error?.code ?? error?.signal ?? 0, stderr }),
      );
    });
  };
  // Ended half-way, without a chance to tidy up.
  await fetch('kill -9 "$(ps -o ppid= -p "$PPID")"; sleep 1');
  t.same(readdirSync(join(cache, 'vim')).sort(), ['lock', 'work']);
  const { code, stderr } = await fetch('echo "E: no network here"; exit 100');
  t.equal(code, 77);
  t.match(stderr, /cannot get the packages: E: no network here/);
  t.same(readdirSync(join(cache, 'vim')), ['lock']);
});
