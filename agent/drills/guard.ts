/**
 * One pathwarden-guard: the program that makes a cut and undoes it. It lives in a session of its own; each of the two
 * notices the other's death (the guard: the end of its stdin, and a pidfd; we: its exit).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { Queue } from './queue.ts';

/** Its exit codes (native/guard.h). */
export const GUARD_EXIT = {
  restored: 0,
  world: 1,
  usage: 2,
  refused: 3,
  differences: 4,
  invalid: 5,
} as const;

const us = z.int().min(0);
const sentences = z.array(z.string());

/** What it writes, a JSON object a line (native/guard.c). Fields and events beyond these are its own affair. */
const guardEvent = z.discriminatedUnion('event', [
  z.object({ event: z.literal('ready'), warnings: sentences.default([]) }),
  z.object({ event: z.literal('cut'), t_us: us, uncertainty_us: us }),
  z.object({ event: z.literal('edge'), t_us: us, up: z.boolean() }),
  z.object({
    event: z.literal('healed'),
    t_us: us,
    cause: z.string(),
    hits: z.object({ in: z.int().min(0), out: z.int().min(0) }).nullish(),
    /** What is not as before and should be. */
    differences: sentences.default([]),
    restored: sentences.default([]),
    /** Routes that differ still, which their routing daemons put back. */
    owners: sentences.default([]),
    failures: sentences.default([]),
  }),
  z.object({ event: z.literal('done') }),
  z.object({ event: z.literal('refused'), reason: z.string() }),
  z.object({ event: z.literal('error'), reason: z.string() }),
  z.object({ event: z.literal('warning'), reason: z.string() }),
  z.object({
    event: z.literal('checked'),
    differences: sentences.default([]),
    owners: sentences.default([]),
  }),
  z.object({ event: z.literal('discarded'), reason: z.string() }),
]);

export type GuardEvent = z.infer<typeof guardEvent>;
export type GuardEventOf<E extends GuardEvent['event']> = Extract<GuardEvent, { event: E }>;

export interface GuardExit {
  code: number | null;
  signal: string | null;
  /** The end of what it wrote on stderr. */
  stderr: string;
}

export interface Guard {
  readonly pid: number;
  /** Events in order; null when there will be no more. */
  readonly events: Queue<GuardEvent>;
  readonly exited: Promise<GuardExit>;
  cut(): void;
  heal(): void;
  /** SIGKILL. */
  kill(): void;
}

/** Kept of its stderr. */
const STDERR_MAX = 4096;

/**
 * Starts `file` with `args` and gives it commands and ears.
 *
 * @throws Error when it cannot be started
 */
export async function startGuard(file: string, args: string[]): Promise<Guard> {
  const child = spawn(file, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  await started(child);
  const events = new Queue<GuardEvent>();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_MAX);
  });
  // It may be gone when we write; its exit is what tells.
  child.stdin.on('error', () => {});
  createInterface({ input: child.stdout }).on('line', line => {
    const parsed = parseGuardEvent(line);
    if (parsed) events.push(parsed);
  });
  const exited = new Promise<GuardExit>(resolve => {
    child.on('close', (code, signal) => {
      events.end();
      resolve({ code, signal, stderr: stderr.trim() });
    });
  });
  const say = (word: string) => {
    if (child.stdin.writable) child.stdin.write(`${word}\n`);
  };
  return {
    pid: child.pid ?? 0,
    events,
    exited,
    cut: () => say('cut'),
    heal: () => say('heal'),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** A line of the guard; null for one that is none of its events. */
export function parseGuardEvent(line: string): GuardEvent | null {
  try {
    const parsed = guardEvent.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

const started = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });

export interface GuardRun {
  exit: GuardExit;
  events: GuardEvent[];
}

/** Runs it to its end, e.g. `undo --plan FILE`, and collects its events. */
export async function runGuard(
  file: string,
  args: string[],
  timeoutMs = 30_000,
): Promise<GuardRun> {
  const guard = await startGuard(file, args);
  const events: GuardEvent[] = [];
  const until = Date.now() + timeoutMs;
  for (;;) {
    const next = await guard.events.next(Math.max(0, until - Date.now()));
    if (next === null) break;
    if (next === 'late')
      throw new Error(`${file} ${args[0]} (pid ${guard.pid}) has not ended after ${timeoutMs} ms`);
    events.push(next);
  }
  return { exit: await guard.exited, events };
}
