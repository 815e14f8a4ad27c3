/** The unpacked root with Ceph, FRR and BIRD; the script `fetch` beside this file makes it. */
import { join } from 'node:path';
import { fetchRoot as fetchFrom } from '../debs/root.ts';

/** Path of the root. Takes half a minute when it is missing, else milliseconds. Throws Unavailable. */
export const fetchRoot = (): Promise<string> => fetchFrom(join(import.meta.dirname, 'fetch'));
