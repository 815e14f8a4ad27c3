/** Losses of carrier, and how long each receiver took to acknowledge the alarm. */
import type { Host } from '../lab/product.ts';
import type { Receiver } from '../lab/receiver.ts';
import type { TunNics } from '../lab/tun.ts';
import { until } from '../lab/wait.ts';
import { type Delivered, deliveries } from './vim-deliveries.ts';

const PATIENCE_MS = 60_000;

export interface Loss {
  /** ms from the event to the acknowledgement, by adapter, as the agent has it. */
  took: Map<string, number>;
  /** ms from the cut to the webhook receiver's having the request, by the lab's clock. */
  arrived: number;
}

export class Losses {
  readonly #host: Host;
  readonly #nics: TunNics;
  readonly #receiver: Receiver;

  constructor(host: Host, nics: TunNics, receiver: Receiver) {
    this.#host = host;
    this.#nics = nics;
    this.#receiver = receiver;
  }

  /** Cuts these legs, one after another, and heals them. Each of `adapters` is told of alarms of this type alone. */
  async measure(legs: readonly string[], type: string, adapters: readonly string[]): Promise<Loss> {
    await this.#idle();
    const before = await deliveries(this.#host);
    let cut_us = 0;
    for (const leg of legs) cut_us = await this.#nics.setCarrier(leg, false);
    const after = await this.#acknowledged(before, 1, adapters);
    const told = this.#receiver
      .alarms(cut_us)
      .find(({ change }) => change.kind === 'raised' && change.alarm.type === type);
    if (!told) throw new Error(`the webhook was not told of ${type}`);
    const took = adapters.map(name => {
      const [one, old] = [of(after, name), of(before, name)];
      if (one.count !== old.count + 1) throw new Error(`${name} was told of more than one thing`);
      return [name, one.sum_ms - old.sum_ms] as const;
    });
    for (const leg of legs) await this.#nics.setCarrier(leg, true);
    await this.#acknowledged(before, 2, adapters);
    return { took: new Map(took), arrived: (told.t_us - cut_us) / 1000 };
  }

  async #idle(): Promise<void> {
    await until(
      'nothing to wait any more',
      async () => (await this.#host.ask('status', {})).outbox.every(one => one.pending === 0),
      PATIENCE_MS,
    );
  }

  /** Until each has acknowledged so many more. */
  async #acknowledged(
    before: ReadonlyMap<string, Delivered>,
    more: number,
    adapters: readonly string[],
  ): Promise<Map<string, Delivered>> {
    return await until(
      `${adapters.join(', ')} to acknowledge`,
      async () => {
        const now = await deliveries(this.#host);
        const late = adapters.filter(name => of(now, name).count < of(before, name).count + more);
        if (late.length > 0) throw new Error(`${late.join(', ')} did not`);
        return now;
      },
      PATIENCE_MS,
      100,
    );
  }
}

const of = (all: ReadonlyMap<string, Delivered>, name: string): Delivered =>
  all.get(name) ?? { count: 0, sum_ms: 0 };
