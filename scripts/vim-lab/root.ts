/** The unpacked root that every daemon of the VIM runs in; the script `fetch` beside this file makes it. */
import { join } from 'node:path';
import { fetchRoot as fetchFrom } from '../debs/root.ts';
import { startedIn } from './namespace.ts';

/** Path of the root. Takes a minute when it is missing, else milliseconds. Throws Unavailable. */
export const fetchRoot = (): Promise<string> =>
  fetchFrom(join(import.meta.dirname, 'fetch'), startedIn());
