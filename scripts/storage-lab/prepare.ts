/** Fills the cache, so that no test waits for it. Exit code 77: it cannot be had here; standard error says why. */
import { UNAVAILABLE, Unavailable } from '../debs/root.ts';
import { fetchRoot } from './root.ts';

try {
  await fetchRoot();
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  process.exitCode = UNAVAILABLE;
}
