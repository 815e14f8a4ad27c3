/** The real CLI as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../agent/cli/main.ts', import.meta.url));

export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  child: ChildProcess;
  /** Resolved when stdout contains it. */
  says(text: string): Promise<void>;
  ended: Promise<Ran>;
}

export function start(words: string[], options: { uid?: number; gid?: number } = {}): Started {
  const child = spawn(process.execPath, [MAIN, ...words], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, TZ: 'UTC' },
  });
  let stdout = '';
  let stderr = '';
  const waiting: (() => void)[] = [];
  child.stdout?.on('data', chunk => {
    stdout += chunk;
    for (const look of waiting) look();
  });
  child.stderr?.on('data', chunk => {
    stderr += chunk;
  });
  const ended = new Promise<Ran>(resolve =>
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
  );
  return {
    child,
    ended,
    says: text =>
      new Promise((resolve, reject) => {
        const look = () => stdout.includes(text) && resolve();
        waiting.push(look);
        look();
        ended.then(r => reject(new Error(`it ended without saying ${text}: ${r.stderr}`)));
      }),
  };
}

export const cli = (...words: string[]): Promise<Ran> => start(words).ended;
