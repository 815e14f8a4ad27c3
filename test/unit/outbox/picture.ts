/** What a receiver makes of the notices that reached it. */
import type { Notice, RebuiltNotice } from '../../../agent/types.ts';

export class Picture {
  /** Alarms that it takes for active. */
  readonly known = new Set<string>();
  readonly heardOf = new Set<string>();
  /** The last revision of each. */
  readonly last = new Map<string, number>();
  /** Keys that came after a later revision of the same alarm, and were no repetition. */
  readonly outOfOrder: string[] = [];
  readonly rebuilt: RebuiltNotice[] = [];
  readonly repeated: string[] = [];

  constructor(notices: readonly (Notice | RebuiltNotice)[]) {
    const seen = new Set<string>();
    for (const notice of notices) {
      if (seen.has(notice.key)) this.repeated.push(notice.key);
      else if ('change' in notice) this.#take(notice);
      else this.rebuilt.push(notice);
      seen.add(notice.key);
    }
  }

  #take({ key, change }: Notice): void {
    const { id } = change.alarm;
    if (change.revision < (this.last.get(id) ?? 0)) this.outOfOrder.push(key);
    this.last.set(id, change.revision);
    this.heardOf.add(id);
    if (change.kind === 'cleared') this.known.delete(id);
    else if (change.alarm.alarmClearedTime === null) this.known.add(id);
  }
}
