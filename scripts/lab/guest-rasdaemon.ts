/** rasdaemon as Debian ships it, beside the product in a guest of scripts/vm: what it says, and when. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Processes, type Running, tail } from './processes.ts';
import { nowUs, until } from './wait.ts';

const INSTANCE = '/sys/kernel/tracing/instances/rasdaemon';
/** Where it keeps its database. */
const STATE = '/var/lib/rasdaemon';

export class Rasdaemon {
  /** Each line, with the µs of CLOCK_MONOTONIC when it came. */
  readonly said: { t_us: number; text: string }[] = [];

  private constructor(running: Running) {
    createInterface({ input: running.child.stdout! }).on('line', text =>
      this.said.push({ t_us: nowUs(), text }),
    );
  }

  /**
   * Starts it, and waits until it listens. As it is, its version says nothing before half of its trace buffer is full, for
   * days on a host that is well: it is helped out of that.
   */
  static async start(processes: Processes): Promise<Rasdaemon> {
    mkdirSync(STATE, { recursive: true });
    mkdirSync(INSTANCE, { recursive: true });
    writeFileSync(`${INSTANCE}/buffer_percent`, '0');
    // To a pipe it would write in blocks.
    const argv = ['stdbuf', '-oL', 'rasdaemon', '--foreground', '--record'];
    const running = await processes.start('rasdaemon', argv, { piped: true });
    const rasdaemon = new Rasdaemon(running);
    await until(
      'rasdaemon to listen',
      () => {
        if (running.exit) throw new Error(tail(running));
        return readFileSync(running.log, 'utf8').includes('Recording mce_record events');
      },
      60_000,
    );
    return rasdaemon;
  }

  /** When it first said so after then; null: it has not. */
  saw(what: RegExp, from_us: number): number | null {
    return this.said.find(({ t_us, text }) => t_us >= from_us && what.test(text))?.t_us ?? null;
  }

  /** How many lines said so since then. */
  count(what: RegExp, from_us: number): number {
    return this.said.filter(({ t_us, text }) => t_us >= from_us && what.test(text)).length;
  }
}
