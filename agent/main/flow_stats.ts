/** What the helper knows of each flow's socket, asked for when somebody wants to see it. */
import { type Clock, systemClock, type Timer } from '../time.ts';
import type { Frame, FrameOf } from '../wire.ts';

export type FlowStats = FrameOf<'flow_stats'>['data'];
/** By the flow's number. */
export type StatsByFlow = ReadonlyMap<number, FlowStats>;

/** Who asks again so soon gets the same answer. */
const FRESH_MS = 200;
/** A helper that does not answer by then does without. */
const ANSWER_MS = 500;

interface Question {
  answer: Promise<StatsByFlow | null>;
  resolve(stats: StatsByFlow | null): void;
  timer: Timer;
  /** What has come of it; null: its beginning has not. */
  found: Map<number, FlowStats> | null;
}

export class FlowStatsDesk {
  readonly #ask: () => boolean;
  readonly #clock: Clock;
  #open: Question | null = null;
  #last: { stats: StatsByFlow; at_us: number } | null = null;

  /** ask: sends the request; false: there is no helper. */
  constructor(ask: () => boolean, clock: Clock = systemClock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** Null: the helper has not answered, or not completely. */
  read(): Promise<StatsByFlow | null> {
    if (this.#last !== null && this.#clock.monoUs() - this.#last.at_us < FRESH_MS * 1000) {
      return Promise.resolve(this.#last.stats);
    }
    if (this.#open !== null) return this.#open.answer;
    if (!this.#ask()) return Promise.resolve(null);
    const { promise, resolve } = Promise.withResolvers<StatsByFlow | null>();
    const timer = this.#clock.after(ANSWER_MS, () => this.#end(null));
    this.#open = { answer: promise, resolve, timer, found: null };
    return promise;
  }

  /** True: the frame was part of an answer, ours or another client's, and is no news of anything. */
  take(frame: Frame): boolean {
    if (frame.type === 'flow_stats') {
      this.#open?.found?.set(frame.data.flow, frame.data);
      return true;
    }
    if (frame.type !== 'snapshot' || frame.data.source !== 'flow_stats') return false;
    const { phase, complete } = frame.data;
    if (phase === 'begin' && this.#open !== null) this.#open.found = new Map();
    if (phase === 'end' && this.#open?.found) this.#end(complete ? this.#open.found : null);
    return true;
  }

  #end(stats: StatsByFlow | null): void {
    const question = this.#open;
    this.#open = null;
    question?.timer.cancel();
    if (stats !== null) this.#last = { stats, at_us: this.#clock.monoUs() };
    question?.resolve(stats);
  }
}
