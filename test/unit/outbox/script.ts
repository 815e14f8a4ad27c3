/** A destination that does what a test tells it: the receiver's side of the outbox. */
import type { Attempt, Destination } from '../../../agent/outbox/destination.ts';
import type { Notice, SendResult } from '../../../agent/types.ts';
import { Queue } from '../support/events.ts';

export interface Sent {
  key: string;
  notice: Notice;
  attempt: Attempt;
  /** Ends the attempt. */
  end(result: SendResult): void;
}

export const DELIVERED: SendResult = { outcome: 'delivered' };
export const RETRY: SendResult = { outcome: 'retry', reason: 'HTTP 503', after_ms: null };
export const REFUSED: SendResult = { outcome: 'refused', reason: 'HTTP 400' };

export class ScriptedDestination implements Destination {
  readonly name: string;
  readonly kind = 'scripted';
  readonly primary = true;
  readonly timeout_ms = 300;
  /** Every attempt, in order. */
  readonly sent: Sent[] = [];
  readonly arrivals = new Queue<Sent>();
  /** What an attempt ends with at once; null: the test ends it. */
  answer: ((notice: Notice) => SendResult | null) | null;
  /** Set by a test: its receiver has a word for a rebuilt list. */
  declare mapRebuilt?: NonNullable<Destination['mapRebuilt']>;
  started = 0;
  closed = 0;
  /** Attempts under way, and the most of one notice there ever were. */
  readonly underWay = new Map<string, number>();
  most = 0;

  constructor(name = 'vim', answer: ScriptedDestination['answer'] = null) {
    this.name = name;
    this.answer = answer;
  }

  wants: Destination['wants'] = () => true;

  map(notice: Notice): unknown {
    return notice;
  }

  send(payload: unknown, attempt: Attempt): Promise<SendResult> {
    const notice = payload as Notice;
    const { key } = notice;
    const running = (this.underWay.get(key) ?? 0) + 1;
    this.underWay.set(key, running);
    this.most = Math.max(this.most, running);
    return new Promise(resolve => {
      const sent: Sent = {
        key,
        // As it was then.
        notice: { ...notice },
        attempt,
        end: result => {
          this.underWay.set(key, (this.underWay.get(key) ?? 1) - 1);
          resolve(result);
        },
      };
      this.sent.push(sent);
      this.arrivals.push(sent);
      const result = this.answer?.(notice) ?? null;
      if (result) sent.end(result);
    });
  }

  start(): void {
    this.started += 1;
  }

  async close(): Promise<void> {
    this.closed += 1;
    for (const { end } of this.sent) end({ outcome: 'retry', reason: 'closed', after_ms: null });
  }

  get keys(): string[] {
    return this.sent.map(({ key }) => key);
  }
}
