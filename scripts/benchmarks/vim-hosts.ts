/** Processes of hosts that are outboxes alone (vim-host-process.ts), from a bundle as the release has it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { Processes, type Running, tail } from '../lab/processes.ts';
import { until } from '../lab/wait.ts';
import type { HostsSpec, Order, Said, Took } from './vim-host-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const REQUIRE = [
  "import { createRequire as benchRequire } from 'node:module';",
  'const require = benchRequire(import.meta.url);',
].join('\n');

export type Ended = Extract<Said, { ended: object }>['ended'];
export type Pumped = Extract<Said, { pumped: object }>['pumped'];

/** One process. */
export class Hosts {
  readonly #process: Running;
  /** What was acknowledged so far. */
  readonly told: Took[] = [];
  ready = false;
  pumped: Pumped | null = null;
  #ended: Ended | null = null;

  constructor(process: Running) {
    this.#process = process;
    createInterface({ input: process.child.stdout! }).on('line', line => {
      const said = JSON.parse(line) as Said;
      if ('told' in said) this.told.push(...said.told);
      else if ('pumped' in said) this.pumped = said.pumped;
      else if ('ended' in said) this.#ended = said.ended;
      else this.ready = true;
    });
  }

  order(order: Order): void {
    this.#process.child.stdin!.write(`${JSON.stringify(order)}\n`);
  }

  async until<T>(what: string, probe: () => T, timeoutMs: number) {
    return await until(
      what,
      () => {
        const found = probe();
        if (!found && this.#process.exit) throw new Error(`it ended: ${tail(this.#process)}`);
        return found;
      },
      timeoutMs,
      50,
    );
  }

  async end(): Promise<Ended> {
    this.order({ end: true });
    const ended = await this.until('the hosts to end', () => this.#ended, 60_000);
    await this.#process.exited;
    return ended;
  }
}

/** Runs `play` with what starts such processes, their spools in `parent`; all of it is gone afterwards. */
export async function withHosts<T>(
  parent: string,
  play: (start: (name: string, spec: Omit<HostsSpec, 'dir'>) => Promise<Hosts>) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(parent, 'pathwarden-bench-'));
  mkdirSync(join(dir, 'logs'));
  const processes = new Processes(join(dir, 'logs'));
  try {
    await bundle(dir);
    return await play(async (name, spec) => {
      const whole: HostsSpec = { ...spec, dir: join(dir, name) };
      const argv = [process.execPath, join(dir, 'hosts.mjs'), JSON.stringify(whole)];
      return new Hosts(await processes.start(name, argv, { piped: true }));
    });
  } finally {
    await processes.stopAll();
    rmSync(dir, { recursive: true });
  }
}

/** From sources each spool's thread would compile its own. */
async function bundle(outdir: string): Promise<void> {
  await build({
    entryPoints: {
      hosts: join(import.meta.dirname, 'vim-host-process.ts'),
      'outbox-worker': join(ROOT, 'agent/outbox/worker.ts'),
    },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['netlink'],
    banner: { js: REQUIRE },
    absWorkingDir: ROOT,
    logLevel: 'warning',
  });
}
