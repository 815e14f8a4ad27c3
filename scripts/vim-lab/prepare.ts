/** Fills the cache of the VIM, so that no test waits for it. Exit code 77: it cannot be had here; standard error says why. */
import './own-namespace.ts';
import { UNAVAILABLE, Unavailable } from '../debs/root.ts';
import { preparedState } from './openstack/state.ts';
import { fetchRoot } from './root.ts';

try {
  await preparedState(await fetchRoot());
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  process.exitCode = UNAVAILABLE;
}
