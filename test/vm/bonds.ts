/** What the tests of bonds share: a site in the guest, its failover records as they come, alarms as the receiver gets them. */
import type { Test } from 'tap';
import { type ControlClient, connectControl } from '../../agent/control/client.ts';
import type { AlarmChangeKind, FailoverRecord } from '../../agent/types.ts';
import type { BondOptions } from '../../scripts/lab/bond.ts';
import { run } from '../../scripts/lab/run.ts';
import type { Site, SiteOptions } from '../../scripts/lab/site.ts';
import type { Told } from '../../scripts/lab/told.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';
import { setLink } from '../../scripts/vm-lab/monitor.ts';
import { brokenLives, openSite } from '../netns/support.ts';
import { Pulse } from './pulse.ts';

const WAIT_MS = 30_000;
/** A guest's processors are away for a hundred ms now and then: no stalled flow is told for that. */
const PATIENT = 'thresholds: {unacked_ms: 400}';
const RATE = 25;

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

  /** The first record of our group whose cut is not before that time and that fits; waits for it. */
  async record(
    from_us: number,
    what: string,
    fits: (record: FailoverRecord) => boolean,
  ): Promise<FailoverRecord> {
    const ours = () =>
      [...this.records.values()].filter(
        ({ group, cut }) => group === this.site.group && cut.t_us + cut.uncertainty_us >= from_us,
      );
    try {
      return await until(`a record that is ${what}`, () => ours().find(fits), WAIT_MS);
    } catch (error) {
      throw new Error(`${(error as Error).message}; there are ${JSON.stringify(ours())}`);
    }
  }

  /** The same record when it is over. */
  async closed({ id }: FailoverRecord): Promise<FailoverRecord> {
    const isOver = () => {
      const now = this.records.get(id);
      return now !== undefined && now.state !== 'open' && now;
    };
    return await until(`record ${id} to be closed`, isOver, WAIT_MS);
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
    let record: FailoverRecord;
    try {
      record = await this.record(cut_us, 'switched', one => one.switched_us !== null);
    } finally {
      for (const nic of nics) setLink(nic, true);
    }
    return { record: await this.closed(record), cut_us };
  }

  /** The first change of that alarm that the receiver got after then; waits for it. */
  async told(type: string, object: string, kind: AlarmChangeKind, from_us: number): Promise<Told> {
    try {
      return await until(
        `${type} of ${object} to be told as ${kind}`,
        () => this.changes(type, object, from_us).find(({ change }) => change.kind === kind),
        WAIT_MS,
      );
    } catch (error) {
      const { outbox } = await this.site.status(this.site.compute);
      const alarms = await this.site.compute.ask('alarms', { all: false });
      const active = alarms.map(one => `${one.type} of ${one.managedObjectId}`).join(', ');
      throw new Error(
        `${(error as Error).message}; active: ${active || 'none'}; ${JSON.stringify(outbox)}`,
      );
    }
  }

  /** Once all is well again: what is wrong with the lives of all alarms; the last clear may be on its way. */
  async broken(): Promise<string[]> {
    await this.site.settled();
    let broken: string[] = [];
    const look = async () => {
      broken = await brokenLives(this.site, this.site.receiver.alarms());
      return broken.length === 0;
    };
    await until('every alarm to be cleared', look, WAIT_MS, 200).catch(() => {});
    return broken;
  }

  /** All changes of that alarm that the receiver got since then. */
  changes(type: string, object: string, from_us: number): Told[] {
    return this.site.receiver
      .alarms(from_us)
      .filter(({ change: { alarm } }) => alarm.type === type && alarm.managedObjectId === object);
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
    flowing_us !== null && switched_us !== null && flowing_us < switched_us
      ? `flowing ${switched_us - flowing_us} us before it switched`
      : '',
  ].filter(text => text !== '');
}

/** Meanwhile what comes by a switch's port in this namespace is gone, both ways; both ends keep their carrier. */
export async function blackholed<T>(
  netns: string,
  port: string,
  meanwhile: () => Promise<T>,
): Promise<T> {
  const tc = (words: string) => run(['tc', '-n', netns, ...words.split(' ')]);
  await tc(`qdisc add dev ${port} root netem loss 100%`);
  await tc(`qdisc add dev ${port} clsact`);
  await tc(`filter add dev ${port} ingress matchall action drop`);
  try {
    return await meanwhile();
  } finally {
    await tc(`qdisc del dev ${port} clsact`);
    await tc(`qdisc del dev ${port} root`);
  }
}
