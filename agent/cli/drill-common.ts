/** What the drill verbs share: where plans lie, and the guard. */
import path from 'node:path';
import { findGuard, guardCandidates } from '../drills/guard-path.ts';
import { openPlanFolder, PlanFolderError } from '../drills/plans.ts';
import type { Context } from './context.ts';
import { CliError, EXIT } from './exit.ts';

export const planFolder = (context: Context): string =>
  path.resolve(context.options.runDir, 'drills');

/** Makes the folder of plans if it is not there. @throws CliError when others could write to it */
export function safePlanFolder(context: Context): string {
  const folder = planFolder(context);
  try {
    openPlanFolder(folder);
  } catch (error) {
    if (error instanceof PlanFolderError) throw new CliError(EXIT.usage, error.message);
    throw error;
  }
  return folder;
}

/** @throws CliError naming where it was looked for */
export function requireGuard(context: Context, option: string | undefined): string {
  const candidates = guardCandidates({
    option,
    environment: process.env.PATHWARDEN_GUARD,
    entry: context.entry,
  });
  const found = findGuard(candidates);
  if (found) return found;
  throw new CliError(
    EXIT.usage,
    `pathwarden-guard was not found; looked for ${candidates.join(', ')}`,
    'Build it (make -C native) or name it with --guard or PATHWARDEN_GUARD.',
  );
}
