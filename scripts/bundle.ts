/** Behind scripts/build: what is bundled, and what lies beside it. */
import {
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '..');
/** Oldest Node that runs it: node:sqlite without a flag. */
const NODE_MAJOR = 24;

const { withNode, out } = options();
const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

/** Packages of CommonJS call require; a bundle of ES modules has none of its own. */
const REQUIRE = [
  "import { createRequire as pathwardenRequire } from 'node:module';",
  'const require = pathwardenRequire(import.meta.url);',
].join('\n');

if (existsSync(out) && !existsSync(path.join(out, 'pathwarden.mjs'))) {
  console.error(`${out}: is there, and is no bundle; it stays`);
  process.exit(2);
}
mkdirSync(path.dirname(out), { recursive: true });
// Built beside it and put in its place at the end: whoever runs the old one is not disturbed halfway.
const made = mkdtempSync(path.join(path.dirname(out), '.bundle-'));
chmodSync(made, 0o755);
try {
  const inputs = await bundle();
  notices(inputs);
  copyNetlink();
  launcher();
  if (withNode) {
    copyFileSync(process.execPath, path.join(made, 'node'), constants.COPYFILE_FICLONE);
    chmodSync(path.join(made, 'node'), 0o755);
  }
  copyFileSync(path.join(ROOT, 'LICENSE'), path.join(made, 'LICENSE'));
  rmSync(out, { recursive: true, force: true });
  renameSync(made, out);
} catch (error) {
  rmSync(made, { recursive: true, force: true });
  throw error;
}

function options(): { withNode: boolean; out: string } {
  try {
    const { values } = parseArgs({
      options: { 'with-node': { type: 'boolean' }, out: { type: 'string' } },
    });
    return {
      withNode: values['with-node'] ?? false,
      out: path.resolve(values.out ?? path.join(ROOT, 'build/bundle')),
    };
  } catch {
    console.error('usage: scripts/build [--with-node] [--out <folder>]');
    process.exit(2);
  }
}

/**
 * Returns the files that went into it. Split, so that the agent does not carry in memory what only other verbs use, or what
 * is imported where the configuration asks for it: adapters with their libraries, the server of the alarm stream.
 */
async function bundle(): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: {
      pathwarden: path.join(ROOT, 'agent/cli/main.ts'),
      'outbox-worker': path.join(ROOT, 'agent/outbox/worker.ts'),
    },
    outdir: made,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: `node${NODE_MAJOR}`,
    external: ['netlink'],
    banner: { js: REQUIRE },
    define: { PATHWARDEN_VERSION: JSON.stringify(manifest.version) },
    legalComments: 'none',
    // Source text stays in memory. Names stay as they are: a stack trace is to be read.
    minifyWhitespace: true,
    minifySyntax: true,
    metafile: true,
    absWorkingDir: ROOT,
    logLevel: 'warning',
  });
  return Object.keys(metafile.inputs);
}

/** The licences of the packages that went into the bundle, as they ask for. */
function notices(inputs: string[]): void {
  const folders = new Set(
    inputs.flatMap(file => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  );
  const texts = [...folders].sort().map(folder => {
    const { name, version, license } = JSON.parse(
      readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8'),
    );
    const own = readdirSync(path.join(ROOT, folder)).find(f => /^(licen[cs]e|copying)/i.test(f));
    const text = own ? readFileSync(path.join(ROOT, folder, own), 'utf8').trim() : '';
    return `${name} ${version} (${license})\n\n${text}`;
  });
  writeFileSync(path.join(made, 'THIRD-PARTY'), `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
}

/** A native addon stays a package: its JavaScript, its prebuilt binary for this machine, and the loader it uses. */
function copyNetlink(): void {
  const require = createRequire(import.meta.url);
  const target = path.join(made, 'node_modules');
  for (const [name, parts] of [
    [
      'netlink',
      ['package.json', 'LICENSE', 'dist', `prebuilds/${process.platform}-${process.arch}`],
    ],
    ['node-gyp-build', ['package.json', 'LICENSE', 'index.js', 'node-gyp-build.js']],
  ] as const) {
    const from = path.dirname(require.resolve(`${name}/package.json`));
    for (const part of parts)
      cpSync(path.join(from, part), path.join(target, name, part), {
        recursive: true,
        filter: file => !/\.(map|d\.ts)$/.test(file),
      });
  }
}

function launcher(): void {
  const file = path.join(made, 'pathwarden');
  writeFileSync(
    file,
    [
      '#!/bin/sh',
      '# Node: the one in this folder, else PATHWARDEN_NODE, else the one in PATH.',
      'here=$(dirname "$(readlink -f "$0")")',
      'node=$here/node',
      'if [ ! -x "$node" ]; then',
      `	node=\${PATHWARDEN_NODE:-node}`,
      `	if ! major=$("$node" -p 'process.versions.node.split(".")[0]') || [ "$major" -lt ${NODE_MAJOR} ]; then`,
      `		echo "pathwarden: needs Node ${NODE_MAJOR} or newer; name one with PATHWARDEN_NODE" >&2`,
      '		exit 2',
      '	fi',
      'fi',
      '# Small: the agent lives long beside the load it watches. It makes little garbage, one heap for C will do, and code',
      '# that V8 optimizes to the last takes more memory than it saves time here.',
      'export MALLOC_ARENA_MAX=1',
      'exec "$node" --max-semi-space-size=1 --single-threaded-gc --v8-pool-size=1 --max-opt=1 --optimize-for-size --max-old-space-size=256 "$here/pathwarden.mjs" "$@"',
      '',
    ].join('\n'),
  );
  chmodSync(file, 0o755);
}
