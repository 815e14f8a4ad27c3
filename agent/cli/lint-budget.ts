/** Budgets and the choice of groups for the linter, from pathwarden's own configuration where that is to be read. */
import path from 'node:path';
import { parse } from 'yaml';
import { DEFAULT_CONFIG_PATH } from '../config/load.ts';
import { budgetMs, configSchema, watchesGroup } from '../config/schema.ts';
import { openTree, type Read, type Tree } from '../lint/tree.ts';
import { CliError, EXIT } from './exit.ts';

export interface Budgets {
  budgetMs(group: string): number;
  wanted(group: string): boolean;
  /** The part of the configuration that was used, for a bundle: the rest may hold secrets. */
  kept: string | null;
  /** Why it could not be used, and the default counts; null: it could, or there is none. */
  problem: string | null;
}

/** Only these keys: others may be wrong, or name files that are not for us or not in this bundle. */
const schema = configSchema.pick({ budget_ms: true, groups: true });

/** @throws CliError for a configuration that was named and cannot be used */
export function budgetsOf(named: string | undefined, tree: Tree): Budgets {
  const file = named === undefined ? DEFAULT_CONFIG_PATH : path.resolve(named);
  const read = (named === undefined ? tree : openTree('/')).read(file);
  if (read.state === 'absent' && named === undefined) return using({}, null);
  const found = read.state === 'text' ? parsed(read.text) : whyNot(read);
  if (typeof found === 'object') return using(found, JSON.stringify(found));
  if (named !== undefined) throw new CliError(EXIT.usage, `${named} ${found}`);
  return { ...using({}, null), problem: `${file} ${found}: budgets are 1000 ms` };
}

function using(input: object, kept: string | null): Budgets {
  const config = schema.parse(input);
  return {
    budgetMs: group => budgetMs(config, group),
    wanted: group => watchesGroup(config.groups, group),
    kept,
    problem: null,
  };
}

const whyNot = (read: Exclude<Read, { state: 'text' }>): string =>
  read.state === 'bad'
    ? read.why
    : { absent: 'is not there', denied: 'may not be read' }[read.state];

/** A text: why it is none. */
function parsed(text: string): object | string {
  try {
    const { budget_ms, groups } = parse(text, { maxAliasCount: 50 }) ?? {};
    const input = {
      ...(budget_ms === undefined ? {} : { budget_ms }),
      ...(groups ? { groups } : {}),
    };
    if (schema.safeParse(input).success) return input;
  } catch {
    // What is wrong is for `config check` to say.
  }
  return 'is not valid (see: pathwarden config check)';
}
