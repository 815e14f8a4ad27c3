/** What the tests of bonds share: a site in the guest, its failover records as they come, alarms as the receiver gets them. */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { type ControlClient, connectControl } from '../../agent/control/client.ts';
import type { AlarmChangeKind, FailoverRecord } from '../../agent/types.ts';
import { BOND, type BondOptions } from '../../scripts/lab/bond.ts';
import type { Site, SiteOptions } from '../../scripts/lab/site.ts';
import type { Told } from '../../scripts/lab/told.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';
import { openSite } from '../netns/support.ts';

const POLL = resolve(import.meta.dirname, '../../build/native/lab/poll');
const WAIT_MS = 30_000;
/** A guest's processors are away for a hundred ms now and then: no stalled flow is told for that. */
const PATIENT = 'thresholds: {unacked_ms: 400}';
const RATE = 40;

export class Bonds {
  readonly site: Site;
  /** By id, each as it was told last. */
  readonly records = new Map<string, FailoverRecord>();
  readonly pulse: Pulse;
  readonly #client: ControlClient;

  private constructor(site: Site, client: ControlClient, pulse: Pulse) {
    this.site = site;
    this.#client = client;
    this.pulse = pulse;
  }

  static async open(
    t: Test,
    bond: BondOptions,
    options: Partial<SiteOptions> = {},
  ): Promise<Bonds> {
    const site = await openSite(t, {
      network: { bond },
      hosts: ['compute'],
      traffic: 'talk',
      rate: RATE,
      agent: { extra: PATIENT },
      ...options,
    });
    const client = await connectControl(site.compute.viewSocket);
    const bonds = new Bonds(site, client, new Pulse());
    await client.follow(['failovers'], event => {
      if (event.topic === 'failovers') bonds.records.set(event.record.id, event.record);
    });
    t.teardown(() => {
      bonds.pulse.stop();
      bonds.#client.close();
    });
    return bonds;
  }

  /** The latest record of our group whose cut is not before that time; waits until it fits. */
  async record(
    from_us: number,
    what: string,
    fits: (record: FailoverRecord) => boolean,
  ): Promise<FailoverRecord> {
    const ours = () =>
      [...this.records.values()].findLast(
        ({ group, cut }) => group === this.site.group && cut.t_us + cut.uncertainty_us >= from_us,
      );
    try {
      return await until(
        `a record that is ${what}`,
        () => {
          const one = ours();
          return one !== undefined && fits(one) && one;
        },
        WAIT_MS,
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}; there is ${JSON.stringify(ours())}`);
    }
  }

  /** Until no record is open: what comes now is a failover of its own. */
  async quiet(): Promise<void> {
    await until(
      'every record to be closed',
      () => [...this.records.values()].every(one => one.state !== 'open'),
      WAIT_MS,
    );
  }

  /** Cuts these NICs, gives them back once traffic goes on by another leg, and returns the closed record. */
  async cut(nics: readonly string[]): Promise<{ record: FailoverRecord; cut_us: number }> {
    await this.quiet();
    const cut_us = nowUs();
    for (const nic of nics) setLink(nic, false);
    try {
      await this.record(cut_us, 'switched', one => one.switched_us !== null);
    } finally {
      for (const nic of nics) setLink(nic, true);
    }
    const record = await this.record(cut_us, 'closed', one => one.state !== 'open');
    return { record, cut_us };
  }

  /** The first change of that alarm that the receiver got after then; waits for it. */
  async told(
    type: string,
    object: string,
    kind: AlarmChangeKind,
    from_us: number,
    timeoutMs = WAIT_MS,
  ): Promise<Told> {
    return await until(
      `${type} of ${object} to be told as ${kind}`,
      () => this.changes(type, object, from_us).find(({ change }) => change.kind === kind),
      timeoutMs,
    );
  }

  /** All changes of that alarm that the receiver got since then. */
  changes(type: string, object: string, from_us: number): Told[] {
    return this.site.receiver
      .alarms(from_us)
      .filter(({ change: { alarm } }) => alarm.type === type && alarm.managedObjectId === object);
  }
}

/** When this process itself did not get to run in time: the machine is busy, and what it measures then is its own. */
export class Pulse {
  readonly #late: { from_us: number; to_us: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #last = nowUs();

  constructor() {
    this.#timer = setInterval(() => {
      const now = nowUs();
      if (now - this.#last > 2 * Pulse.#every_ms * 1000)
        this.#late.push({ from_us: this.#last, to_us: now });
      this.#last = now;
    }, Pulse.#every_ms);
  }
  static readonly #every_ms = 50;

  /** The longest time, µs, that it was away between those two. */
  away(from_us: number, to_us: number): number {
    const inside = this.#late.filter(one => one.to_us > from_us && one.from_us < to_us);
    return Math.max(0, ...inside.map(one => one.to_us - one.from_us));
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** What has to be in the complete record of a cut cable and is not. */
export function lacks(record: FailoverRecord): string[] {
  const { cut, switched_us, announced_us, flowing_us, gap_us, phases } = record;
  const order = [cut.t_us, switched_us, announced_us].map(t => t ?? Number.NaN);
  return [
    cut.source === 'carrier' ? '' : `cut known from ${cut.source}`,
    cut.uncertainty_us === 0 ? '' : `cut uncertain by ${cut.uncertainty_us} us`,
    ...Object.entries({ switched_us, announced_us, flowing_us, gap_us, ...phases }).map(
      ([name, value]) => (value === null ? `${name} is null` : ''),
    ),
    phases === null ? 'no phases' : '',
    order.every((at, i) => i === 0 || at >= order[i - 1]!) ? '' : `not in order: ${order}`,
  ].filter(text => text !== '');
}

export interface Seen {
  /** It was so at t_us and not yet at before_us. */
  t_us: number;
  before_us: number;
  active: string;
}

/** Another process's look at the member in use, each 2 ms. */
export async function watchActive({ lab }: Site): Promise<Seen[]> {
  const seen: Seen[] = [];
  // `ip netns exec` for its own /sys: there are the devices of the namespace in it.
  const argv = ['ip', 'netns', 'exec', lab.network.compute, POLL];
  const file = `/sys/class/net/${BOND}/bonding/active_slave`;
  const poll = await lab.processes.start('poll', [...argv, file, '2000'], { piped: true });
  createInterface({ input: poll.child.stdout! }).on('line', line => {
    const [t, before, active = ''] = line.split(' ');
    seen.push({ t_us: Number(t), before_us: Number(before), active });
  });
  await until('the first look at the active member', () => seen.length > 0);
  return seen;
}
