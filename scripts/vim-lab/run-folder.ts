/**
 * What a run of the VIM owns: a folder on disk, one in memory, a network namespace and the processes in it. A file in the
 * first names the owner, so that a later run can remove what one left that was killed; its daemons have ended with it.
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { commandLine, existing, mountsUnder, netnsInode, processesInside } from '../lab/leaks.ts';
import { deleteNamespaces } from '../lab/network.ts';
import { startTime } from '../lab/processes.ts';
import { sleep } from '../lab/wait.ts';
import { vimNamespace } from './network.ts';

const PREFIX = 'pathwarden-vim-';
const OWNER = 'owner.json';
const suffixOf = (dir: string) => basename(dir).slice(PREFIX.length);
const memoryOf = (dir: string) => join('/dev/shm', basename(dir));

export class RunFolder {
  readonly suffix: string;
  /** On disk; the daemons see it as /run. */
  readonly dir: string;
  /** In memory, for databases: SQLite waits for the disk at every commit. */
  readonly memory: string;
  #inode: number | null = null;

  private constructor(dir: string) {
    this.dir = dir;
    this.suffix = suffixOf(dir);
    this.memory = memoryOf(dir);
  }

  /** Removes first what runs left whose owners are dead. */
  static async create(): Promise<RunFolder> {
    await sweep();
    const folder = new RunFolder(mkdtempSync(join(tmpdir(), PREFIX)));
    chmodSync(folder.dir, 0o755);
    const owner = { pid: process.pid, started: startTime(process.pid) };
    writeFileSync(join(folder.dir, OWNER), JSON.stringify(owner));
    mkdirSync(folder.memory);
    for (const name of ['etc', 'home', 'logs', 'tmp']) mkdirSync(join(folder.dir, name));
    return folder;
  }

  get logs(): string {
    return join(this.dir, 'logs');
  }

  /** Writes files, by their path below the folder. */
  write(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      const full = join(this.dir, path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text, { mode: 0o600 });
    }
  }

  /** To be called before the namespace goes: afterwards its processes can no longer be told. */
  watchNamespace(): void {
    this.#inode = netnsInode(vimNamespace(this.suffix));
  }

  /** With PATHWARDEN_KEEP_LAB set the folder on disk stays, for its logs. */
  async remove(): Promise<void> {
    await remove(this.dir, process.env.PATHWARDEN_KEEP_LAB !== undefined);
  }

  /** What is left after remove(), one line each. The kernel drops namespaces a moment later, so it looks again for up to 5 s. */
  async leftovers(): Promise<string[]> {
    for (let i = 0; ; i++) {
      const left = this.#leftovers();
      if (left.length === 0 || i === 50) return left;
      await sleep(100);
    }
  }

  #leftovers(): string[] {
    const kept = process.env.PATHWARDEN_KEEP_LAB !== undefined;
    const folders = kept ? [this.memory] : [this.dir, this.memory];
    const inside = this.#inode === null ? [] : processesInside(new Set([this.#inode]));
    return [
      ...inside.map(pid => `process ${pid} in the VIM's namespace: ${commandLine(pid)}`),
      ...existing([`/run/netns/${vimNamespace(this.suffix)}`, ...folders]),
      ...mountsUnder(folders).map(point => `mount ${point}`),
    ];
  }
}

async function remove(dir: string, keepLogs: boolean): Promise<void> {
  await deleteNamespaces([vimNamespace(suffixOf(dir))]);
  rmSync(memoryOf(dir), { recursive: true, force: true });
  if (!keepLogs) rmSync(dir, { recursive: true, force: true });
}

async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter(n => n.startsWith(PREFIX))) {
    const dir = join(tmpdir(), name);
    let owner: { pid: number; started: string };
    try {
      owner = JSON.parse(readFileSync(join(dir, OWNER), 'utf8'));
    } catch {
      continue; // being made
    }
    if (startTime(owner.pid) !== owner.started) await remove(dir, false);
  }
}
