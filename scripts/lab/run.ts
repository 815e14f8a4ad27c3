/** Short-lived commands of the lab: run to completion, output captured, failure told in full. */
import { execFile } from 'node:child_process';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Written to standard input, which is closed after it. */
  input?: string;
  env?: Record<string, string>;
  cwd?: string;
  timeoutMs?: number;
  /** True: a non-zero exit code is returned rather than thrown. */
  mayFail?: boolean;
}

export class CommandError extends Error {
  readonly argv: readonly string[];
  readonly ran: Ran;
  constructor(argv: readonly string[], ran: Ran) {
    const said = (ran.stderr.trim() || ran.stdout.trim()).slice(-2000);
    super(`${argv.join(' ')}: exit ${ran.code}${said ? `: ${said}` : ''}`);
    this.argv = argv;
    this.ran = ran;
  }
}

/** Runs argv without a shell. Throws CommandError on a non-zero exit unless mayFail; -1 stands for a signal or a failed start. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [file, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = execFile(
      file!,
      args,
      {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
        timeout: options.timeoutMs ?? 60_000,
        killSignal: 'SIGKILL',
        env: { ...process.env, ...options.env },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        const ran = {
          code,
          stdout,
          stderr: code === -1 ? `${stderr}${error?.message}` : stderr,
        };
        if (code === 0 || options.mayFail) resolve(ran);
        else reject(new CommandError(argv, ran));
      },
    );
    child.stdin?.on('error', () => {}); // the command may end without reading it
    child.stdin?.end(options.input ?? '');
  });
}

/** argv to be run without tap: it enters the NODE_OPTIONS of every child, from files that other users may not read. */
export function untapped(argv: readonly string[]): string[] {
  return ['env', '-u', 'NODE_OPTIONS', ...argv];
}

/** argv to be run inside a network namespace. Not `ip netns exec`: that mounts another /sys, which hides the cgroups. */
export function inNetns(netns: string, argv: readonly string[]): string[] {
  return ['nsenter', `--net=/run/netns/${netns}`, '--', ...argv];
}
