/** What the VIM's daemons run on: the unpacked root, a folder of the run and a network namespace. */

import { inside, Service, type ServiceSpec } from '../debs/service.ts';
import { Processes } from '../lab/processes.ts';
import { inNetns, run } from '../lab/run.ts';
import { inOwnNamespace } from './namespace.ts';
import { VimNetwork } from './network.ts';
import { RunFolder } from './run-folder.ts';

/** Waits for all, also when one fails, so that none goes on where everything is being taken away. Throws the first failure. */
export async function allOf(running: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(running);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Of a command that runs to its end; a migration of Nova's database takes a minute on a busy machine. */
const COMMAND_MS = 300_000;

export class Machine {
  readonly root: string;
  readonly folder: RunFolder;
  readonly network: VimNetwork;
  /** This process's address, where the daemons reach it. */
  readonly here: string;
  readonly #processes: Processes;
  readonly #services = new Map<string, Service>();
  #closed: Promise<void> | null = null;

  private constructor(root: string, folder: RunFolder, network: VimNetwork, here: string) {
    this.root = root;
    this.folder = folder;
    this.network = network;
    this.here = here;
    this.#processes = new Processes(folder.logs);
  }

  static async open(root: string): Promise<Machine> {
    if (!inOwnNamespace()) throw new Error('import own-namespace.ts before anything else');
    const folder = await RunFolder.create();
    try {
      const network = await VimNetwork.create(folder.suffix);
      folder.watchNamespace();
      return new Machine(root, folder, network, await network.attach(null));
    } catch (error) {
      await folder.remove();
      throw error;
    }
  }

  get #place() {
    const { dir, memory } = this.folder;
    return { root: this.root, dir, memory, netns: this.network.netns };
  }

  /** Adds daemons; they are not started. */
  add(...specs: readonly ServiceSpec[]): void {
    for (const spec of specs)
      this.#services.set(spec.name, new Service(spec, this.#place, this.#processes));
  }

  service(name: string): Service {
    const service = this.#services.get(name);
    if (service === undefined)
      throw new Error(
        `no ${name} in this VIM; there are: ${[...this.#services.keys()].join(', ')}`,
      );
    return service;
  }

  /** Resolves when all of them answer. */
  async start(names: readonly string[]): Promise<void> {
    await allOf(names.map(name => this.service(name).start()));
  }

  async stopAll(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    await allOf([...this.#services.values()].map(service => service.stop(signal)));
  }

  /** Runs a command of the root to its end; what it printed. */
  async run(argv: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const whole = inNetns(this.network.netns, inside(this.#place, env, argv));
    return (await run(whole, { timeoutMs: COMMAND_MS })).stdout;
  }

  /** Ends and removes everything. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** close(), then throws when something is left. */
  async closeClean(): Promise<void> {
    await this.close();
    const left = await this.folder.leftovers();
    if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`);
  }

  async #close(): Promise<void> {
    await this.stopAll();
    await this.network.detachOwn();
    await this.folder.remove();
  }
}
