/** Cables between tap NICs of two namespaces (cable.c): NICs whose carrier can be taken, and real-NIC ifindexes. */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Processes, type Running, tail } from './processes.ts';
import { until } from './wait.ts';

const TOOL = resolve(import.meta.dirname, '../../build/native/lab/cable');

export interface CableEnd {
  netns: string;
  name: string;
}

/** Makes the NICs, down and without addresses, and joins them two and two until the process is stopped. */
export async function startCables(
  processes: Processes,
  cables: readonly (readonly [CableEnd, CableEnd])[],
): Promise<Running> {
  const ends = cables.flat().flatMap(({ netns, name }) => [`/run/netns/${netns}`, name]);
  const process = await processes.start('cable', [TOOL, ...ends], { piped: true });
  let ready = false;
  createInterface({ input: process.child.stdout! }).on('line', line => {
    ready ||= line === 'ready';
  });
  await until('cables', () => {
    if (process.exit) throw new Error(tail(process));
    return ready;
  });
  return process;
}
