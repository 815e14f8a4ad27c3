/**
 * Real storage I/O over the legs: a tgtd iSCSI target on the storage host's service address, qemu-nbd (libiscsi) as the
 * user-space initiator on the compute host, and fio on its NBD socket with evenly spaced requests.
 */

import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { greets } from './accepts.ts';
import { COMPUTE_ADDRESS, legOf, type Network, STORAGE_ADDRESS } from './network.ts';
import { type Processes, type Running, tail } from './processes.ts';
import { inNetns, run } from './run.ts';
import { until } from './wait.ts';

export const ISCSI_PORT = 3260;
const TARGET = 'iqn.2026-01.example:pathwarden-lab';
const LUN_BYTES = 128 * 1024 * 1024;

export interface Target {
  daemon: Running;
}

/** dir: on memory, so that no disk's pause is taken for the network's. control: tgtd's control port, private with the socket. */
export async function startTarget(
  processes: Processes,
  network: Network,
  dir: string,
): Promise<Target> {
  const image = join(dir, 'lun.img');
  writeFileSync(image, '');
  truncateSync(image, LUN_BYTES);
  // A private control socket: else tgtadm may talk to a tgtd that the machine already has.
  const env = { TGT_IPC_SOCKET: join(dir, 'tgtd') };
  const control = ['-C', '7'];
  const daemon = await processes.start(
    'tgtd',
    [
      ...['tgtd', '-f', ...control, '--iscsi', `portal=${STORAGE_ADDRESS}:${ISCSI_PORT}`],
      ...['--iscsi', 'nop_interval=1', '--iscsi', 'nop_count=3'],
    ],
    { netns: network.storage, env, endBy: 'SIGKILL' }, // with a target it ignores SIGTERM
  );
  const admin = (...words: string[]) =>
    run(['tgtadm', ...control, '--lld', 'iscsi', ...words], { env });
  await until('tgtd', async () => {
    if (daemon.exit) throw new Error(`tgtd ended: ${tail(daemon)}`);
    return await admin('--op', 'show', '--mode', 'target').then(() => true);
  });
  await admin('--mode', 'target', '--op', 'new', '--tid', '1', '-T', TARGET);
  await admin('--mode', 'logicalunit', '--op', 'new', '--tid', '1', '--lun', '1', '-b', image);
  await admin('--mode', 'target', '--op', 'bind', '--tid', '1', '-I', 'ALL');
  return { daemon };
}

/** What fio can load. */
export interface Disk {
  /** Options of fio: its engine, and what that opens. */
  engine: readonly string[];
  env?: Record<string, string>;
  /** Where the engine itself speaks on the network. */
  netns?: string;
  /** So many evenly spaced jobs share a load, one if not said: one that waits for an answer asks nobody else meanwhile. */
  jobs?: number;
  /** Of 100 requests so many read; 50 if not said. */
  reads?: number;
}

export interface Initiator extends Disk {
  daemon: Running;
}

/** Logs in to the target and serves its disk on a unix socket in dir. */
export async function startInitiator(
  processes: Processes,
  network: Network,
  dir: string,
): Promise<Initiator> {
  const socket = join(dir, 'nbd.sock');
  const daemon = await processes.start(
    'qemu-nbd',
    [
      ...['qemu-nbd', '-t', '-e', '64', '-f', 'raw', '-k', socket, '-x', 'disk'],
      `iscsi://${STORAGE_ADDRESS}:${ISCSI_PORT}/${TARGET}/1`,
    ],
    { netns: network.compute },
  );
  await until('qemu-nbd', async () => {
    if (daemon.exit) throw new Error(`qemu-nbd ended: ${tail(daemon)}`);
    // It listens before it has logged in, and greets (NBD's first bytes) after it.
    return await greets(socket);
  });
  await forgetRoutes(network);
  return { daemon, engine: ['--ioengine=nbd', `--uri=nbd+unix:///disk?socket=${socket}`] };
}

/**
 * The kernel chose the connection's first route before its source port was known, and keeps it until the route cache is
 * flushed, as any link event does: a drill that primes would move the flow off its leg before the cut.
 */
async function forgetRoutes(network: Network): Promise<void> {
  for (const netns of [network.compute, network.storage])
    await run(inNetns(netns, ['sysctl', '-qw', 'net.ipv4.route.flush=1']));
}

