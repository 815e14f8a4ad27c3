/** The whole line in one lab: network, storage I/O, the product on both hosts, a webhook receiver. */
import type { Status } from '../../agent/control/protocol.ts';
import type { Alarm } from '../../agent/types.ts';
import { type BondOptions, bondGroup, createBond, removeBond } from './bond.ts';
import { Lab } from './lab.ts';
import { type NetworkOptions, STORAGE_ADDRESS, VIM_ADDRESS } from './network.ts';
import { tail } from './processes.ts';
import { type AgentOptions, type HelperOptions, Host, install } from './product.ts';
import { Receiver } from './receiver.ts';
import {
  type Disk,
  type Initiator,
  type Load,
  sessionLegs,
  startInitiator,
  startLoad,
  startTarget,
} from './storage.ts';
import { startTalk, type Talk } from './talk.ts';
import { until } from './wait.ts';

/** The path group of the compute host, as the agent names it. */
export const GROUP = 'ecmp:10.77.9.2/32';
/** And the storage host's. */
export const STORAGE_GROUP = 'ecmp:10.77.9.1/32';

export interface SiteOptions {
  network: Partial<NetworkOptions>;
  helper: HelperOptions;
  /** Requests a second; 0: an iSCSI session without I/O; null: no storage at all. */
  rate: number | null;
  /**
   * iscsi: real storage (storage.ts). talk: the leanest traffic on its port (talk.ts), where processors are slow. A function:
   * it makes the storage that the disk is of.
   */
  traffic: 'iscsi' | 'talk' | ((lab: Lab) => Promise<Disk>);
  /** vim: over a link of its own. storage: on the storage host's service address, reachable only through the group. */
  receiver: 'vim' | 'storage';
  agent: Partial<AgentOptions>;
  /** The product runs on these; the storage host of most bonds (bond.ts) has no path group of its own. */
  hosts: readonly Host['name'][];
  /** Folder with other builds of the programs in C. */
  native?: string;
}

const DEFAULTS: SiteOptions = {
  network: {},
  helper: {},
  rate: 200,
  traffic: 'iscsi',
  receiver: 'vim',
  agent: {},
  hosts: ['compute', 'storage'],
};

export class Site {
  readonly lab: Lab;
  readonly receiver: Receiver;
  readonly compute: Host;
  readonly storage: Host;
  initiator: Initiator | null = null;
  load: Load | null = null;
  talk: Talk | null = null;
  readonly options: SiteOptions;

  private constructor(lab: Lab, options: SiteOptions) {
    this.lab = lab;
    this.options = options;
    const installed = install(lab, options.native);
    this.compute = new Host(lab, installed, 'compute');
    this.storage = new Host(lab, installed, 'storage');
    this.receiver = new Receiver(lab.processes, {
      netns: options.receiver === 'vim' ? lab.network.vim : lab.network.storage,
      address: '0.0.0.0',
      dir: lab.dir,
      name: 'receiver',
    });
  }

  get hosts(): Host[] {
    return [this.compute, this.storage].filter(({ name }) => this.options.hosts.includes(name));
  }

  get group(): string {
    const { bond, hops } = this.lab.network.options;
    if (bond) return bondGroup(bond);
    return hops === 'route' ? GROUP : 'nhg:10';
  }

  /** Opens everything and waits until both agents see their group with both legs up and, with I/O, its flow moving. */
  static async open(options: Partial<SiteOptions> = {}): Promise<Site> {
    const all = { ...DEFAULTS, ...options };
    const lab = await Lab.open(all.network);
    try {
      const site = new Site(lab, all);
      await site.#start();
      return site;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    await Promise.all([
      this.receiver.start(),
      this.options.rate === null ? null : this.#startStorage(),
      ...this.hosts.map(async host => {
        await host.startHelper(this.options.helper);
        const [address, port] = [
          this.options.receiver === 'vim' ? VIM_ADDRESS[host.name] : STORAGE_ADDRESS,
          this.receiver.port,
        ];
        await host.startAgent({ url: `http://${address}:${port}/alarms`, ...this.options.agent });
      }),
    ]);
    await this.settled(240_000);
  }

  async #startStorage(): Promise<void> {
    const { processes, network } = this.lab;
    if (this.options.traffic === 'talk') {
      this.talk = await startTalk(processes, network, this.options.rate!);
      return;
    }
    const disk =
      this.options.traffic === 'iscsi'
        ? await this.#startIscsi()
        : await this.options.traffic(this.lab);
    if (this.options.rate)
      this.load = await startLoad(processes, disk, this.lab.folder('io'), this.options.rate);
  }

