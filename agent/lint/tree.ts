/**
 * Reads a tree of settings: the live host (`/`), or a folder that looks like one (a support bundle, a fixture).
 *
 * Every read is bounded, nothing throws, and no link in a bundle leads out of it: links are followed by hand, an absolute
 * one from the root of the tree, as chroot(2) would.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import path from 'node:path';
import { absent, known, type Origin, unknown, type Value } from './value.ts';

export type Read =
  | { state: 'text'; text: string }
  | { state: 'absent' }
  | { state: 'denied' }
  | { state: 'bad'; why: string };

export type Listing = Exclude<Read, { state: 'text' }> | { state: 'names'; names: string[] };

export interface Tree {
  /** Paths are absolute, as on the host itself. */
  read(file: string, max?: number): Read;
  list(folder: string): Listing;
  /** Where the path leads once all links are followed; null: nowhere, or nowhere that we may look. */
  resolve(file: string): string | null;
}

/** No setting is longer; a long list of mounts is. */
const FILE_MAX = 1024 * 1024;
const NAMES_MAX = 4096;
/** As in path_resolution(7). */
const LINKS_MAX = 40;

type Failure = Exclude<Read, { state: 'text' }>;
type Resolved = { state: 'path'; file: string } | Failure;

/** @param denied paths that could not be read when the bundle was made: they cannot be here, too */
export function openTree(root: string, denied: readonly string[] = []): Tree {
  const isDenied = (file: string) => denied.some(one => file === one || file.startsWith(`${one}/`));
  const outside = (file: string) => path.join(root, file);

  function follow(file: string): Resolved {
    if (isDenied(path.normalize(file))) return { state: 'denied' };
    let todo = file.split('/').filter(Boolean);
    let at: string[] = [];
    let links = 0;
    while (todo.length > 0) {
      const [name, ...rest] = todo as [string, ...string[]];
      todo = rest;
      if (name === '.') continue;
      if (name === '..') {
        at = at.slice(0, -1);
        continue;
      }
      const here = `/${[...at, name].join('/')}`;
      if (isDenied(here)) return { state: 'denied' };
      const found = lstatSync(outside(here), { throwIfNoEntry: false });
      if (!found) return { state: 'absent' };
      if (!found.isSymbolicLink()) {
        at = [...at, name];
        continue;
      }
      if (++links > LINKS_MAX) return { state: 'bad', why: 'has too many links' };
      const target = readlinkSync(outside(here));
      if (target.startsWith('/')) at = [];
      todo = [...target.split('/').filter(Boolean), ...todo];
    }
    return { state: 'path', file: `/${at.join('/')}` };
  }

  function guarded<T>(file: string, look: (real: string) => T | Failure): T | Failure {
    try {
      const resolved = follow(file);
      return resolved.state === 'path' ? look(resolved.file) : resolved;
    } catch (error) {
      return failure(error);
    }
  }

  return {
    read: (file, max = FILE_MAX) => guarded<Read>(file, real => readFile(outside(real), max)),
    list: folder =>
      guarded<Listing>(folder, real => {
        const names = readdirSync(outside(real));
        if (names.length > NAMES_MAX) return { state: 'bad', why: `has ${names.length} entries` };
        return { state: 'names', names: names.sort() };
      }),
    resolve(file) {
      try {
        const resolved = follow(file);
        return resolved.state === 'path' ? resolved.file : null;
      } catch {
        return null;
      }
    },
  };
}

/** A pipe must not be waited for, and a device not even be opened: with a watchdog that starts it. */
function readFile(file: string, max: number): Read {
  if (!lstatSync(file).isFile()) return { state: 'bad', why: 'is not a file' };
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const fd = openSync(file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  try {
    if (!fstatSync(fd).isFile()) return { state: 'bad', why: 'is not a file' };
    const chunks: Buffer[] = [];
    for (let length = 0; ; ) {
      const chunk = Buffer.alloc(64 * 1024);
      const n = readSync(fd, chunk);
      if (n === 0) return { state: 'text', text: Buffer.concat(chunks).toString('utf8') };
      length += n;
      if (length > max) return { state: 'bad', why: `is longer than ${max} bytes` };
      chunks.push(chunk.subarray(0, n));
    }
  } finally {
    closeSync(fd);
  }
}

function failure(error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  if (code === 'EACCES' || code === 'EPERM') return { state: 'denied' };
  // ENODEV, ENXIO: the device went while we looked. ELOOP: swapped for a link meanwhile.
  if (['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO'].includes(code)) return { state: 'absent' };
  return { state: 'bad', why: `cannot be read (${code})` };
}

/** What a failed read says of the setting in it. */
export function failed(read: Failure, file: string): Value<never> {
  if (read.state === 'absent') return absent(file);
  if (read.state === 'denied') return unknown(file, 'may not be read', true);
  return unknown(file, read.why);
}

/** A file with one setting in it. `parse` says null for what is none. */
export function setting<T>(
  tree: Tree,
  file: string,
  expected: string,
  parse: (text: string) => T | null,
  origin: Origin = 'effective',
): Value<T> {
  const read = tree.read(file);
  if (read.state !== 'text') return failed(read, file);
  const text = read.text.trim();
  const value = parse(text);
  if (value === null) return unknown(file, `expected ${expected}; found ${quote(text)}`);
  return known(value, file, origin);
}

/** A file with a whole number of low..high. */
export const numberSetting = (
  tree: Tree,
  file: string,
  low = 0,
  high = Number.MAX_SAFE_INTEGER,
): Value<number> =>
  setting(tree, file, `a whole number from ${low}`, text => wholeNumber(text, low, high));

/** Null for anything else than digits (and a sign) of a number in low..high. */
export function wholeNumber(text: string, low = 0, high = Number.MAX_SAFE_INTEGER): number | null {
  if (!/^-?\d{1,16}$/.test(text)) return null;
  const value = Number(text);
  return value >= low && value <= high ? value : null;
}

/** A file with a word; the bonding driver writes its number behind it (`slow 0`). */
export const wordSetting = (tree: Tree, file: string, words: readonly string[]): Value<string> =>
  setting(tree, file, `one of ${words.join(', ')}`, text => {
    const [word = ''] = text.split(/\s+/);
    return words.includes(word) ? word : null;
  });

export const quote = (text: string): string =>
  JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
