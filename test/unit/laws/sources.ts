/** What the laws read: the source files, their imports, their words without comments and strings. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Source {
  /** From the root of the tree, e.g. `agent/faults/link.ts`. */
  file: string;
  text: string;
}

/** All files of a folder and below with one of these endings. */
export function sources(folder: string, ...endings: string[]): Source[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && endings.some(ending => entry.name.endsWith(ending)))
    .map(entry => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
    .filter(file => !/(^|\/)(build|node_modules)\//.test(file))
    .sort()
    .map(file => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }));
}

export interface Import {
  /** A path from the root, or the name of a module. */
  target: string;
  typeOnly: boolean;
  /** It runs in a thread of its own. */
  thread: boolean;
}

/** Static, re-exporting and dynamic imports of a TypeScript source. */
export function importsOf({ file, text }: Source): Import[] {
  const code = withoutComments(text);
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, thread = false) => {
    const local = specifier.startsWith('.');
    const target = local ? path.join(path.dirname(file), specifier) : specifier;
    found.push({ target, typeOnly, thread });
  };
  for (const [, keyword, type, names, specifier] of code.matchAll(
    /\b(import|export)\s+(type\s+)?([\w$*{}\s,]*?)\s*from\s*['"]([^'"]+)['"]/g,
  )) {
    add(specifier!, type !== undefined || (keyword === 'import' && onlyTypes(names!)));
  }
  for (const [, specifier] of code.matchAll(/\bimport\s*['"]([^'"]+)['"]/g)) add(specifier!, false);
  for (const [, specifier] of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)) {
    add(specifier!, false);
  }
  for (const [, specifier] of code.matchAll(/\bnew URL\(\s*['"](\.[^'"]+\.ts)['"]/g)) {
    add(specifier!, false, true);
  }
  return found;
}

function onlyTypes(names: string): boolean {
  const listed = /^\{([\s\S]*)\}$/.exec(names.trim());
  if (!listed) return false;
  const each = listed[1]!
    .split(',')
    .map(name => name.trim())
    .filter(Boolean);
  return each.length > 0 && each.every(name => name.startsWith('type '));
}

/** The file and all that it loads into its own thread. */
export function loadedBy(file: string): Source[] {
  const all = new Map(sources('agent', '.ts').map(source => [source.file, source]));
  const loaded = new Set<string>();
  const visit = (name: string) => {
    const source = all.get(name);
    if (source === undefined || loaded.has(name)) return;
    loaded.add(name);
    for (const { target, typeOnly, thread } of importsOf(source)) {
      if (!typeOnly && !thread) visit(target);
    }
  };
  visit(file);
  return [...loaded].map(name => all.get(name)!);
}

/** C and TypeScript comments become blanks. Good enough for sources that a formatter keeps. */
export function withoutComments(text: string): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g,
    part => (part.startsWith('/') ? part.replace(/[^\n]/g, ' ') : part),
  );
}

/** The code alone: no comments, and strings emptied (what a template computes stays). */
export function codeOf(text: string): string {
  return withoutComments(text)
    .replace(/'(?:\\.|[^'\\\n])*'/g, "''")
    .replace(/"(?:\\.|[^"\\\n])*"/g, '""')
    .replace(/`(?:\\.|[^`\\])*`/g, part =>
      [...part.matchAll(/\$\{([^}]*)\}/g)].map(m => m[1]).join(' '),
    );
}

/** `agent/faults/link.ts` → `faults`; `agent/main.ts` → `main`. */
export function roomOf(file: string): string {
  const [, first = '', second] = file.split('/');
  return second === undefined ? first.replace(/(\.d)?\.ts$/, '') : first;
}
