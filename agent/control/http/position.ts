/**
 * A place in the journal, as a client keeps it: the number of a change, and a mark of what the change was. After a spool
 * was lost, or a change that was told never reached the disk, the number may stand for another one. Pure.
 */
import { createHash } from 'node:crypto';
import type { JournalEntry } from '../../outbox/api.ts';

export interface Position {
  n: number;
  /** Null: there is none; the number alone counts. */
  mark: string | null;
  /** As the client has it. */
  text: string;
}

const markOf = ({ change }: JournalEntry): string =>
  createHash('sha256').update(`${change.alarm.id}/${change.revision}`).digest('hex').slice(0, 16);

export const writePosition = (entry: JournalEntry): string => `${entry.n}-${markOf(entry)}`;

/** `text` as the schema has it. */
export function readPosition(text: string): Position {
  const [n, mark] = text.split('-');
  return { n: Number(n), mark: mark ?? null, text };
}

/** Does the entry with this number bear it out? */
export const isAt = ({ n, mark }: Position, entry: JournalEntry | undefined): boolean =>
  entry !== undefined && entry.n === n && mark === markOf(entry);
