/**
 * Every long-lived process of a lab. Each runs in a session of its own, is known by its pid, killed by its pid and reaped;
 * what it prints lies in the lab's log folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inNetns, untapped } from './run.ts';
import { sleep } from './wait.ts';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Running {
  name: string;
  pid: number;
  child: ChildProcess;
  /** Standard error, and standard output unless it is piped. */
  log: string;
  /** Resolves when it has ended and was reaped; never rejects. */
  exited: Promise<Exit>;
  exit: Exit | null;
  endBy: NodeJS.Signals;
}

export interface StartOptions {
  netns?: string;
  env?: Record<string, string>;
  cwd?: string;
  /** Give the caller stdin and stdout rather than a log file. */
  piped?: boolean;
  /** How stop() asks it to end, SIGTERM if not said. */
  endBy?: NodeJS.Signals;
}

export class Processes {
  readonly #logs: string;
  readonly #running = new Map<number, Running>();
  readonly #onChange: (pids: number[]) => void;

  /** logs: an existing folder. onChange hears the pids after each start and end. */
  constructor(logs: string, onChange: (pids: number[]) => void = () => {}) {
    this.#logs = logs;
    this.#onChange = onChange;
  }

  /** Starts argv. Throws when the program cannot be started at all. */
  async start(name: string, argv: readonly string[], options: StartOptions = {}): Promise<Running> {
    const [file, ...args] = untapped(options.netns ? inNetns(options.netns, argv) : argv);
    const log = join(this.#logs, `${name}.log`);
    const fd = openSync(log, 'a');
    const child = spawn(file!, args, {
      detached: true, // setsid
      stdio: options.piped ? ['pipe', 'pipe', fd] : ['ignore', fd, fd],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    closeSync(fd);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const running: Running = {
      name,
      pid: child.pid!,
      child,
      log,
      exit: null,
      endBy: options.endBy ?? 'SIGTERM',
      exited: new Promise(resolve => {
        child.once('exit', (code, signal) => {
          running.exit = { code, signal };
          this.#running.delete(running.pid);
          this.#changed();
          resolve(running.exit);
        });
      }),
    };
    this.#running.set(running.pid, running);
    this.#changed();
    return running;
  }

  /** Sends the signal and, if it has not ended after graceMs, SIGKILL. Returns how it ended. */
  async stop(
    running: Running,
    signal: NodeJS.Signals = running.endBy,
    graceMs = 3000,
  ): Promise<Exit> {
    if (running.exit === null) {
      // A stopped process takes no SIGTERM.
      running.child.kill('SIGCONT');
      running.child.kill(signal);
      const late = setTimeout(() => running.child.kill('SIGKILL'), graceMs);
      running.exited.then(() => clearTimeout(late));
    }
    return running.exited;
  }

  /** Ends all of them, the youngest first. */
  async stopAll(): Promise<void> {
    for (const running of [...this.#running.values()].reverse()) await this.stop(running);
  }

  get running(): Running[] {
    return [...this.#running.values()];
  }

  #changed(): void {
    this.#onChange([...this.#running.keys()]);
  }
}

/** The last lines of a process's log, for an error message. */
export function tail(running: Running, lines = 12): string {
  return readFileSync(running.log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/** Start time in clock ticks since boot: with the pid it names a process for ever. null: there is none (or a zombie). */
export function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** SIGKILL to one pid, if it is still the process that started at `started`; waits until it is gone. */
export async function killExactly(pid: number, started: string): Promise<void> {
  if (startTime(pid) !== started) return;
  process.kill(pid, 'SIGKILL');
  for (let i = 0; i < 200 && startTime(pid) === started; i++) await sleep(10);
}
