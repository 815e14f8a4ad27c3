/** What the VIM's NATS server uses. */
import { readFileSync } from 'node:fs';
import { commandLine, netnsInode, processesInside } from '../lab/leaks.ts';
import type { Vim } from '../vim-lab/vim.ts';

export interface Use {
  /** User and system time so far. */
  cpu_s: number;
  /** The most that was resident. */
  rss_mb: number;
}

export function natsUse(vim: Vim): Use {
  const pid = natsPid(vim);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const kb = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    cpu_s: (Number(fields[11]) + Number(fields[12])) / 100, // USER_HZ
    rss_mb: Number(kb) / 1024,
  };
}

function natsPid(vim: Vim): number {
  const inside = processesInside(new Set([netnsInode(vim.netns)]));
  // Not what has started it, which names it, too.
  const pid = inside.filter(one => /^\S*nats-server /.test(commandLine(one))).at(-1);
  if (pid === undefined) throw new Error('no nats-server');
  return pid;
}
