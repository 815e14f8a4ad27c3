/** What the lab is made of: unpacked Debian packages in the cache, see the script `fetch` beside this file. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const KERNELS = ['6.1', '6.12'] as const;
export type Kernel = (typeof KERNELS)[number];

export interface Trees {
  /** QEMU and its firmware. */
  qemu: string;
  /** Laid over the host's root in the guest. */
  guest: string;
  /** vmlinux, lib/modules. */
  kernel: string;
}

/** Exit code of everything here when QEMU or the kernel cannot be had; the reason is on standard error. */
export const UNAVAILABLE = 77;

export class Unavailable extends Error {}

/** Takes seconds to a minute when something is missing, else milliseconds. Throws Unavailable. */
export function fetchTrees(
  kernel: Kernel,
  refresh = false,
  onStart: (pid: number) => void = () => {},
): Promise<Trees> {
  const fetch = [join(import.meta.dirname, 'fetch'), kernel, ...(refresh ? ['--refresh'] : [])];
  // A process group, so that apt can be ended together with the script; and never outlives this process.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...fetch], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  if (child.pid !== undefined) onStart(child.pid);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      const [qemu, guest, tree] = said.split('\n');
      if (code === 0 && qemu && guest && tree) resolve({ qemu, guest, kernel: tree });
      else if (code === UNAVAILABLE) reject(new Unavailable('QEMU or the kernel cannot be had'));
      else reject(new Error(`fetching QEMU and the kernel failed: exit code ${code}`));
    });
  });
}
