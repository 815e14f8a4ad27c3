/**
 * One daemon of an unpacked root (unpack.sh), in namespaces of its own. It ends, with whatever it started, when it is stopped
 * and when this process ends, however that happens.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Exit, type Processes, type Running, tail } from '../lab/processes.ts';
import { until } from '../lab/wait.ts';

export interface ServiceSpec {
  name: string;
  /** As the root sees it: /run is the run's folder, /run/memory a folder in memory. */
  argv: readonly string[];
  env?: Record<string, string>;
  /** Those that are left to it: net_raw, net_admin…; none if not said. */
  capabilities?: readonly string[];
  /** True as soon as it can be used; said, everything that it has printed since it was started. */
  ready: (said: () => string) => boolean | Promise<boolean>;
}

/** Where a service runs. */
export interface Place {
  root: string;
  dir: string;
  memory: string;
  netns: string;
}

/** A daemon that is not up by then never will be; on a busy machine Nova takes a minute. */
const READY_MS = 240_000;
const END_MS = 10_000;

export class Service {
  readonly spec: ServiceSpec;
  readonly #place: Place;
  readonly #processes: Processes;
  #running: Running | null = null;
  /** How long its log was when it was last started. */
  #logFrom = 0;

  constructor(spec: ServiceSpec, place: Place, processes: Processes) {
    this.spec = spec;
    this.#place = place;
    this.#processes = processes;
  }

  get log(): string {
    return this.#running === null ? '' : readFileSync(this.#running.log, 'utf8');
  }

  /** Resolves when it can be used. Does nothing when it runs. */
  async start(): Promise<void> {
    if (this.#running?.exit === null) return;
    this.#logFrom = this.log.length;
    const { name, argv, env = {}, capabilities = [], ready } = this.spec;
    const running = await this.#processes.start(
      name,
      inside(this.#place, env, argv, capabilities),
      { netns: this.#place.netns, endBy: 'SIGKILL' }, // unshare heeds no other
    );
    this.#running = running;
    await until(
      `${name} to be ready`,
      async () => running.exit !== null || (await ready(() => this.log.slice(this.#logFrom))),
      READY_MS,
      50,
    ).catch(error => {
      throw new Error(`${error.message}\n${tail(running)}`);
    });
    if (running.exit !== null)
      throw new Error(`${name} ended at once: ${how(running.exit)}\n${tail(running)}`);
  }

  /** Resolves when it and all that it started have ended. SIGTERM that is not heeded in 10 s becomes SIGKILL. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    const running = this.#running;
    if (running === null || running.exit !== null) return;
    const end = (how: NodeJS.Signals) => {
      const first = child(running.pid);
      if (first !== undefined) process.kill(first, how);
      return first !== undefined;
    };
    await until(`${this.spec.name} to be there`, () => running.exit !== null || end(signal));
    const late = setTimeout(() => end('SIGKILL'), END_MS);
    await running.exited;
    clearTimeout(late);
  }
}

/** argv to be run in the root and in namespaces of its own, to be started in the network namespace that it is for. */
export function inside(
  { root, dir, memory }: Omit<Place, 'netns'>,
  env: Record<string, string>,
  argv: readonly string[],
  capabilities: readonly string[] = [],
): string[] {
  const left = ['-all', ...capabilities.map(name => `+${name}`)].join(',');
  const variables = { PATH: '/usr/sbin:/usr/bin', HOME: '/run/home', LANG: 'C.UTF-8', ...env };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return [
    ...['setpriv', '--pdeathsig', 'KILL'],
    ...['unshare', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child'],
    ...[join(import.meta.dirname, 'enter'), root, dir, memory, left],
    ...['env', '-i', ...assignments, ...argv],
  ];
}

const how = ({ code, signal }: Exit) => signal ?? `exit code ${code}`;

/** unshare waits for its one child, the first process of the namespaces, and ends when that does; signals it keeps to itself. */
function child(pid: number): number | undefined {
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return first ? Number(first) : undefined;
  } catch {
    return undefined; // unshare itself has ended
  }
}

/** Whether a TCP port takes connections. */
export function listens(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** Whether an HTTP server answers with anything but a server error. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(10_000) })).status < 500;
  } catch {
    return false;
  }
}
