/** tun NICs whose carrier the lab takes and gives (tun.c). */
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Lab } from './lab.ts';
import { type Running, tail } from './processes.ts';
import { run } from './run.ts';
import { until } from './wait.ts';

const TOOL = resolve(import.meta.dirname, '../../build/native/lab/tun');

export class TunNics {
  readonly #process: Running;
  #ready = false;
  readonly #waiting: ((t_us: number) => void)[] = [];

  private constructor(process: Running) {
    this.#process = process;
    createInterface({ input: process.child.stdout! }).on('line', line => {
      if (line === 'ready') this.#ready = true;
      else this.#waiting.shift()?.(Number(line.split(' ')[2]));
    });
  }

  /** Makes the NICs in a namespace and sets them up. NIC i (from 0) has the address 10.78.i.1/30 and reaches 10.78.i.2. */
  static async open(
    { processes }: Pick<Lab, 'processes'>,
    netns: string,
    names: readonly string[],
  ): Promise<TunNics> {
    const process = await processes.start('tun', [join(TOOL), ...names], {
      netns,
      piped: true,
    });
    const nics = new TunNics(process);
    await until('tun NICs', () => {
      if (process.exit) throw new Error(tail(process));
      return nics.#ready;
    });
    const lines = names.flatMap((name, i) => [
      `address add 10.78.${i}.1/30 dev ${name}`,
      `link set ${name} up`,
    ]);
    await run(['ip', '-n', netns, '-batch', '-'], { input: `${lines.join('\n')}\n` });
    return nics;
  }

  /** Returns the µs of CLOCK_MONOTONIC just before the carrier was set. */
  setCarrier(name: string, carrier: boolean): Promise<number> {
    return new Promise(resolve => {
      this.#waiting.push(resolve);
      this.#process.child.stdin?.write(`${name} ${carrier ? 1 : 0}\n`);
    });
  }
}
