/** The folder of plans: what a guard needs to undo its cut, written before the cut is made. */
import { lstatSync, mkdirSync, readdirSync, type Stats } from 'node:fs';
import path from 'node:path';
import { type GuardRun, runGuard } from './guard.ts';

export const PLAN_SUFFIX = '.plan';

export class PlanFolderError extends Error {
  override name = 'PlanFolderError';
}

/**
 * Makes the folder (0700) if it is not there, and makes sure that nobody but root can put a plan into it, or the
 * folder itself elsewhere: root undoes what is written in a plan.
 *
 * @throws PlanFolderError with the path and what is wrong with it
 */
export function openPlanFolder(folder: string, uid = process.getuid?.() ?? 0): void {
  // What lies above it is shared: the helper's socket is there.
  mkdirSync(path.dirname(folder), { recursive: true, mode: 0o755 });
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const own = lstatSync(folder);
  if (!own.isDirectory()) throw new PlanFolderError(`${folder} is no folder`);
  if (own.uid !== uid || (own.mode & 0o077) !== 0)
    throw new PlanFolderError(
      `${folder} has owner ${own.uid} and mode ${octal(own)}: it must be root's alone (chown 0 and chmod 0700)`,
    );
  for (let at = path.dirname(path.resolve(folder)); ; at = path.dirname(at)) {
    const above = lstatSync(at);
    // A sticky folder (/tmp) lets nobody rename what is not his.
    const others = (above.mode & 0o022) !== 0 && (above.mode & 0o1000) === 0;
    if ((above.uid !== 0 && above.uid !== uid) || others)
      throw new PlanFolderError(
        `${at}, above the plan folder, has owner ${above.uid} and mode ${octal(above)}: somebody else than root could ` +
          'replace the plans in it. Use --run-dir with a folder that is under root alone',
      );
    if (at === path.dirname(at)) return;
  }
}

const octal = (s: Stats): string => (s.mode & 0o7777).toString(8).padStart(4, '0');

/** Plan files in a folder, by name; none if there is no folder. */
export function planFiles(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .filter(n => n.endsWith(PLAN_SUFFIX))
    .sort()
    .map(n => path.join(folder, n));
}

export interface PlanState {
  plan: string;
  /** left behind: its guard is dead, and nobody has undone it. unusable: the guard does not take it, and says why. */
  state: 'running' | 'left behind' | 'unusable';
  details: string[];
}

/** What becomes of each plan in the folder; the guard tells the living from the dead by their locks. */
export async function inspectPlans(folder: string, guard: () => string): Promise<PlanState[]> {
  const states: PlanState[] = [];
  for (const plan of planFiles(folder)) {
    const { events, exit } = await runGuard(guard(), ['check', '--plan', plan]);
    const checked = events.find(e => e.event === 'checked');
    if (checked) {
      const { differences } = checked;
      const details = differences.length > 0 ? differences : ['the kernel reads as before'];
      states.push({ plan, state: 'left behind', details });
    } else states.push({ plan, ...whyNot(events, exit) });
  }
  return states;
}

export interface Cleaned {
  plan: string;
  outcome: 'undone' | 'discarded' | 'running' | 'differences' | 'unusable';
  details: string[];
}

/** Undoes each plan whose guard is dead. Of those that run it keeps its hands off. */
export async function cleanPlans(folder: string, guard: string): Promise<Cleaned[]> {
  const cleaned: Cleaned[] = [];
  for (const plan of planFiles(folder)) {
    const { events, exit } = await runGuard(guard, ['undo', '--plan', plan]);
    const healed = events.find(e => e.event === 'healed');
    const discarded = events.find(e => e.event === 'discarded');
    if (healed && healed.differences.length > 0)
      cleaned.push({ plan, outcome: 'differences', details: healed.differences });
    else if (healed) {
      const details =
        healed.restored.length > 0 ? healed.restored : ['there was nothing to restore'];
      cleaned.push({ plan, outcome: 'undone', details });
    } else if (discarded) cleaned.push({ plan, outcome: 'discarded', details: [discarded.reason] });
    else {
      const { state, details } = whyNot(events, exit);
      cleaned.push({ plan, outcome: state, details });
    }
  }
  return cleaned;
}

/** Words of the guard's refusal while the plan's lock is held (native/guard_file.c). */
const STILL_WORKS = /still works on it/;

function whyNot(
  events: GuardRun['events'],
  exit: GuardRun['exit'],
): { state: 'running' | 'unusable'; details: string[] } {
  const told = events.findLast(e => e.event === 'refused' || e.event === 'error');
  const reason =
    told && 'reason' in told ? told.reason : exit.stderr || `the guard ended with ${exit.code}`;
  return { state: STILL_WORKS.test(reason) ? 'running' : 'unusable', details: [reason] };
}