  async #startIscsi(): Promise<Disk> {
    const { processes, network, memory } = this.lab;
    await startTarget(processes, network, memory);
    this.initiator = await startInitiator(processes, network, memory);
    return this.initiator;
  }

  /** Until both hosts are healthy: helper connected, every leg up, flows known and moving, no alarm. Returns compute's status. */
  async settled(timeoutMs = 60_000): Promise<Status> {
    for (const host of this.hosts)
      await until(
        `${host.name} to be healthy`,
        async () => {
          if (host.agent?.exit) throw new Error(`the agent ended: ${tail(host.agent)}`);
          return healthy(
            await this.status(host),
            await host.ask('alarms', { all: false }),
            this.options.rate !== null,
          );
        },
        timeoutMs,
        100,
      );
    return await this.status(this.compute);
  }

  async status(host: Host): Promise<Status> {
    return await host.ask('status', {});
  }

  /** The legs that carry the iSCSI connection, by the kernels' own account. */
  async legs(): Promise<{ port: number; compute: string; storage: string }> {
    return await sessionLegs(this.lab.network);
  }

  /** Another bond in the place of the one that there is, under the product as it runs. Traffic is `talk` or none. */
  async rewire(bond: BondOptions): Promise<Status> {
    const { processes, network } = this.lab;
    const { compute, storage, options } = network;
    await this.talk?.stop();
    if (options.bond) await removeBond(compute, storage, options.bond, processes);
    options.bond = bond;
    await createBond(compute, storage, bond, processes);
    if (this.options.rate !== null) await this.#startStorage();
    return await this.settled();
  }

  /** Restarts both helpers with other options. */
  async restartHelpers(options: HelperOptions): Promise<void> {
    await Promise.all(this.hosts.map(host => host.startHelper(options)));
  }

  /** Ends everything; throws when something is left behind. */
  async close(): Promise<void> {
    await this.lab.closeClean();
  }
}

/** spool-slow is the machine's disk, not the network, and comes and goes on a busy one; delivery-slow looks back over 5 minutes. */
const NO_ILLNESS = ['spool-slow', 'delivery-slow'];

/**
 * Both ends have one address: the flow leaves by no leg, and Ceph's daemons tell each other much that wants no answer. Its id
 * is `address:port-address:port`.
 */
function staysOnHost(flow: string): boolean {
  const [from, to] = flow.split('-').map(end => end.slice(0, end.lastIndexOf(':')));
  return from === to;
}

/** True when healthy; throws what is missing, so that a timeout can name it. */
function healthy(status: Status, alarms: readonly Alarm[], withFlows: boolean): true {
  const active = alarms.filter(({ type }) => !NO_ILLNESS.includes(type));
  const wrong = status.flows.filter(
    ({ id, state, group }) => !staysOnHost(id) && (state !== 'moving' || group === null),
  );
  const down = status.groups.flatMap(g => g.legs.filter(l => l.state !== 'up').map(l => l.id));
  const missing = [
    status.helper.connected ? '' : 'helper not connected',
    status.groups.length > 0 ? '' : 'no group',
    down.length === 0 ? '' : `legs down: ${down.join(', ')}`,
    active.length === 0
      ? ''
      : `alarms: ${active.map(a => `${a.type} ${a.managedObjectId}`).join(', ')}`,
    !withFlows || status.flows.length > 0 ? '' : 'no flow',
    wrong.length === 0 ? '' : `flows: ${JSON.stringify(wrong)}`,
  ].filter(text => text !== '');
  if (missing.length > 0) throw new Error(missing.join('; '));
  return true;
}
