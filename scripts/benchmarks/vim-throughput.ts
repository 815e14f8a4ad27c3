/**
 * Notices a second through one outbox, its spool on disk, to each receiver, as fast as it goes with a thousand of them
 * waiting: alarms that are raised and cleared at once. Each must arrive, and the raise before its clear. The yardstick is
 * the webhook.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Processes } from '../lab/processes.ts';
import { Receiver } from '../lab/receiver.ts';
import { until } from '../lab/wait.ts';
import { openVim, type Vim } from '../vim-lab/vim.ts';
import { type Result, result } from './figures.ts';
import { changeOf, sourceOf } from './vim-alarms.ts';
import { withHosts } from './vim-hosts.ts';
import { EXCHANGE, Queue } from './vim-queue.ts';
import { compare, readStream, type Stored } from './vim-stream.ts';

const ROUND_MS = 3000;
const ROUNDS = 3;
const WINDOW = 1000;
const HOST = 0;
const STREAM = 'BENCH';
const PATIENCE_MS = 120_000;

interface Taker {
  adapter: Record<string, unknown> & { kind: string };
  /** What has arrived, in its order; null: the receiver keeps no list. */
  arrived(): Promise<readonly Stored[] | null>;
}

export async function vimThroughput(): Promise<Result[]> {
  const vim = await openVim({ services: ['rabbitmq', 'nats', 'alertmanager'] });
  const dir = mkdtempSync(join(vim.dir, 'bench-'));
  const processes = new Processes(dir);
  try {
    const receiver = new Receiver(processes, {
      ...{ netns: vim.netns, address: vim.address },
      ...{ dir, name: 'receiver' },
    });
    await receiver.start();
    const rates = new Map<string, number[]>();
    const queue = await Queue.bind(vim.endpoints.amqp, 'bench');
    for (const taker of takers(vim, receiver, queue, dir))
      rates.set(taker.adapter.kind, await measure(taker, dir));
    await queue.close();
    const values = rates.get('webhook')!;
    return [...rates].map(([kind, own]) =>
      result(`vim_notices_${kind}`, 'notices/s', own, { name: 'webhook', values }),
    );
  } finally {
    await processes.stopAll();
    await vim.closeClean();
  }
}

/** Notices a second, of each round. Throws when one is missing, or comes before what was before it. */
function measure({ adapter, arrived }: Taker, dir: string): Promise<number[]> {
  return withHosts(dir, async start => {
    const hosts = await start(adapter.kind, { first: HOST, count: 1, adapter });
    await hosts.until('the host', () => hosts.ready, PATIENCE_MS);
    const rates: number[] = [];
    const expected: Stored[] = [];
    // The first is to load, to connect and to compile.
    for (let round = 0; round <= ROUNDS; round++) {
      const name = `${adapter.kind}-${round}`;
      hosts.pumped = null;
      hosts.order({ pump: { name, for_ms: round === 0 ? 1000 : ROUND_MS, window: WINDOW } });
      const pumped = await hosts.until('all to be told', () => hosts.pumped, PATIENCE_MS);
      if (round > 0) rates.push((1000 * pumped.notices) / pumped.ms);
      for (let i = 0; i < pumped.notices / 2; i++) {
        const { id } = changeOf(name, i, 'raised').alarm;
        for (const revision of [1, 2])
          expected.push({ source: sourceOf(HOST), key: `${id}/${revision}` });
      }
    }
    const { lost } = await hosts.end();
    if (lost > 0) throw new Error(`${adapter.kind}: ${lost} were refused or given up`);
    await check(adapter.kind, arrived, expected);
    return rates;
  });
}

async function check(kind: string, arrived: Taker['arrived'], expected: readonly Stored[]) {
  await until(
    `${kind} to have all`,
    async () => {
      const stored = await arrived();
      if (stored === null) return true;
      const { missing, unordered } = compare(stored, expected);
      if (missing > 0 || unordered > 0)
        throw new Error(`of ${expected.length} ${missing} are missing, ${unordered} out of order`);
      return true;
    },
    30_000,
    500,
  );
}

function takers(vim: Vim, receiver: Receiver, queue: Queue, dir: string): Taker[] {
  const { rabbitmq } = vim.credentials;
  const password_file = join(dir, 'rabbitmq');
  writeFileSync(password_file, `${rabbitmq.password}\n`, { mode: 0o600 });
  const { endpoints } = vim;
  return [
    {
      adapter: {
        ...{ kind: 'webhook', heartbeat_s: 0 },
        url: `http://${vim.address}:${receiver.port}/alarms`,
      },
      arrived: async () =>
        receiver.received.map(({ event: { source, id } }) => ({ source, key: id })),
    },
    {
      adapter: { kind: 'alertmanager', url: `${endpoints.alertmanager}/api/v2/alerts` },
      async arrived() {
        const answer = await fetch(`${endpoints.alertmanager}/api/v2/alerts?active=true`);
        const firing = (await answer.json()) as unknown[];
        if (firing.length > 0) throw new Error(`${firing.length} alerts fire still`);
        return null;
      },
    },
    {
      adapter: {
        ...{ kind: 'amqp', urls: [`amqp://${new URL(endpoints.amqp).host}`], password_file },
        ...{ user: rabbitmq.username, exchange: EXCHANGE },
      },
      arrived: () => queue.got(),
    },
    {
      adapter: {
        ...{ kind: 'nats', urls: [endpoints.nats] },
        create_stream: { name: STREAM },
      },
      arrived: () => readStream(endpoints.nats, STREAM),
    },
  ];
}
