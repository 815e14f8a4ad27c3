/** Finding pathwarden-guard. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

export const GUARD = 'pathwarden-guard';

/** Where packages install it. */
const LIBEXEC = '/usr/libexec/pathwarden';

export interface GuardSearch {
  /** `--guard`. */
  option: string | undefined;
  /** PATHWARDEN_GUARD. */
  environment: string | undefined;
  /** The file that runs: the bundle, or agent/cli/main.ts in a checkout. */
  entry: string;
}

/** Where it is looked for, in this order. What was named is looked for alone: a wrong name must not be papered over. */
export function guardCandidates({ option, environment, entry }: GuardSearch): string[] {
  if (option) return [path.resolve(option)];
  if (environment) return [path.resolve(environment)];
  let folder = path.dirname(path.resolve(entry));
  try {
    folder = path.dirname(realpathSync(entry));
  } catch {}
  const beside = [
    path.join(folder, GUARD),
    // build/bundle/pathwarden.mjs, and agent/cli/main.ts of a checkout
    path.join(folder, '..', 'native', GUARD),
    path.join(folder, '..', '..', 'build', 'native', GUARD),
    path.join(LIBEXEC, GUARD),
  ];
  return [...new Set(beside)];
}

/** The first candidate that is an executable file; null: none is. */
export function findGuard(candidates: string[]): string | null {
  for (const file of candidates)
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {}
  return null;
}
