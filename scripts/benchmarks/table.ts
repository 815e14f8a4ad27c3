/** Runs benchmarks out of a table, and prints what they measured. */
import { availableParallelism, loadavg } from 'node:os';
import type { Figures, Result } from './figures.ts';

export type Benchmarks = Readonly<Record<string, () => Promise<Result[]>>>;

export const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const text = ({ n, median, p99, max }: Figures) =>
  `median ${median}, p99 ${p99}, max ${max} (n=${n})`;

/** asked: names; none: all. Sets the exit code. */
export async function runTable(benchmarks: Benchmarks, asked: readonly string[]): Promise<void> {
  const unknown = asked.filter(name => !(name in benchmarks));
  if (unknown.length > 0) {
    const names = Object.keys(benchmarks).join(', ');
    say(`bench: no benchmark ${unknown.join(', ')}; there are: ${names}`);
    process.exitCode = 2;
    return;
  }
  for (const [name, measure] of Object.entries(benchmarks)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const load = loadavg()[0]!.toFixed(1);
    say(`${name}… (load ${load} on ${availableParallelism()} processors)`);
    try {
      for (const one of await measure()) print(one);
    } catch (error) {
      process.exitCode = 1;
      say(`  failed: ${(error as Error).message}`);
    }
  }
}

function print(one: Result): void {
  process.stdout.write(`${JSON.stringify(one)}\n`);
  say(`  ${one.name}, ${one.unit}`);
  say(`    pathwarden  ${text(one.ours)}`);
  say(`    ${one.peer.name}  ${text(one.peer)}${one.ratio === null ? '' : `, ratio ${one.ratio}`}`);
}
