/** For programs that are killed: a line on stdout that has left this process when the call returns. */
import { writeSync } from 'node:fs';

export function say(line: object): void {
  let left = Buffer.from(`${JSON.stringify(line)}\n`);
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      // The pipe does not block, and its reader is slow.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
