/** What every verb gets: its terminal, the global options, and a way to the agent. */
import path from 'node:path';
import type { ControlClient, ControlError } from '../control/client.ts';
import { CliError, EXIT, type ExitCode } from './exit.ts';
import { type Terminal, terminalOf } from './terminal.ts';

export interface GlobalOptions {
  config?: string;
  socketDir?: string;
  runDir: string;
}

export interface Context {
  out: Terminal;
  err: Terminal;
  options: GlobalOptions;
  /** SIGINT, SIGTERM, SIGHUP, or nobody reads our output any more: end in good order. */
  interrupt: AbortSignal;
  /** The file that runs: the bundle, or this folder's main.ts. */
  entry: string;
}

/** Plans of drills lie in `drills` below it; the helper's socket beside that. Root's alone. */
export const DEFAULT_RUN_DIR = '/run/pathwarden';
/** Folder of the agent's sockets, unless its configuration says otherwise (config/schema.ts, run_dir). */
const DEFAULT_SOCKET_DIR = '/run/pathwarden-agent';

export const makeContext = (
  options: GlobalOptions,
  entry: string,
  interrupt: AbortSignal,
): Context => ({
  out: terminalOf(process.stdout),
  err: terminalOf(process.stderr),
  options,
  interrupt,
  entry,
});

export type SocketName = 'view' | 'admin';

/**
 * `--socket-dir`, else the configuration's run_dir, else the default. A configuration that cannot be read is an error
 * only if it was named: it may hold secrets that an operator may not see.
 */
export async function socketDir(options: GlobalOptions): Promise<string> {
  if (options.socketDir) return path.resolve(options.socketDir);
  const { formatProblems, readConfig } = await import('./configuration.ts');
  const loaded = await readConfig(options.config ?? null);
  if (loaded.config) return loaded.config.run_dir;
  if (options.config) throw new CliError(EXIT.usage, formatProblems(loaded.problems));
  return DEFAULT_SOCKET_DIR;
}

/** @throws CliError (unreachable) with what to do about it */
export async function connectAgent(context: Context, name: SocketName): Promise<ControlClient> {
  const folder = await socketDir(context.options);
  const { connectControl } = await import('../control/client.ts');
  try {
    return await connectControl(path.join(folder, `${name}.sock`));
  } catch (error) {
    throw explainControl(error);
  }
}

/** A ControlError as an operator's message; anything else as it is. */
export function explainControl(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'ControlError') return error;
  const { code: cause, message } = error as ControlError;
  const remedies: Record<string, string> = {
    'not-running':
      'Start it (systemctl start pathwarden, or: pathwarden agent), or name its sockets with --socket-dir.',
    denied: 'Run it as root; for what only looks, the group pathwarden is enough.',
    timeout: 'The agent is overloaded or hangs; its log tells more.',
    closed: 'The agent ended or restarted; its log tells more.',
  };
  const code = cause === 'refused' ? EXIT.no : EXIT.unreachable;
  return new CliError(code, message, remedies[cause] ?? null);
}

/** Asks on a socket, and leaves. */
export async function ask<T>(
  context: Context,
  question: (client: ControlClient) => Promise<T>,
  socket: SocketName = 'view',
): Promise<T> {
  const client = await connectAgent(context, socket);
  try {
    return await question(client);
  } catch (error) {
    throw explainControl(error);
  } finally {
    client.close();
  }
}

/** JSON for machines: a document with an end of line. */
export const writeJson = (out: Terminal, value: unknown): void =>
  out.write(`${JSON.stringify(value, null, 2)}\n`);

/** JSON for machines: one line of a stream. */
export const writeJsonLine = (out: Terminal, value: unknown): void =>
  out.write(`${JSON.stringify(value)}\n`);

/**
 * Until the operator has seen enough: the exit code of what ended it.
 *
 * @throws what `closed` resolves with, when the agent goes first
 */
export async function untilInterrupted(
  context: Context,
  closed: Promise<Error>,
): Promise<ExitCode> {
  const { interrupt } = context;
  const stop = new Promise<null>(resolve => {
    if (interrupt.aborted) resolve(null);
    else interrupt.addEventListener('abort', () => resolve(null), { once: true });
  });
  const error = await Promise.race([closed, stop]);
  if (error) throw error;
  return interruptCode(interrupt);
}

/** What main.ts aborts with: 130 or 143 for a signal, 0 when nobody reads any more. */
export const interruptCode = (interrupt: AbortSignal): ExitCode => interrupt.reason as ExitCode;
