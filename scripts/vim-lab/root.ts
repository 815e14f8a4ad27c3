/** The unpacked root that every daemon of the VIM runs in; the script `fetch` beside this file makes it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { untapped } from '../lab/run.ts';
import { startedIn } from './namespace.ts';

/** Exit code of `fetch` and `prepare` when the packages cannot be had; the reason is on standard error. */
export const UNAVAILABLE = 77;

/** The packages cannot be had here; the message says why. */
export class Unavailable extends Error {}

/** Path of the root. Takes a minute when it is missing, else milliseconds. Throws Unavailable. */
export function fetchRoot(): Promise<string> {
  const script = join(import.meta.dirname, 'fetch');
  const fetch = untapped(['nsenter', `--net=${startedIn()}`, '--', script]);
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...fetch], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', text => {
    complaints += text;
    process.stderr.write(text);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      const last =
        complaints
          .trim()
          .split('\n')
          .at(-1)
          ?.replace(/^vim: /, '') ?? '';
      if (code === 0) resolve(said.trim());
      else if (code === UNAVAILABLE) reject(new Unavailable(last));
      else reject(new Error(`fetching the VIM failed with exit code ${code}: ${last}`));
    });
  });
}
