/** How much processor time processes have taken. */
import { readFileSync } from 'node:fs';

/** USER_HZ: the unit of /proc/<pid>/stat, 100 a second on every architecture but Alpha. */
const TICK_MS = 10;

/** User and system time of all threads, in ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
