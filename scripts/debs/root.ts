/** An unpacked root of Debian packages, which a lab's daemons run in; the script `fetch` of the lab makes it (unpack.sh). */
import { spawn } from 'node:child_process';
import { untapped } from '../lab/run.ts';

/** Exit code of a `fetch` and of what calls it when the packages cannot be had; the reason is on standard error. */
export const UNAVAILABLE = 77;

/** The packages cannot be had here; the message says why. */
export class Unavailable extends Error {}

/** What a lab puts before each line that it says. */
export const withoutLab = (line: string): string => line.replace(/^[a-z]+: /, '');

/**
 * Path of the root. Takes a minute when it is missing, else milliseconds. netns: path of the network namespace that packages
 * come from. Throws Unavailable.
 */
export function fetchRoot(script: string, netns = '/proc/self/ns/net'): Promise<string> {
  const fetch = untapped(['nsenter', `--net=${netns}`, '--', script]);
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
      const last = withoutLab(complaints.trim().split('\n').at(-1) ?? '');
      if (code === 0) resolve(said.trim());
      else if (code === UNAVAILABLE) reject(new Unavailable(last));
      else reject(new Error(`${script} failed with exit code ${code}: ${last}`));
    });
  });
}