/** Local port of the iSCSI connection on the compute host. */
export async function sessionPort(network: Network): Promise<number> {
  return await until('the iSCSI connection', async () => {
    const { stdout } = await run(
      inNetns(network.compute, [
        ...['ss', '-Htn', 'state', 'established', 'dst', STORAGE_ADDRESS],
        ...['dport', '=', `:${ISCSI_PORT}`],
      ]),
    );
    const port = /:(\d+)\s+\S+:\d+\s*$/m.exec(stdout)?.[1];
    return port === undefined ? null : Number(port);
  });
}

/** Legs of the connection as both kernels would route it now: the request's and the answer's. */
export async function sessionLegs(
  network: Network,
): Promise<{ port: number; compute: string; storage: string }> {
  const port = await sessionPort(network);
  const [compute, storage] = await Promise.all([
    legOf(network.compute, {
      source: COMPUTE_ADDRESS,
      target: STORAGE_ADDRESS,
      sport: port,
      dport: ISCSI_PORT,
    }),
    legOf(network.storage, {
      source: STORAGE_ADDRESS,
      target: COMPUTE_ADDRESS,
      sport: ISCSI_PORT,
      dport: port,
    }),
  ]);
  return { port, compute, storage };
}

export interface Completion {
  /** µs CLOCK_MONOTONIC at completion, to fio's ms. */
  t_us: number;
  latency_us: number;
}

export interface Load {
  daemon: Running;
  /** Requests a second. */
  rate: number;
  /** Ends the load and reads what it measured, in order of completion. */
  stop(): Promise<Completion[]>;
}

/** More jobs beside the evenly spaced ones, and what each asks a second. */
const ASKERS = 2;
const ASKER_RATE = 20;

/**
 * rate: 8 KiB requests a second, evenly spaced. fio, told to keep a rate, waits for all that a job has
 * under way before it sleeps, so one lost answer would end the demand: a few slow jobs beside it go on asking.
 */
export async function startLoad(
  processes: Processes,
  disk: Disk,
  dir: string,
  rate = 200,
): Promise<Load> {
  const log = join(dir, 'io');
  const { jobs = 1, reads = 50 } = disk;
  const named = (name: string, each: number) => [
    `--name=${name}`,
    `--rate_iops=${(each * reads) / 100},${(each * (100 - reads)) / 100}`,
    '--rate_process=linear',
  ];
  const daemon = await processes.start(
    'fio',
    [
      ...['fio', ...disk.engine, '--rw=randrw', `--rwmixread=${reads}`, '--bs=8k', '--size=64M'],
      '--iodepth=32',
      ...['--time_based', '--runtime=3600', '--eta=never', '--group_reporting'],
      ...[`--write_lat_log=${log}`, '--log_avg_msec=0', '--per_job_logs=0'],
      ...['--log_alternate_epoch=1', '--log_alternate_epoch_clock_id=1'], // CLOCK_MONOTONIC
      ...Array.from({ length: jobs }, (_, i) => named(`io${i}`, rate / jobs)).flat(),
      ...Array.from({ length: ASKERS }, (_, i) => named(`ask${i}`, ASKER_RATE)).flat(),
    ],
    { cwd: dir, ...(disk.env && { env: disk.env }), ...(disk.netns && { netns: disk.netns }) },
  );
  return {
    daemon,
    rate,
    async stop() {
      await processes.stop(daemon, 'SIGTERM', 10_000);
      const file = `${log}_lat.log`;
      return existsSync(file) ? readFioLog(file) : []; // none when it was ended before its first request
    },
  };
}

/** fio's latency log: `time_ms, latency_ns, direction, block_size, offset, priority`. */
export function readFioLog(path: string): Completion[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [ms, ns] = line.split(',', 2).map(Number) as [number, number];
      return { t_us: ms * 1000, latency_us: ns / 1000 };
    })
    .sort((x, y) => x.t_us - y.t_us);
}

/** The longest latency among the requests submitted in [from_us, to_us); 0 if there is none. */
export function slowest(
  completions: readonly Completion[],
  from_us: number,
  to_us = Number.POSITIVE_INFINITY,
): number {
  const inside = completions.filter(({ t_us, latency_us }) => {
    const submitted = t_us - latency_us;
    return submitted >= from_us && submitted < to_us;
  });
  return Math.max(0, ...inside.map(({ latency_us }) => latency_us));
}

/** The longest time between two completions in [from_us, to_us]; the window's ends count as none. */
export function longestPause(
  completions: readonly Completion[],
  from_us: number,
  to_us: number,
): number {
  const times = completions.map(({ t_us }) => t_us).filter(t => t >= from_us && t <= to_us);
  return Math.max(0, ...times.slice(1).map((t, i) => t - (times[i] ?? t)));
}
