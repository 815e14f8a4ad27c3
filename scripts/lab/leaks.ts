/** What a lab may have left behind, looked up rather than remembered. */
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { run } from './run.ts';

/** Inode of a named network namespace. */
export function netnsInode(name: string): number {
  return statSync(`/run/netns/${name}`).ino;
}

/** Pids of every process inside one of these network namespaces. */
export function processesInside(inodes: ReadonlySet<number>): number[] {
  return pids().filter(pid => {
    try {
      return inodes.has(Number(/\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1]));
    } catch {
      return false; // it has ended
    }
  });
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number);
}

export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '(ended)';
  }
}

/** Mount points at or under one of these folders, the deepest first. */
export function mountsUnder(folders: readonly string[]): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '')
    .filter(point => folders.some(folder => point === folder || point.startsWith(`${folder}/`)))
    .sort((x, y) => y.length - x.length);
}

interface BpfObject {
  id: number;
  name?: string;
  type?: string;
}

/** BPF programs and links of the machine that no process has open, as `BPF prog 12 sched_cls name`. */
export async function unheldBpf(): Promise<Set<string>> {
  const out = new Set<string>();
  for (const kind of ['prog', 'link'] as const) {
    const { code, stdout } = await run(['bpftool', '-j', kind, 'show'], { mayFail: true });
    if (code !== 0 || stdout.trim() === '') continue;
    const objects = JSON.parse(stdout) as BpfObject[];
    const held = objects.length > 0 ? heldIds(kind) : new Set<number>();
    for (const { id, type = '', name = '' } of objects)
      if (!held.has(id)) out.add(`BPF ${kind} ${id} ${type} ${name}`.trim());
  }
  return out;
}

/** From every process's open files; bpftool's own list of holders needs a kernel helper that not every build has. */
function heldIds(kind: 'prog' | 'link'): Set<number> {
  const ids = new Set<number>();
  const pattern = new RegExp(`^${kind}_id:\\s*(\\d+)`, 'm');
  for (const pid of pids())
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (!readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('anon_inode:bpf')) continue;
        const id = pattern.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1];
        if (id !== undefined) ids.add(Number(id));
      }
    } catch {
      // It has ended.
    }
  return ids;
}

export function existing(paths: readonly string[]): string[] {
  return paths.filter(path => existsSync(path));
}
