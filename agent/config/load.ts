/** Reads a configuration file: either a whole Config, or everything that is wrong with it. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { secretPath } from '../secret.ts';
import { explain, withoutEmptySections } from './explain.ts';
import { positionOf } from './position.ts';
import { closest, formatProblems, keyPath, type Problem } from './problem.ts';
import { type AdapterSettings, type Config, configSchema } from './schema.ts';
import { defaultSource } from './source.ts';

export { formatProblems, type Problem };

/** Read when no other is named; it need not exist. */
export const DEFAULT_CONFIG_PATH = '/etc/pathwarden/config.yaml';

/** More is no configuration, and would hold up the start. */
const FILE_MAX = 1024 * 1024;

/** Kind of adapter → schema of its entry in `adapters`. */
export type AdapterSchemas = Readonly<Record<string, z.ZodType<AdapterSettings>>>;

export type Loaded = { config: Config; problems?: never } | { config?: never; problems: Problem[] };

/**
 * Loads the file at `path`, or with null the default one, which may be missing. All problems are told at once.
 * Never throws.
 */
export function loadConfig(path: string | null, adapterSchemas: AdapterSchemas): Loaded {
  const file = path ?? DEFAULT_CONFIG_PATH;
  let text: string;
  try {
    if (statSync(file).size > FILE_MAX) {
      return {
        problems: [unreadable(file, `is larger than ${FILE_MAX} bytes`, null)],
      };
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    if (path === null && code === 'ENOENT') return parseConfig('', file, adapterSchemas);
    return {
      problems: [unreadable(file, `cannot be read (${code})`, REMEDIES[code] ?? null)],
    };
  }
  return parseConfig(text, file, adapterSchemas);
}

const REMEDIES: Record<string, string> = {
  ENOENT: 'name an existing file with --config',
  EACCES: "make it readable for the agent's user",
  EISDIR: 'name a file, not a folder',
};

function unreadable(file: string, what: string, remedy: string | null): Problem {
  return { file, line: 0, column: 0, key: '', message: what, remedy };
}

/** The same for a text; `file` is named in the problems. */
export function parseConfig(text: string, file: string, adapterSchemas: AdapterSchemas): Loaded {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
  });
  if (document.errors.length > 0) {
    const problems = document.errors.map(error => {
      const { line, col } = lines.linePos(error.pos[0]);
      return {
        file,
        line,
        column: col,
        key: '',
        message: `no YAML: ${error.message}`,
        remedy: null,
      };
    });
    return { problems };
  }
  let raw: unknown;
  try {
    // Aliases may repeat a tree, but not blow it up.
    raw = document.toJS({ maxAliasCount: 50 }) ?? {};
  } catch (error) {
    return {
      problems: [unreadable(file, `no YAML: ${(error as Error).message}`, null)],
    };
  }

  const problems: Problem[] = [];
  const tell = (path: PropertyKey[], message: string, remedy: string | null, onKey = false) => {
    const { line, column } = positionOf(document, lines, path, onKey);
    problems.push({ file, line, column, key: keyPath(path), message, remedy });
  };
  const check = <T>(schema: z.ZodType<T>, value: unknown, at: PropertyKey[]): T | undefined => {
    const input = withoutEmptySections(schema, value);
    const result = schema.safeParse(input);
    if (result.success) return result.data;
    for (const found of explain(schema, input, result.error.issues)) {
      tell([...at, ...found.path], found.message, found.remedy, found.onKey);
    }
    return undefined;
  };

  const checked = check(configSchema, raw, []);
  if (checked) {
    checkFiles(checked.api, (at, ...problem) => tell(['api', ...at], ...problem));
  }
  const entries = (raw as { adapters?: unknown } | null)?.adapters;
  const adapters: AdapterSettings[] = [];
  for (const [index, entry] of (Array.isArray(entries) ? entries : []).entries()) {
    const kind = (entry as { kind?: unknown } | null)?.kind;
    if (typeof kind !== 'string') continue;
    const schema = Object.hasOwn(adapterSchemas, kind) ? adapterSchemas[kind] : undefined;
    if (!schema) {
      const kinds = Object.keys(adapterSchemas);
      const near = closest(kind, kinds);
      tell(
        ['adapters', index, 'kind'],
        `expected one of ${kinds.join(', ')}, found ${JSON.stringify(kind)}`,
        near && `did you mean ${near}?`,
      );
      continue;
    }
    const settings = check(schema, entry, ['adapters', index]);
    if (!settings) continue;
    checkFiles(settings, (at, ...problem) => tell(['adapters', index, ...at], ...problem));
    if (adapters.some(other => other.name === settings.name)) {
      tell(
        ['adapters', index, 'name'],
        `another adapter has the name ${settings.name}`,
        'name it differently',
      );
    }
    if (settings.primary && adapters.some(other => other.primary)) {
      tell(
        ['adapters', index, 'primary'],
        'another adapter is primary',
        'leave primary: true at one of them',
      );
    }
    adapters.push(settings);
  }
  if (!checked || problems.length > 0) return { problems };
  if (adapters[0] && !adapters.some(adapter => adapter.primary)) adapters[0].primary = true;
  return {
    config: { ...checked, source: checked.source ?? defaultSource(), adapters },
  };
}

/** By convention a key that ends in `_file` names a file that the agent reads, however deep it stands. */
function checkFiles(
  settings: object,
  tell: (at: string[], message: string, remedy: string) => void,
): void {
  for (const [key, value] of Object.entries(settings)) {
    if (value !== null && typeof value === 'object') {
      checkFiles(value, (at, ...problem) => tell([key, ...at], ...problem));
    }
    if (!key.endsWith('_file') || typeof value !== 'string') continue;
    const file = secretPath(value);
    // Whoever checks a configuration by hand has not the credentials of the unit.
    if (file === null) continue;
    try {
      accessSync(file, constants.R_OK);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'error';
      tell(
        [key],
        `${value} cannot be read (${code})`,
        "create it, and make it readable for the agent's user",
      );
    }
  }
}
