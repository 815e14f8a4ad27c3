/**
 * A thousand hosts into one NATS JetStream, each with an outbox, a spool, a source and a connection of its own, in a few
 * processes; spools lie in memory, since a thousand hosts have a thousand disks. First a switch dies: all raise four alarms
 * within two seconds, and clear them as fast when it is back. Then each has its own four, spread over the rest of a minute.
 * The stream is read back: each change of each host must be in it once, raises before their clears.
 *
 * The peer is the NATS project's own client, which publishes the same number of events at the same times over one
 * connection, and keeps nothing on disk.
 */
import { readFileSync } from 'node:fs';
import { nowUs, sleep, until } from '../lab/wait.ts';
import { openVim, type Vim } from '../vim-lab/vim.ts';
import { type Result, result } from './figures.ts';
import { say } from './table.ts';
import { changeOf, type Edge, sourceOf } from './vim-alarms.ts';
import type { Took } from './vim-host-process.ts';
import { type Ended, type Hosts, withHosts } from './vim-hosts.ts';
import { publishAlone } from './vim-nats-client.ts';
import { natsUse } from './vim-nats-use.ts';
import { compare, readStream, type Stored } from './vim-stream.ts';

const HOSTS = 1000;
const PROCESSES = 4;
const ALARMS = 4;
const STREAM = 'FLEET';
/** Of a host: an outbox has a thread with an engine of its own. And what is left for everybody else. */
const HOST_MB = 14;
const SPARE_MB = 2048;
const PATIENCE_MS = 180_000;

interface Burst {
  name: string;
  edge: Edge;
  at_ms: number;
  over_ms: number;
}

const SWITCH_DIES: Burst = { name: 'switch', edge: 'raised', at_ms: 0, over_ms: 2000 };
const OWN: Burst = { name: 'own', edge: 'raised', at_ms: 20_000, over_ms: 15_000 };
const BURSTS: readonly Burst[] = [
  SWITCH_DIES,
  { name: 'switch', edge: 'cleared', at_ms: 12_000, over_ms: 2000 },
  OWN,
  { name: 'own', edge: 'cleared', at_ms: 38_000, over_ms: 15_000 },
];
const CHANGES = ALARMS * BURSTS.length;

export async function vimFleet(): Promise<Result[]> {
  const count = Math.min(HOSTS, Math.floor((availableMb() - SPARE_MB) / HOST_MB));
  if (count < PROCESSES)
    throw new Error(`${SPARE_MB + HOST_MB * PROCESSES} MB of memory are needed`);
  if (count < HOSTS) say(`  memory for ${count} hosts alone`);
  const vim = await openVim({ services: ['nats'] });
  try {
    const ours = await fleet(vim, count);
    const spans = [SWITCH_DIES.over_ms, OWN.over_ms];
    const [burst = [], spread = []] = await publishAlone(vim.endpoints.nats, ALARMS * count, spans);
    return ours({ burst, spread });
  } finally {
    await vim.closeClean();
  }
}

interface Peer {
  burst: number[];
  spread: number[];
}

async function fleet(vim: Vim, count: number): Promise<(peer: Peer) => Result[]> {
  const adapter = {
    ...{ kind: 'nats', urls: [vim.endpoints.nats] },
    create_stream: { name: STREAM, subjects: ['pathwarden.>'] },
  };
  const each = Math.ceil(count / PROCESSES);
  return await withHosts(vim.memory, async start => {
    const opened_us = nowUs();
    const processes: Hosts[] = [];
    for (let first = 0; first < count; first += each)
      processes.push(
        await start(`fleet-${first}`, { first, count: Math.min(each, count - first), adapter }),
      );
    for (const one of processes) await one.until('its hosts', () => one.ready, PATIENCE_MS);
    say(`  ${count} hosts in ${processes.length} processes, opened in ${since(opened_us)} s`);
    const told = () => processes.reduce((sum, one) => sum + one.told.length, 0);

    const took: Took[][] = [];
    const before = natsUse(vim);
    const from_us = nowUs() + 500_000;
    for (const [i, { name, edge, at_ms, over_ms }] of BURSTS.entries()) {
      const start_us = from_us + at_ms * 1000;
      // Each burst by itself: what was told before it is known.
      await sleep(Math.max(0, (start_us - nowUs()) / 1000 - 200));
      for (const one of processes)
        one.order({ burst: { name, edge, alarms: ALARMS, from_us: start_us, over_ms } });
      const all = () => told() >= ALARMS * count;
      await until(`burst ${i + 1} to be acknowledged`, all, PATIENCE_MS, 100);
      took.push(processes.flatMap(one => one.told.splice(0)));
    }
    const nats = natsUse(vim);
    const ended: Ended[] = [];
    for (const one of processes) ended.push(await one.end());
    const lost = ended.reduce((sum, one) => sum + one.lost, 0);
    const stored = await readStream(vim.endpoints.nats, STREAM);
    const { missing, again, unordered, strangers } = compare(stored, expected(count));
    say(
      `  of ${CHANGES * count} changes ${stored.length} are stored: ${missing} are missing, ` +
        `${again} twice, ${unordered} out of order, ${lost} were given up`,
    );
    if (missing + again + unordered + strangers + lost > 0) throw new Error('the stream is wrong');

    const name = 'NATS client alone';
    const [switchDies = [], , ...own] = took;
    const server = (value: number) => ({ name: 'nats-server', values: [value] });
    return ({ burst, spread }: Peer) => [
      result(
        'vim_fleet_switch_dies',
        'ms from the event to the PubAck',
        switchDies.map(one => one.event_ms),
        { name, values: burst },
      ),
      result(
        'vim_fleet_switch_dies_send',
        'ms from sending to the PubAck',
        switchDies.map(one => one.send_ms),
        { name, values: burst },
      ),
      result(
        'vim_fleet_spread',
        'ms from the event to the PubAck',
        own.flat().map(one => one.event_ms),
        { name, values: spread },
      ),
      result(
        'vim_fleet_rss',
        `MB of a process, most (${each} hosts)`,
        ended.map(one => one.rss_mb),
        server(nats.rss_mb),
      ),
      result(
        'vim_fleet_cpu',
        's of a process, with its start',
        ended.map(one => one.cpu_s),
        server(nats.cpu_s - before.cpu_s),
      ),
    ];
  });
}

function* expected(count: number): Generator<Stored> {
  for (let host = 0; host < count; host++)
    for (const { name, edge } of BURSTS)
      for (let i = 0; i < ALARMS; i++) {
        const { revision, alarm } = changeOf(`${name}-${host}`, i, edge);
        yield { source: sourceOf(host), key: `${alarm.id}/${revision}` };
      }
}

const since = (us: number): number => Math.round((nowUs() - us) / 1e6);

function availableMb(): number {
  const kb = /MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return Number(kb) / 1024;
}
