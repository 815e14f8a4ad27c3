/** What a guest's kernel is made to do: give up a processor, and a process that waits for a disk for long. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Mounted } from './guest-disks.ts';
import type { Processes } from './processes.ts';
import { run } from './run.ts';
import { nowUs, until } from './wait.ts';

const HUNG_TASK = '/proc/sys/kernel/hung_task';

/** µs of CLOCK_MONOTONIC just before. */
export function setProcessor(cpu: number, online: boolean): number {
  const t_us = nowUs();
  writeFileSync(`/sys/devices/system/cpu/cpu${cpu}/online`, online ? '1' : '0');
  return t_us;
}

/** The kernel complains of a task that has waited for so long. */
export function complainAfter(seconds: number): void {
  writeFileSync(`${HUNG_TASK}_warnings`, '1000');
  writeFileSync(`${HUNG_TASK}_timeout_secs`, `${seconds}`);
}

export interface HungTask {
  pid: number;
  /** µs of CLOCK_MONOTONIC when it was seen to wait. */
  since_us: number;
  /** What it waits for comes. */
  release(): Promise<void>;
}

/** A process that writes to a file system which is frozen, and cannot be killed meanwhile. */
export async function hangTask(processes: Processes, { point }: Mounted): Promise<HungTask> {
  await run(['fsfreeze', '--freeze', point]);
  const writer = await processes.start('hung-writer', [
    ...['dd', 'if=/dev/zero', `of=${point}/file`, 'bs=4096', 'count=1'],
  ]);
  // Of the command line only dd is left: it was started in its own place.
  const waits = () => / D /.test(readFileSync(`/proc/${writer.pid}/stat`, 'utf8'));
  await until('the writer to wait', waits, 30_000);
  return {
    pid: writer.pid,
    since_us: nowUs(),
    async release() {
      await run(['fsfreeze', '--unfreeze', point]);
      await writer.exited;
    },
  };
}
