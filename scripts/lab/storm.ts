/** A storm of machine checks in a guest (storm-process.ts). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { prepareMce } from './guest-mce.ts';
import { type Processes, tail } from './processes.ts';
import { until } from './wait.ts';

const WAIT_MS = 60_000;

export interface Storm {
  /** Ends it; how many errors there were, and for how long. */
  stop(): Promise<{ injected: number; ms: number }>;
}

export async function startStorm(processes: Processes): Promise<Storm> {
  await prepareMce();
  // The kernel writes each record to its console at the highest level, and the emulated serial port is slow.
  writeFileSync('/sys/class/tty/ttyS0/console', '0');
  const script = join(import.meta.dirname, 'storm-process.ts');
  // Errors of real hardware take no processor from others.
  const argv = ['nice', '-n', '19', process.execPath, script];
  const storm = await processes.start('storm', argv, { piped: true });
  const said: Record<string, number | boolean>[] = [];
  createInterface({ input: storm.child.stdout! }).on('line', line => said.push(JSON.parse(line)));
  const heard = (what: string) =>
    until(
      `the storm to say "${what}"`,
      () => {
        if (storm.exit?.code) throw new Error(tail(storm));
        return said.find(line => what in line);
      },
      WAIT_MS,
    );
  await heard('storming');
  return {
    async stop() {
      storm.child.stdin!.end();
      return (await heard('injected')) as { injected: number; ms: number };
    },
  };
}
