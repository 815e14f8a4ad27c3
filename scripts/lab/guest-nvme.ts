/**
 * NVMe over TCP in a guest: the kernel's target in the storage host's namespace, one port for each path (two-paths.ts), and
 * its initiator in this one, which switches between the two by itself.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { link, make, mountConfigfs, script, unlink, write } from './configfs.ts';
import { inNetns, run } from './run.ts';
import { PATHS, type Path, STORAGE, storageAddress } from './two-paths.ts';
import { until } from './wait.ts';

export const NQN = 'nqn.2026-01.lab.pathwarden:store';
const HOST_NQN = 'nqn.2014-08.org.nvmexpress:uuid:5ba2d1c6-6f5a-4f0e-8d1b-51c80a1f7f10';
const SUBSYSTEM = `nvmet/subsystems/${NQN}`;
const MIB = 16;
/** Where others want the processors, too. */
const PATIENCE_MS = 120_000;

const port = (path: Path) => `nvmet/ports/${path + 1}`;
const exported = (path: Path) => `${port(path)}/subsystems/${NQN}`;

export type Ana = 'optimized' | 'non-optimized' | 'inaccessible' | 'persistent-loss' | 'change';

/** Makes the target. The second port is the lesser one, so that I/O goes by the first while it can. */
export async function startNvmeTarget(): Promise<void> {
  await run(['modprobe', '-a', 'nvmet-tcp', 'nvme-tcp']);
  await run(['modprobe', 'brd', 'rd_nr=2', `rd_size=${MIB * 1024}`]);
  await mountConfigfs();
  const ports = PATHS.flatMap(path => [
    make(port(path)),
    write(`${port(path)}/addr_trtype`, 'tcp'),
    write(`${port(path)}/addr_adrfam`, 'ipv4'),
    write(`${port(path)}/addr_traddr`, storageAddress(path)),
    write(`${port(path)}/addr_trsvcid`, '4420'),
    anaLine(path, path === 0 ? 'optimized' : 'non-optimized'),
    link(SUBSYSTEM, exported(path)),
  ]);
  const lines = [
    make(`${SUBSYSTEM}/namespaces/1`),
    write(`${SUBSYSTEM}/attr_allow_any_host`, '1'),
    write(`${SUBSYSTEM}/namespaces/1/device_path`, '/dev/ram0'),
    write(`${SUBSYSTEM}/namespaces/1/enable`, '1'),
    ...ports,
  ];
  await run(inNetns(STORAGE, script(lines)));
}

export interface NvmeOptions {
  keepAliveS: number;
}

/** Connects by both paths and returns the multipath device: its path in /dev. */
export async function connectNvme({ keepAliveS }: NvmeOptions): Promise<string> {
  mkdirSync('/etc/nvme', { recursive: true });
  writeFileSync('/etc/nvme/hostnqn', `${HOST_NQN}\n`);
  for (const path of PATHS)
    await run([
      ...['nvme', 'connect', '--transport', 'tcp', '--nqn', NQN],
      ...['--traddr', storageAddress(path), '--trsvcid', '4420'],
      ...['--keep-alive-tmo', String(keepAliveS), '--reconnect-delay', '1'],
      ...['--ctrl-loss-tmo', '600'],
    ]);
  const live = () => pathStates().filter(state => state === 'live').length === PATHS.length;
  await until('both paths', live, PATIENCE_MS);
  const isHead = (name: string) => /^nvme\d+n\d+$/.test(name);
  const disk = await until('the device', () => readdirSync('/sys/block').find(isHead), PATIENCE_MS);
  return `/dev/${disk}`;
}

const CLASS = '/sys/class/nvme';
const read = (file: string) => readFileSync(file, 'utf8').trim();

/** States of the controllers, in the order of their names. */
export const pathStates = (): string[] =>
  readdirSync(CLASS)
    .sort()
    .map(name => read(`${CLASS}/${name}/state`));

/** The controller that a path's port made: nvme0. */
export function controllerOf(path: Path): string {
  const isOurs = (name: string) =>
    read(`${CLASS}/${name}/address`).includes(`traddr=${storageAddress(path)},`);
  const name = readdirSync(CLASS).find(isOurs);
  if (name === undefined) throw new Error(`no controller at ${storageAddress(path)}`);
  return name;
}

const anaLine = (path: Path, state: Ana) => write(`${port(path)}/ana_groups/1/ana_state`, state);

/** What the target says of the namespace at one port. */
export const setAna = (path: Path, state: Ana) => run(script([anaLine(path, state)]));

/** The port is closed, with its connections, or open again. */
export const openPort = (path: Path, open: boolean) =>
  run(inNetns(STORAGE, script([open ? link(SUBSYSTEM, exported(path)) : unlink(exported(path))])));
