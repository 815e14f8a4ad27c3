/** The kernel's release, which decides what some settings mean. */
import { setting, type Tree } from '../tree.ts';
import type { Value } from '../value.ts';

export const readKernel = (tree: Tree): Value<string> =>
  setting(tree, '/proc/sys/kernel/osrelease', 'a release such as 6.1.0', text =>
    /^\d+\.\d+/.test(text) ? text : null,
  );

/** False when the release is not known. */
export function atLeast(kernel: Value<string>, major: number, minor: number): boolean {
  if (kernel.state !== 'known') return false;
  const [a = 0, b = 0] = kernel.value.split(/[.-]/).map(Number);
  return a > major || (a === major && b >= minor);
}
