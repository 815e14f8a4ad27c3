/**
 * Support bundles: a folder that looks like the host, with the files that the linter read, and `pathwarden-lint.json` for
 * what is in no file: the kernel's links, addresses, routes and next hops, and which paths could not be read.
 */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { DEFAULT_CONFIG_PATH } from '../config/load.ts';
import type { Inventory } from '../drills/inventory.ts';
import { openTree, type Tree } from './tree.ts';

export const BUNDLE_FILE = 'pathwarden-lint.json';
/** Some thousand routes. */
const BUNDLE_MAX = 32 * 1024 * 1024;

const index = z.int().min(0);
const text = z.string().max(256);
const optionalText = text.nullable();
const many = <T extends z.ZodType>(of: T) => z.array(of).max(100_000);

const inventorySchema = z.object({
  links: many(
    z.object({
      ifindex: index,
      name: text,
      kind: optionalText,
      master: index.nullable(),
      lower: index.nullable(),
      admin_up: z.boolean(),
      carrier: z.boolean(),
    }),
  ),
  addresses: many(
    z.object({ ifindex: index, address: text, prefix: index, automatic: z.boolean() }),
  ),
  routes: many(
    z.object({
      family: z.union([z.literal(4), z.literal(6)]),
      dst: text,
      table: index,
      protocol: index,
      type: index,
      scope: index,
      tos: index,
      metric: index,
      prefsrc: optionalText,
      nhid: index.nullable(),
      metrics: z.string().max(4096).nullable(),
      hops: many(
        z.object({ ifindex: index, gateway: optionalText, weight: index, dead: z.boolean() }),
      ),
    }),
  ),
  nexthops: many(
    z.object({
      id: index,
      protocol: index.default(0),
      ifindex: index.nullable(),
      gateway: optionalText,
      dead: z.boolean(),
      group: many(z.object({ id: index, weight: index })).nullable(),
    }),
  ),
});

const bundleSchema = z.object({ inventory: inventorySchema, denied: many(z.string().max(4096)) });

export type Bundle = { tree: Tree; inventory: Inventory } | { problem: string };

/** A folder made by `saveBundle`, or by hand. Never throws. */
export function openBundle(root: string): Bundle {
  const read = openTree(root).read(`/${BUNDLE_FILE}`, BUNDLE_MAX);
  if (read.state !== 'text') {
    const why = { absent: 'is not there', denied: 'may not be read', bad: '' }[read.state];
    return { problem: `${path.join(root, BUNDLE_FILE)} ${read.state === 'bad' ? read.why : why}` };
  }
  try {
    const { inventory, denied } = bundleSchema.parse(JSON.parse(read.text));
    return { tree: openTree(root, denied), inventory: whole(inventory) };
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? error.issues.map(i => `${i.path.join('.')}: ${i.message}`)[0]
        : (error as Error).message;
    return { problem: `${path.join(root, BUNDLE_FILE)}: ${why}` };
  }
}

/** What the linter does not look at is not kept. */
const whole = (kept: z.output<typeof inventorySchema>): Inventory => ({
  ...kept,
  links: kept.links.map(l => ({ ...l, bond: null, member: null })),
  neighbours: [],
  teams: [],
});

/** A tree that remembers what was read of it. */
export interface Recorder {
  tree: Tree;
  /**
   * Writes what was read into a new folder, without lines that may hold a secret. `config`: what stands there for
   * pathwarden's own configuration.
   *
   * @throws Error when the folder exists, or cannot be written
   */
  save(folder: string, inventory: Inventory, config: string | null): void;
}

export function recording(root: string, unreadable: readonly string[] = []): Recorder {
  const files = new Map<string, string>();
  const folders = new Map<string, string[]>();
  const links = new Map<string, string>();
  const denied = new Set<string>();
  const inner = openTree(root, unreadable);
  const noted = <T extends { state: string }>(file: string, result: T): T => {
    if (result.state === 'denied') denied.add(file);
    return result;
  };
  const tree: Tree = {
    read(file, max) {
      const read = noted(file, inner.read(file, max));
      if (read.state === 'text') files.set(file, read.text);
      return read;
    },
    list(folder) {
      const listing = noted(folder, inner.list(folder));
      if (listing.state === 'names') folders.set(folder, listing.names);
      return listing;
    },
    resolve(file) {
      const target = inner.resolve(file);
      if (target !== null && target !== file) links.set(file, target);
      return target;
    },
  };
  return {
    tree,
    save(folder, inventory, config) {
      mkdirSync(folder, { mode: 0o700 });
      const inside = (file: string) => path.join(folder, file);
      files.delete(DEFAULT_CONFIG_PATH);
      if (config !== null) files.set(DEFAULT_CONFIG_PATH, config);
      // Links before the files that are read through them.
      for (const [file, target] of links) {
        makeFolder(inside(target));
        mkdirSync(path.dirname(inside(file)), { recursive: true });
        symlinkSync(path.relative(path.dirname(inside(file)), inside(target)), inside(file));
      }
      for (const [file, content] of files) {
        mkdirSync(path.dirname(inside(file)), { recursive: true });
        writeFileSync(inside(file), withoutSecrets(file, content));
      }
      // What was listed must be seen again, read or not.
      for (const [at, names] of folders)
        for (const name of names)
          if (!existsSync(inside(`${at}/${name}`))) makeFolder(inside(`${at}/${name}`));
      const bundle = { inventory: inventorySchema.parse(inventory), denied: [...denied].sort() };
      writeFileSync(inside(BUNDLE_FILE), `${JSON.stringify(bundle, null, 1)}\n`);
    },
  };
}

/** With something in it: archives and git keep no empty folder. */
function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, '.keep'), '');
}

const SECRET = /password|secret|passwd|passphrase|psk|\bkey\b|community/i;

/** Of configuration files only the lines that cannot hold a secret; kernel files hold none. */
function withoutSecrets(file: string, content: string): string {
  if (!file.startsWith('/etc/')) return content;
  return content
    .split('\n')
    .filter(line => !SECRET.test(line))
    .join('\n');
}
