/** Runs the webhook receiver and remembers what it was told, in order of arrival. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Processes, Running } from './processes.ts';
import { tail } from './processes.ts';
import type { ReceiverMode } from './receiver-process.ts';
import { isToldChange, type Told } from './told.ts';
import { until } from './wait.ts';

export interface CloudEvent {
  specversion: string;
  id: string;
  source: string;
  type: string;
  time?: string;
  subject?: string;
  data: unknown;
}

export interface Received {
  /** µs CLOCK_MONOTONIC when the request was complete. */
  t_us: number;
  event: CloudEvent;
}

export class Receiver {
  readonly port: number;
  readonly received: Received[] = [];
  /** Requests whose body was not JSON. */
  bad = 0;
  #mode: ReceiverMode = 'ok';
  readonly #processes: Processes;
  #process: Running | null = null;
  readonly #where: {
    netns: string;
    address: string;
    dir: string;
    name: string;
  };

  constructor(
    processes: Processes,
    where: { netns: string; address: string; dir: string; name: string },
    port = 8080,
  ) {
    this.#processes = processes;
    this.#where = where;
    this.port = port;
  }

  async start(): Promise<void> {
    const script = join(import.meta.dirname, 'receiver-process.ts');
    const running = await this.#processes.start(
      this.#where.name,
      [process.execPath, script, this.#where.address, String(this.port)],
      { netns: this.#where.netns, piped: true },
    );
    this.#process = running;
    let listening = false;
    createInterface({ input: running.child.stdout! }).on('line', line => {
      const said = JSON.parse(line);
      if ('listening' in said) listening = true;
      else if ('mode' in said) this.#mode = said.mode;
      else if ('event' in said) {
        this.received.push(said);
        appendFileSync(join(this.#where.dir, `${this.#where.name}.jsonl`), `${line}\n`);
      } else this.bad++;
    });
    await until(
      'the webhook receiver',
      () => {
        if (running.exit) throw new Error(tail(running));
        return listening;
      },
      30_000,
    );
  }

  /** Takes effect before it resolves. */
  async setMode(mode: ReceiverMode): Promise<void> {
    this.#process!.child.stdin!.write(`${JSON.stringify({ mode })}\n`);
    await until(`receiver mode ${mode}`, () => this.#mode === mode);
  }

  /** Refuses connections until start() is called again. */
  async stop(): Promise<void> {
    if (this.#process) await this.#processes.stop(this.#process, 'SIGKILL');
    this.#process = null;
  }

  /** Alarm changes in order of arrival, each key (source + id) once: delivery is at least once. */
  alarms(sinceUs = 0): Told[] {
    const seen = new Set<string>();
    const out: Told[] = [];
    for (const { t_us, event } of this.received) {
      const key = `${event.source} ${event.id}`;
      if (!isToldChange(event.data) || seen.has(key)) continue;
      seen.add(key);
      if (t_us >= sinceUs) out.push({ t_us, source: event.source, change: event.data });
    }
    return out;
  }
}
