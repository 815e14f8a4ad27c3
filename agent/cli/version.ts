import { readFileSync } from 'node:fs';

/** Put in by scripts/build, where package.json is not at hand. */
declare const PATHWARDEN_VERSION: string | undefined;

export const VERSION: string =
  typeof PATHWARDEN_VERSION === 'string'
    ? PATHWARDEN_VERSION
    : JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
