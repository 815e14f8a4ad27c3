/**
 * The guest's first root file system: a static busybox, the few modules that a 9p root needs, and the two scripts that
 * bring the guest up and run its command.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { archive, directory, file, symlink } from './cpio.ts';
import type { Trees } from './trees.ts';

const MODULES = ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay'];

/** The kernel's release, as `uname -r` in the guest will say. */
export function kernelRelease(trees: Trees): string {
  const release = readdirSync(join(trees.kernel, 'lib/modules'))[0];
  if (!release) throw new Error(`no modules in ${trees.kernel}`);
  return release;
}

/** Paths below the modules' folder of those named and of all that they need, in the order to load them. */
function closure(dependencies: string, names: readonly string[]): string[] {
  const needs = new Map<string, string[]>();
  for (const line of dependencies.split('\n')) {
    const [path, rest = ''] = line.split(':');
    if (path) needs.set(path, rest.split(' ').filter(Boolean));
  }
  const stem = (path: string) => basename(path, '.ko').replaceAll('-', '_');
  const ordered = new Set<string>();
  for (const name of names) {
    const path = [...needs.keys()].find(candidate => stem(candidate) === name);
    if (!path) continue; // built in
    // depmod lists what a module needs with the innermost last.
    for (const needed of [...(needs.get(path) ?? [])].reverse()) ordered.add(needed);
    ordered.add(path);
  }
  return [...ordered];
}

export interface GuestCommand {
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  hostname: string;
  /** Load the drivers of all devices, not only of the network's. */
  coldplug: boolean;
  /** There is a /share. */
  share: boolean;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

export function initramfs(trees: Trees, command: GuestCommand): Buffer {
  const modules = join(trees.kernel, 'lib/modules', kernelRelease(trees));
  const wanted = closure(readFileSync(join(modules, 'modules.dep'), 'utf8'), MODULES);
  const script = (name: string) => readFileSync(join(import.meta.dirname, name));
  const settings = [
    ...Object.entries(command.env).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `lab_hostname=${quoted(command.hostname)}`,
    `lab_coldplug=${command.coldplug ? 1 : 0}`,
    `lab_share=${command.share ? 1 : 0}`,
    `lab_cwd=${quoted(command.cwd)}`,
    `set -- ${command.argv.map(quoted).join(' ')}`,
  ];
  return archive([
    ...['bin', 'modules', 'dev', 'proc', 'sys', 'host', 'tools', 'upper', 'root'].map(directory),
    file('bin/busybox', readFileSync(join(trees.guest, 'usr/bin/busybox')), 0o755),
    symlink('bin/sh', 'busybox'),
    ...wanted.map((path, index) =>
      file(
        `modules/${String(index).padStart(2, '0')}-${basename(path)}`,
        readFileSync(join(modules, path)),
      ),
    ),
    file('init', script('guest-init.sh'), 0o755),
    file('guest-run.sh', script('guest-run.sh')),
    file('settings.sh', `${settings.join('\n')}\n`),
  ]);
}
