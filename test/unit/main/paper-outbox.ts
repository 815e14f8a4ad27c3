/** An outbox that keeps what it is given, for tests of those who give it. */
import type { Letter, Outbox, PendingOf } from '../../../agent/outbox/api.ts';
import type { AlarmChange } from '../../../agent/types.ts';

export class PaperOutbox implements Outbox {
  readonly recovered = { state: null, cursor: null, lost: false, unclean: false };
  readonly changes: AlarmChange[] = [];
  /** As it would be read back. */
  state: unknown = null;
  readonly rebuiltFor: string[] = [];
  letterList: Letter[] = [];

  put({ changes, state }: Parameters<Outbox['put']>[0]): Promise<boolean> {
    this.changes.push(...changes);
    this.state = JSON.parse(JSON.stringify(state));
    return Promise.resolve(true);
  }
  pending = (): PendingOf[] => [];
  histograms = () => [];
  letters = () => Promise.resolve(this.letterList);
  retry = (letters: readonly number[]) => Promise.resolve(letters.length);
  drop = (letters: readonly number[]) => Promise.resolve(letters.length);
  journal = () => Promise.resolve({ entries: [], first: 0, last: 0 });
  follow = () => () => {};
  rebuilt(reason: string): void {
    this.rebuiltFor.push(reason);
  }
  close = () => Promise.resolve(true);
  failing = () => ({});
}
