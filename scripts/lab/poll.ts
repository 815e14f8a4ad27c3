/** A witness beside the product: reads a bond's active member from sysfs each 2 ms, in a process of its own (poll.c). */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { BOND } from './bond.ts';
import type { Lab } from './lab.ts';
import { type Running, tail } from './processes.ts';
import { until } from './wait.ts';

const TOOL = resolve(import.meta.dirname, '../../build/native/lab/poll');
const PERIOD_US = 2000;

export interface Seen {
  /** µs CLOCK_MONOTONIC: when it was first read, and when its predecessor was still read. */
  t_us: number;
  before_us: number;
  /** '' while the bond uses none. */
  member: string;
}

export class ActiveWitness {
  readonly seen: Seen[] = [];
  readonly #process: Running;

  private constructor(process: Running) {
    this.#process = process;
    createInterface({ input: process.child.stdout! }).on('line', line => {
      const [t, before, ...member] = line.split(' ');
      this.seen.push({ t_us: Number(t), before_us: Number(before), member: member.join(' ') });
    });
  }

  static async start(lab: Lab, netns: string): Promise<ActiveWitness> {
    // `ip netns exec` gives it a /sys of that namespace.
    const argv = [
      'ip',
      'netns',
      'exec',
      netns,
      TOOL,
      `/sys/class/net/${BOND}/bonding/active_slave`,
    ];
    const process = await lab.processes.start('poll', [...argv, String(PERIOD_US)], {
      piped: true,
    });
    const witness = new ActiveWitness(process);
    await until('the first reading of the active member', () => {
      if (process.exit) throw new Error(tail(process));
      return witness.seen.length > 0;
    });
    return witness;
  }

  get member(): string {
    return this.seen.at(-1)?.member ?? '';
  }

  /** The first change to a member (not to none) since then; undefined: none yet. */
  switchedSince(t_us: number): Seen | undefined {
    return this.seen.find(s => s.t_us >= t_us && s.member !== '');
  }

  async stop(lab: Lab): Promise<void> {
    await lab.processes.stop(this.#process);
  }
}
