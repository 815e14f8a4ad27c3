/** What the agent sees of its own sight: frames that do not fit, drops that go on, rooms that failed. */
import type { Observation, Us } from '../types.ts';
import type { FrameOf } from '../wire.ts';

type Sight = Extract<Observation, { aspect: 'sight' }>;
type Dropped = FrameOf<'heartbeat'>['data']['dropped'];

export class Sights {
  /** Blind since the last heartbeat, by source. */
  readonly #blind = new Set<string>();
  /** Said to be blind, and not yet to be well again. */
  readonly #told = new Set<string>();
  #dropped: Dropped | null = null;
  #epoch = 0;

  /** Something was not seen, or not judged. Null: so it was already since the last heartbeat. */
  blind(source: string, t: Us, reason: string): Sight | null {
    if (this.#blind.has(source)) return null;
    this.#blind.add(source);
    this.#told.add(source);
    return sight(source, t, 'blind', reason);
  }

  /** Each second: what was blind, and has not been since the last heartbeat, sees again. */
  beat({ t_us: t, dropped, epoch }: FrameOf<'heartbeat'>['data']): Sight[] {
    const before = this.#epoch === epoch ? this.#dropped : null;
    this.#dropped = dropped;
    this.#epoch = epoch;
    const found: Sight[] = [];
    for (const [where, count] of Object.entries(dropped) as [keyof Dropped, number][]) {
      const more = count - (before?.[where] ?? count);
      const seen =
        more > 0 ? this.blind(`drops.${where}`, t, `${more} events dropped within a second`) : null;
      if (seen !== null) found.push(seen);
    }
    for (const source of this.#told) {
      if (this.#blind.has(source)) continue;
      this.#told.delete(source);
      found.push(sight(source, t, 'ok', ''));
    }
    this.#blind.clear();
    return found;
  }
}

const sight = (source: string, t: Us, value: Sight['value'], reason: string): Sight => ({
  probe: 'self',
  aspect: 'sight',
  subject: `source/${source}`,
  value,
  t,
  reason,
});
