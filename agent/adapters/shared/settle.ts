/** Attempts: what they make of a promise that may reject or never settle, and when their connections are fresh. */
import { startTimer, type Timer } from '../../time.ts';
import type { SendResult } from '../../types.ts';

export const retry = (reason: string): SendResult => ({
  outcome: 'retry',
  reason,
  after_ms: null,
});

/**
 * Are connections of this time (performance.now()) too young for the attempt that hangs to be on them? One that is fresh comes
 * after timeout_ms, but its timer counts from the beginning of the tick in which they were opened, which is a little earlier.
 */
export const isYoung = (at: number, timeout_ms: number): boolean =>
  performance.now() - at < timeout_ms / 2;

/** One line for the log and `pathwarden outbox`. */
export function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const text =
    typeof code === 'string' && !message.includes(code) ? `${code}: ${message}` : message;
  return String(text ?? error).slice(0, 500);
}

/** What it comes to, or what `late` says when that takes longer. Rejects as it does. */
export async function within<T>(work: Promise<T>, ms: number, late: () => T): Promise<T> {
  let timer: Timer | undefined;
  const over = new Promise<T>(resolve => {
    timer = startTimer(ms, () => resolve(late()));
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    timer?.cancel();
  }
}

/** Never rejects, and settles within the deadline. */
export async function settled(work: Promise<SendResult>, deadline_ms: number): Promise<SendResult> {
  try {
    return await within(work, deadline_ms, () => retry(`no answer within ${deadline_ms} ms`));
  } catch (error) {
    return retry(describe(error));
  }
}
