/** The kernel's storage targets are made of files and folders. Their sockets are those of the namespace that makes them. */
import { run } from './run.ts';

const CONFIG = '/sys/kernel/config';

export async function mountConfigfs(): Promise<void> {
  const { code } = await run(['mountpoint', '-q', CONFIG], { mayFail: true });
  if (code !== 0) await run(['mount', '-t', 'configfs', 'configfs', CONFIG]);
}

/** A line of a script for one shell: an emulated processor takes long to start each program. */
export const make = (folder: string) => `mkdir -p ${CONFIG}/${folder}`;
export const write = (file: string, value: string) => `echo -n '${value}' >${CONFIG}/${file}`;
export const link = (target: string, at: string) => `ln -s ${CONFIG}/${target} ${CONFIG}/${at}`;
export const unlink = (at: string) => `rm ${CONFIG}/${at}`;

export const script = (lines: readonly string[]): string[] => ['sh', '-euc', lines.join('\n')];
