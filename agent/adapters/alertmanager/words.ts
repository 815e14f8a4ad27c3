/** Requests that overtake each other: which of them has the last word about an alert. */
import type { PostableAlert } from './map.ts';

/** An alert as a request says it. */
export interface Said {
  alert: PostableAlert;
  /** False: it is resolved. */
  fires: boolean;
}

/** An Alertmanager knows an alert by its labels. */
export const identity = ({ labels }: PostableAlert): string =>
  JSON.stringify(Object.entries(labels));

/** Remembers alerts only while a request about them is under way. */
export class LastWord {
  readonly #last = new Map<string, Said & { requests: number }>();

  /** A request with these begins. */
  begin(said: readonly Said[]): void {
    for (const one of said) {
      const key = identity(one.alert);
      const requests = (this.#last.get(key)?.requests ?? 0) + 1;
      this.#last.set(key, { ...one, requests });
    }
  }

  /** Nothing was said about it since. */
  stands(alert: PostableAlert): boolean {
    return this.#last.get(identity(alert))?.alert === alert;
  }

  /** The request has ended, however it did. What was said since, where that is the contrary. */
  end(said: readonly Said[]): Said[] {
    const contrary: Said[] = [];
    for (const { alert, fires } of said) {
      const key = identity(alert);
      const last = this.#last.get(key);
      if (!last) continue;
      if (last.fires !== fires) contrary.push({ alert: last.alert, fires: last.fires });
      last.requests -= 1;
      if (last.requests === 0) this.#last.delete(key);
    }
    return contrary;
  }
}
