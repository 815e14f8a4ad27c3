/** A helper that is made up: it serves an agent on a socket, and tells it of links and of errors that never were. */
import { type Peer, type Served, serve } from '../../agent/ipc.ts';
import { bootId, monotonicUs, wallOffsetUs } from '../../agent/time.ts';

/** Sources whose snapshots name nothing. */
const EMPTY = ['tcp', 'prober'];

export class PaperHelper {
  readonly #links: string[];
  readonly #downs = new Map<string, number>();
  readonly #epoch = monotonicUs();
  #seq = 0;
  #served: Served | null = null;
  #peer: Peer | null = null;

  /** NICs that have a link. */
  constructor(links: string[]) {
    this.#links = links;
  }

  get attached(): boolean {
    return this.#peer !== null;
  }

  async start(socket: string): Promise<void> {
    this.#served = await serve(socket, {
      mode: 0o600,
      onMessage: (peer, type) => {
        if (type !== 'attach') return;
        this.#peer = peer;
        this.#introduce();
      },
    });
  }

  async stop(): Promise<void> {
    await this.#served?.close();
  }

  say(type: string, fields: object, own = false): void {
    const head = { boot_id: bootId(), epoch: this.#epoch, t_us: monotonicUs() };
    this.#peer?.send(type, { ...head, seq: own ? 0 : ++this.#seq, ...fields });
  }

  beat(): void {
    const dropped = { bpf: 0, netlink: 0, ring: 0 };
    this.say('heartbeat', { wall_offset_us: wallOffsetUs(), cpu_us: 0, bpf_us: 0, dropped });
  }

  tellCarrier(link: string, carrier: boolean): void {
    if (!carrier) this.#downs.set(link, (this.#downs.get(link) ?? 0) + 1);
    const carrier_down_count = this.#downs.get(link) ?? 0;
    const carrier_up_count = carrier ? carrier_down_count + 1 : carrier_down_count;
    const ifindex = this.#indexOf(link);
    const counts = { carrier_up_count, carrier_down_count };
    this.say('carrier', { ifindex, carrier, admin_up: true, ...counts, via: 'timer' });
  }

  #indexOf = (link: string): number => this.#links.indexOf(link) + 1;

  #introduce(): void {
    const sources = ['rtnl', 'carrier', ...EMPTY].map(name => ({
      name,
      state: 'ok',
      reason: null,
    }));
    const of = { version: '0', kernel: '0', pid: process.pid, netns: 1, resumed: false, sources };
    const carrier = { strategy: 'timer', interval_us: 2000 };
    const steering = { nudge: 'off', steering: [], restores: [] };
    this.say('hello', { ...of, ...steering, carrier, wall_offset_us: wallOffsetUs() }, true);
    this.#snapshot('rtnl', () => {
      for (const link of this.#links) this.#tellLink(link);
    });
    this.#snapshot('carrier', () => {
      for (const link of this.#links) this.tellCarrier(link, true);
    });
    for (const source of EMPTY) this.#snapshot(source, () => {});
    this.beat();
  }

  #snapshot(source: string, tell: () => void): void {
    this.say('snapshot', { source, phase: 'begin', complete: false });
    tell();
    this.say('snapshot', { source, phase: 'end', complete: true });
  }

  #tellLink(ifname: string): void {
    const ifindex = this.#indexOf(ifname);
    this.say('link', {
      ...{ ifindex, ifname, iflink: ifindex, kind: null, member_kind: null, master_ifindex: null },
      ...{
        vlan: null,
        mac: null,
        mtu: 1500,
        parent_dev: `0000:3b:00.${ifindex}`,
        parent_bus: 'pci',
      },
      ...{ loopback: false, admin_up: true, carrier: true, operstate: 6 },
      ...{ carrier_up_count: 1, carrier_down_count: 0, bond: null, bond_member: null },
      ...{ gone: false, moved: false },
    });
  }
}
