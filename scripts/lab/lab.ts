/**
 * One lab: its folders, namespaces and processes, and the proof that nothing of it is left. lab.json in its folder names
 * everything that it owns, so that a later run can sweep up after one that was killed.
 */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  commandLine,
  existing,
  mountsUnder,
  netnsInode,
  processesInside,
  unheldBpf,
} from './leaks.ts';
import {
  createNetwork,
  DEFAULT_NETWORK,
  deleteNamespaces,
  type Network,
  type NetworkOptions,
  namespaceNames,
} from './network.ts';
import { killExactly, Processes, startTime } from './processes.ts';
import { run } from './run.ts';
import { sleep } from './wait.ts';

const PREFIX = 'pathwarden-lab-';

interface Register {
  owner: { pid: number; started: string };
  suffix: string;
  folders: string[];
  processes: { pid: number; started: string }[];
}

export class Lab {
  readonly suffix: string;
  /** On disk, readable by everybody; on memory. */
  readonly dir: string;
  readonly memory: string;
  readonly processes: Processes;
  readonly network: Network;
  readonly #inodes: Set<number>;
  readonly #bpfBefore: Set<string>;
  #closed: Promise<void> | null = null;

  private constructor(
    register: Register,
    processes: Processes,
    network: Network,
    bpfBefore: Set<string>,
  ) {
    this.suffix = register.suffix;
    [this.dir, this.memory] = register.folders as [string, string];
    this.processes = processes;
    this.network = network;
    this.#inodes = new Set(network.namespaces.map(netnsInode));
    this.#bpfBefore = bpfBefore;
  }

  static async open(options: Partial<NetworkOptions> = {}): Promise<Lab> {
    await sweep();
    const dir = mkdtempSync(join(tmpdir(), PREFIX));
    chmodSync(dir, 0o755);
    const suffix = basename(dir).slice(PREFIX.length);
    const memory = join('/dev/shm', basename(dir));
    mkdirSync(memory);
    mkdirSync(join(dir, 'logs'));
    const register: Register = {
      owner: { pid: process.pid, started: startTime(process.pid)! },
      suffix,
      folders: [dir, memory],
      processes: [],
    };
    const save = (pids: number[]) => {
      register.processes = pids.flatMap(pid => {
        const started = startTime(pid);
        return started === null ? [] : [{ pid, started }];
      });
      writeFileSync(join(dir, 'lab.json'), JSON.stringify(register));
    };
    save([]);
    const bpfBefore = await unheldBpf();
    const processes = new Processes(join(dir, 'logs'), save);
    try {
      const network = await createNetwork(suffix, { ...DEFAULT_NETWORK, ...options }, processes);
      return new Lab(register, processes, network, bpfBefore);
    } catch (error) {
      await remove(register);
      throw error;
    }
  }

  /** A folder of the lab. */
  folder(name: string, owner?: { uid: number; gid: number; mode: number }): string {
    const path = join(this.dir, name);
    mkdirSync(path, { recursive: true });
    if (owner) {
      chmodSync(path, owner.mode);
      chownSync(path, owner.uid, owner.gid);
    }
    return path;
  }

  /** Ends and removes everything. Safe to call twice. With PATHWARDEN_KEEP_LAB set the folder with the logs stays. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** close(), then throws when something is left behind. */
  async closeClean(): Promise<void> {
    await this.close();
    const left = await this.leftovers();
    if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`);
  }

  async #close(): Promise<void> {
    await thaw([this.dir]);
    await this.processes.stopAll();
    await remove(
      {
        owner: { pid: process.pid, started: '' },
        suffix: this.suffix,
        folders: [this.dir, this.memory],
        processes: [],
      },
      process.env.PATHWARDEN_KEEP_LAB !== undefined,
    );
  }

  /** What is left of this lab after close(), one line each; empty = nothing. The kernel frees BPF objects and namespaces a moment later, so it looks again for up to 5 s. */
  async leftovers(): Promise<string[]> {
    for (let i = 0; ; i++) {
      const left = await this.#leftovers();
      if (left.length === 0 || i === 50) return left;
      await sleep(100);
    }
  }

  async #leftovers(): Promise<string[]> {
    const folders = process.env.PATHWARDEN_KEEP_LAB ? [this.memory] : [this.dir, this.memory];
    const bpf = await unheldBpf();
    return [
      ...this.processes.running.map(p => `process ${p.pid} ${p.name}`),
      ...processesInside(this.#inodes).map(
        pid => `process ${pid} in a namespace of the lab: ${commandLine(pid)}`,
      ),
      ...existing(namespaceNames(this.suffix).map(n => `/run/netns/${n}`)),
      ...mountsUnder(folders).map(point => `mount ${point}`),
      ...existing(folders),
      ...[...bpf]
        .filter(object => !this.#bpfBefore.has(object))
        .map(object => `${object}, held by no process`),
    ];
  }
}

/** On a frozen file system no process can end. */
async function thaw(folders: readonly string[]): Promise<void> {
  for (const point of mountsUnder(folders))
    await run(['fsfreeze', '--unfreeze', point], { mayFail: true });
}

async function remove(register: Register, keepFolder = false): Promise<void> {
  await thaw(register.folders);
  for (const { pid, started } of register.processes) await killExactly(pid, started);
  const names = namespaceNames(register.suffix);
  const inodes = new Set(names.filter(n => existing([`/run/netns/${n}`]).length).map(netnsInode));
  // Whatever still lives in our namespaces was started by us: children of children.
  for (const pid of processesInside(inodes)) {
    const started = startTime(pid);
    if (started !== null) await killExactly(pid, started);
  }
  for (const point of mountsUnder(register.folders)) await run(['umount', point]);
  await deleteNamespaces(names);
  for (const folder of register.folders)
    if (!keepFolder || folder.startsWith('/dev/shm'))
      rmSync(folder, { recursive: true, force: true });
}

/** Removes labs whose owner has died without doing it. */
export async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter(n => n.startsWith(PREFIX))) {
    let register: Register;
    try {
      register = JSON.parse(readFileSync(join(tmpdir(), name, 'lab.json'), 'utf8'));
    } catch {
      continue; // being made, or kept for its logs
    }
    if (startTime(register.owner.pid) !== register.owner.started) await remove(register);
  }
}
