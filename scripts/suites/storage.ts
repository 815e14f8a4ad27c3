/** The suite `storage`: each file of test/storage against real storage or routing daemons, from Debian's packages. */
import { preparedSuite } from './prepared.ts';

/** A file may make twenty drills, with ten seconds and more between two. */
export const storage = preparedSuite('storage', 1500);
