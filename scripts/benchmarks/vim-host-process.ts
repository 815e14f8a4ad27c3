/**
 * Hosts that are outboxes alone: each has its own source, spool and connection. argv[2]: HostsSpec as JSON. Standard input:
 * an Order per line. Standard output: a Said per line.
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { adapterKinds, createAdapter } from '../../agent/adapters/index.ts';
import { silentLog } from '../../agent/log.ts';
import { type Outbox, openOutbox } from '../../agent/outbox/index.ts';
import type { AlarmChange } from '../../agent/types.ts';
import { nowUs, sleep } from '../lab/wait.ts';
import { changeOf, type Edge, sourceOf } from './vim-alarms.ts';

export interface HostsSpec {
  /** Folder of the spools. */
  dir: string;
  /** Number of the first host, and how many there are. */
  first: number;
  count: number;
  /** An entry of `adapters`, without its name; its `host` is set for each. */
  adapter: Record<string, unknown> & { kind: string };
}

/** burst: each host tells `alarms` changes at a moment of its own within `over_ms` of from_us. pump: as fast as it goes. */
export type Order =
  | { burst: { name: string; edge: Edge; alarms: number; from_us: number; over_ms: number } }
  | { pump: { name: string; for_ms: number; window: number } }
  | { end: true };

/** A notice that was acknowledged, ms from the event, and from when it was sent. */
export interface Took {
  event_ms: number;
  send_ms: number;
}

export type Said =
  | { ready: number }
  | { told: Took[] }
  | { pumped: { notices: number; ms: number } }
  /** Refused or given up, and what the process has used. */
  | { ended: { lost: number; rss_mb: number; cpu_s: number } };

/** Started at a time: each start is a thread, and the disk's work of making a database. */
const OPENING = 8;
/** What one frame of the helper leads to is one transaction; of a burst, how many changes that are, and how far apart. */
const TOGETHER = 2;
const APART_MS = 10;

const spec = JSON.parse(process.argv[2] ?? '') as HostsSpec;
const say = (line: Said) => process.stdout.write(`${JSON.stringify(line)}\n`);
const took: Took[] = [];

setInterval(() => {
  if (took.length > 0) say({ told: took.splice(0) });
}, 200);

class SimulatedHost {
  readonly #number: number;
  readonly #outbox: Outbox;
  readonly #active: Map<string, AlarmChange>;
  told = 0;

  private constructor(number: number, outbox: Outbox, active: Map<string, AlarmChange>) {
    this.#number = number;
    this.#outbox = outbox;
    this.#active = active;
  }

  static async open(number: number): Promise<SimulatedHost> {
    const host = `host-${number}`;
    const source = sourceOf(number);
    const kind = adapterKinds[spec.adapter.kind];
    if (!kind) throw new Error(`no kind ${spec.adapter.kind}`);
    const named = { name: 'vim', ...spec.adapter };
    // A webhook does not call its host by a name.
    const entry = named.kind === 'webhook' ? named : { ...named, host };
    const context = { source, host, log: silentLog, hide() {}, report() {} };
    const active = new Map<string, AlarmChange>();
    const outbox = await openOutbox({
      dir: join(spec.dir, host),
      source,
      destinations: [await createAdapter(kind.schema.parse(entry), context)],
      budget_ms: 1000,
      active: () => [...active.values()],
      onTold({ acknowledged_us, hops }) {
        took.push({
          event_ms: (acknowledged_us - (hops.event_us ?? hops.alarm_us)) / 1000,
          send_ms: (acknowledged_us - hops.send_us) / 1000,
        });
        self.told += 1;
      },
      onState() {},
      onDelivery() {},
    });
    const self = new SimulatedHost(number, outbox, active);
    return self;
  }

  put(...changes: AlarmChange[]): void {
    for (const change of changes) {
      if (change.kind === 'cleared') this.#active.delete(change.alarm.id);
      else this.#active.set(change.alarm.id, change);
    }
    void this.#outbox.put({ changes, state: {}, cursor: {} });
  }

  get pending(): number {
    return this.#outbox.pending()[0]?.pending ?? 0;
  }

  get lost(): number {
    const { refused = 0, given_up = 0 } = this.#outbox.pending()[0] ?? {};
    return refused + given_up;
  }

  burst({ name, edge, alarms, from_us, over_ms }: Extract<Order, { burst: object }>['burst']) {
    // The same moment of a host in each run: a multiple of the golden ratio spreads evenly.
    const share = (this.#number * 0.6180339887) % 1;
    for (let first = 0; first < alarms; first += TOGETHER) {
      const at_us = Math.round(from_us + 1000 * (share * over_ms + (first / TOGETHER) * APART_MS));
      const numbers = Array.from(
        { length: Math.min(TOGETHER, alarms - first) },
        (_, i) => first + i,
      );
      const tell = () => {
        // A timer may be early; when it is late, the alarm is.
        const event_us = Math.min(at_us, nowUs());
        this.put(...numbers.map(i => changeOf(`${name}-${this.#number}`, i, edge, event_us)));
      };
      setTimeout(tell, Math.max(0, (at_us - nowUs()) / 1000));
    }
  }

  async pump({ name, for_ms, window }: Extract<Order, { pump: object }>['pump']): Promise<void> {
    const began_us = nowUs();
    const before = this.told;
    let notices = 0;
    while (nowUs() - began_us < for_ms * 1000) {
      while (notices - (this.told - before) < window) {
        const i = notices / 2;
        this.put(changeOf(name, i, 'raised'), changeOf(name, i, 'cleared'));
        notices += 2;
      }
      await sleep(1);
    }
    while (this.told - before + this.lost < notices) await sleep(2);
    say({ pumped: { notices, ms: (nowUs() - began_us) / 1000 } });
  }

  close(): Promise<boolean> {
    return this.#outbox.close();
  }
}

const hosts: SimulatedHost[] = [];
while (hosts.length < spec.count) {
  const next = Array.from(
    { length: Math.min(OPENING, spec.count - hosts.length) },
    (_, i) => spec.first + hosts.length + i,
  );
  hosts.push(...(await Promise.all(next.map(SimulatedHost.open))));
}
say({ ready: hosts.length });

async function end(): Promise<void> {
  const { maxRSS } = process.resourceUsage();
  const { user, system } = process.cpuUsage();
  const lost = hosts.reduce((sum, host) => sum + host.lost, 0);
  say({ ended: { lost, rss_mb: maxRSS / 1024, cpu_s: (user + system) / 1e6 } });
  await Promise.all(hosts.map(host => host.close()));
  process.exit();
}

createInterface({ input: process.stdin })
  .on('line', line => {
    const order = JSON.parse(line) as Order;
    if ('burst' in order) for (const host of hosts) host.burst(order.burst);
    else if ('pump' in order) void hosts[0]?.pump(order.pump);
    else void end();
  })
  .on('close', () => process.exit());
