/** The leanest storage traffic (talk.c), where the real one (storage.ts) would leave no processor for what is tested. */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Network } from './network.ts';
import { STORAGE_ADDRESS } from './network.ts';
import { type Processes, tail } from './processes.ts';
import { ISCSI_PORT } from './storage.ts';
import { until } from './wait.ts';

const TOOL = resolve(import.meta.dirname, '../../build/native/lab/talk');

export interface Talk {
  /** Times without an answer of three periods or more, as the one who asks saw them; µs CLOCK_MONOTONIC. */
  readonly pauses: { from_us: number; to_us: number }[];
  stop(): Promise<void>;
}

/** rate: requests a second, at even times. */
export async function startTalk(
  processes: Processes,
  network: Network,
  rate: number,
): Promise<Talk> {
  const where = [STORAGE_ADDRESS, String(ISCSI_PORT)];
  const answerer = await processes.start('talk-answer', [TOOL, 'answer', ...where], {
    netns: network.storage,
  });
  const asker = await processes.start(
    'talk-ask',
    [TOOL, 'ask', ...where, String(Math.round(1e6 / rate))],
    { netns: network.compute, piped: true },
  );
  const pauses: Talk['pauses'] = [];
  let ready = false;
  createInterface({ input: asker.child.stdout! }).on('line', line => {
    ready ||= line === 'ready';
    const [from_us, to_us] = line.split(' ').map(Number);
    if (to_us !== undefined) pauses.push({ from_us: from_us!, to_us });
  });
  await until('the first answer', () => {
    for (const one of [answerer, asker]) if (one.exit) throw new Error(tail(one));
    return ready;
  });
  return {
    pauses,
    async stop() {
      await processes.stop(asker);
      await processes.stop(answerer);
    },
  };
}
