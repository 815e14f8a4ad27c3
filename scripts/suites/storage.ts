/** The suite `storage`: each file of test/storage against real storage or routing daemons, from Debian's packages. */
import { globSync } from 'node:fs';
import { preparedSuite } from './prepared.ts';

/** A file may make twenty drills, with ten seconds and more between two. */
export const storage = preparedSuite('storage', 1500);

/** Twenty drills with ten seconds between two, or a minute of measuring for each figure. */
const LONG = ['iscsi', 'rbd', 'bfd-load'];

/** The files that are done in a minute or two each. */
export const briefStorage = (): string[] =>
  globSync('test/storage/*.test.ts')
    .filter(file => !LONG.some(name => file.endsWith(`/${name}.test.ts`)))
    .sort();
