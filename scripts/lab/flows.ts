/** Connections of four kinds, which keep an account of their own pauses (flows.c). */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Network, STORAGE_ADDRESS } from './network.ts';
import { type Processes, type Running, tail } from './processes.ts';
import { ISCSI_PORT } from './storage.ts';
import { until } from './wait.ts';

const TOOL = resolve(import.meta.dirname, '../../build/native/lab/flows');

export const KINDS = ['saturating', 'asking', 'idle', 'paced'] as const;
export type FlowKind = (typeof KINDS)[number];

/** Something waited to be sent or acknowledged, and nothing was acknowledged. µs CLOCK_MONOTONIC. */
export interface Pause {
  host: 'compute' | 'storage';
  kind: FlowKind;
  local_port: number;
  remote_port: number;
  from_us: number;
  /** It was seen to go on then, and to have ended at to_us. */
  still_us: number;
  to_us: number;
}

/** Of one kind's connections at one end. */
export interface Total {
  host: 'compute' | 'storage';
  kind: FlowKind;
  connections: number;
  bytes_acked: number;
  /** Bounds of the longest pause. */
  at_least_us: number;
  at_most_us: number;
}

export class Flows {
  /** Those that may have been 40 ms or more, as they end. */
  readonly pauses: Pause[] = [];
  readonly #totals: Total[] = [];
  readonly #ready = new Set<string>();
  readonly #ends: Running[] = [];
  readonly #processes: Processes;

  private constructor(processes: Processes) {
    this.#processes = processes;
  }

  /** Resolves when all connections are made. */
  static async start(
    processes: Processes,
    network: Network,
    counts: Record<FlowKind, number>,
  ): Promise<Flows> {
    const flows = new Flows(processes);
    const where = [STORAGE_ADDRESS, String(ISCSI_PORT)];
    await flows.#end('storage', network.storage, ['serve', ...where]);
    await flows.#end('compute', network.compute, [
      ...['use', ...where],
      ...KINDS.map(kind => String(counts[kind])),
    ]);
    return flows;
  }

  /** Ends them; what they come to, at both ends. */
  async stop(): Promise<Total[]> {
    for (const end of this.#ends.reverse()) {
      const { code } = await this.#processes.stop(end);
      if (code !== 0) throw new Error(`${end.name}: exit ${code}: ${tail(end)}`);
    }
    await until('the totals', () => this.#totals.length === this.#ends.length * KINDS.length);
    return this.#totals;
  }

  /** Throws when one of the two ends is no more. */
  check(): void {
    for (const end of this.#ends) if (end.exit) throw new Error(`${end.name}: ${tail(end)}`);
  }

  async #end(host: Pause['host'], netns: string, words: string[]): Promise<void> {
    const running = await this.#processes.start(`flows-${host}`, [TOOL, ...words], {
      netns,
      piped: true,
    });
    this.#ends.push(running);
    createInterface({ input: running.child.stdout! }).on('line', line => this.#heard(host, line));
    await until(`the connections on ${host}`, () => {
      this.check();
      return this.#ready.has(host);
    });
  }

  #heard(host: Pause['host'], line: string): void {
    const [what, kind, ...numbers] = line.split(' ');
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = numbers.map(Number);
    const of = { host, kind: kind as FlowKind };
    if (what === 'ready') this.#ready.add(host);
    else if (what === 'pause')
      this.pauses.push({ ...of, local_port: a, remote_port: b, from_us: c, still_us: d, to_us: e });
    else
      this.#totals.push({ ...of, connections: a, bytes_acked: b, at_least_us: c, at_most_us: d });
  }
}
