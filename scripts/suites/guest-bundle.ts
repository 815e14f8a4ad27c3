/**
 * A test file with all that it imports in one: an emulated processor takes ten seconds to open the files of the test library
 * and to strip the types, and one to read this.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** Our files keep thinking that they lie where they lie. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8')
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.filename', JSON.stringify(path))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    }));
  },
};

/** Packages of CommonJS call require. */
const REQUIRE = [
  "import { createRequire as bundleRequire } from 'node:module';",
  'const require = bundleRequire(import.meta.url);',
].join('\n');

// In the checkout, from where the guest finds the packages that stay outside.
const FOLDER = 'build/vm-tests';

/** Returns the bundle's path. */
export async function bundleTest(file: string): Promise<string> {
  const outfile = resolve(FOLDER, file.replaceAll('/', '-').replace(/\.ts$/, '.mjs'));
  const { outputFiles } = await build({
    entryPoints: [resolve(file)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['netlink'],
    banner: { js: REQUIRE },
    plugins: [ownPlaces],
    legalComments: 'none',
    logLevel: 'warning',
  });
  mkdirSync(FOLDER, { recursive: true });
  // From one moment to the next: another run's guest may be reading it.
  const made = `${outfile}.${process.pid}`;
  writeFileSync(made, outputFiles[0]?.contents ?? '');
  renameSync(made, outfile);
  return outfile;
}
