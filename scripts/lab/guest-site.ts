/**
 * The product in a guest of scripts/vm as it runs on a compute host: in the guest's first namespace, where the kernel's own
 * initiators are, with a storage host two paths away (two-paths.ts) or none, and a webhook receiver. It ends with the guest.
 */
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_NETWORK } from './network.ts';
import { Processes, tail } from './processes.ts';
import { Host, install, type Place } from './product.ts';
import { Receiver } from './receiver.ts';
import { run } from './run.ts';
import { BOND_OPTIONS, COMPUTE, createTwoPaths, STORAGE, type Wiring } from './two-paths.ts';
import { until } from './wait.ts';

const DIR = '/tmp/guest-site';
const RECEIVER = '127.0.0.1';
const PATIENCE_MS = 150_000;

export class GuestSite {
  readonly processes: Processes;
  readonly host: Host;
  readonly receiver: Receiver;
  /** Types of alarms that are borne with, besides those that every emulated processor brings. */
  readonly borne: readonly string[];
  readonly #extra: string;

  private constructor(place: Place, extra: string, borne: readonly string[]) {
    this.processes = place.processes;
    this.host = new Host(place, install(place), 'compute');
    this.receiver = new Receiver(place.processes, {
      ...{ netns: COMPUTE, address: RECEIVER, dir: place.folder('receiver'), name: 'receiver' },
    });
    this.borne = [...NO_ILLNESS, ...borne];
    this.#extra = extra;
  }

  /**
   * Makes the network; the product is not started yet. null: no storage host. extra: lines of the agent's configuration. borne:
   * types of alarms that are no sign of illness here.
   */
  static async open(
    wiring: Wiring | null,
    extra = '',
    borne: readonly string[] = [],
  ): Promise<GuestSite> {
    const logs = folder('logs');
    const processes = new Processes(logs);
    if (wiring === null) await run(['ip', 'netns', 'attach', COMPUTE, '1']);
    else await createTwoPaths(wiring, processes);
    const options = { ...DEFAULT_NETWORK, bond: wiring === 'bond' ? BOND_OPTIONS : null };
    const network = {
      ...{ compute: COMPUTE, storage: STORAGE, vim: COMPUTE },
      namespaces: [],
      options,
    };
    return new GuestSite({ folder, network, processes }, extra, borne);
  }

  /** Starts it, and waits until it knows its storage: so many maps, each with all of its paths usable, and no alarm. */
  async start(maps: number): Promise<void> {
    await Promise.all([this.receiver.start(), this.host.startHelper()]);
    const url = `http://${RECEIVER}:${this.receiver.port}/alarms`;
    await this.host.startAgent({ url, extra: this.#extra });
    await this.settled(maps);
  }

  /** Until all is well, but for what lasts. */
  async settled(maps: number): Promise<void> {
    await until(
      'the agent to find that all is well',
      async () => {
        if (this.host.agent?.exit) throw new Error(tail(this.host.agent));
        const known = (await this.host.ask('paths', { limit: 1000 })).maps;
        const alarms = await this.host.ask('alarms', { all: false });
        const bad = alarms.filter(({ type }) => ![...this.borne, ...LASTING].includes(type));
        if (bad.length > 0)
          throw new Error(
            bad.map(one => `${one.type} ${one.managedObjectId} (${one.faultDetails})`).join(', '),
          );
        return known.length === maps && known.every(map => map.paths.every(path => path.usable));
      },
      PATIENCE_MS,
      500,
    );
  }

  /** Ends it, the last started first. */
  async close(): Promise<void> {
    await this.processes.stopAll();
  }
}

/** Of an emulated processor, not of the storage; it looks back over five minutes. */
export const NO_ILLNESS = ['delivery-slow'];
/** They end a minute after the last failure, or move; of a busy disk after ten seconds. */
export const LASTING = ['io-errors', 'path-flapping', 'path-steered', 'spool-slow'];

function folder(name: string, owner?: { uid: number; gid: number; mode: number }): string {
  const path = join(DIR, name);
  mkdirSync(path, { recursive: true });
  if (owner) {
    chmodSync(path, owner.mode);
    chownSync(path, owner.uid, owner.gid);
  }
  return path;
}
