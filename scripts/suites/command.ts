/** Runs a suite's command and hands on what it prints, as it prints it. */
import { spawn } from 'node:child_process';

/** Resolves with the exit code; -1 when a signal ended it or it could not start. errors: where standard error goes. */
export function follow(
  argv: readonly string[],
  onText: (text: string) => void,
  errors: 'same' | 'terminal' = 'terminal',
): Promise<number> {
  const [file, ...args] = argv;
  return new Promise(resolve => {
    const child = spawn(file ?? '', args, {
      stdio: ['ignore', 'pipe', errors === 'same' ? 'pipe' : 'inherit'],
    });
    child.stdout?.setEncoding('utf8').on('data', onText);
    child.stderr?.setEncoding('utf8').on('data', onText);
    child.once('error', error => {
      onText(`${error.message}\n`);
      resolve(-1);
    });
    child.once('close', code => resolve(code ?? -1));
  });
}
