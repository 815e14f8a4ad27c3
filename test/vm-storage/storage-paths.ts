/** What the tests of the whole product on multipath storage share: both kinds of storage with steady reads, and what was told. */
import type { Test } from 'tap';
import type { FailoverRecord } from '../../agent/types.ts';
import { connectIscsi, startIscsiTarget } from '../../scripts/lab/guest-iscsi.ts';
import { connectNvme, controllerOf, startNvmeTarget } from '../../scripts/lab/guest-nvme.ts';
import { GuestSite, LASTING } from '../../scripts/lab/guest-site.ts';
import { Reader } from '../../scripts/lab/reader.ts';
import { type Told, toldTable } from '../../scripts/lab/told.ts';
import { type Path, storageAddress, type Wiring } from '../../scripts/lab/two-paths.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';

const MAPS = 2;
const WAIT_MS = 60_000;
/** What lasts ends after a minute. */
const LONG_WAIT_MS = 100_000;
/** A guest's processors are away for hundreds of ms now and then: no stalled flow, and no silent leg, is told for that. */
const PATIENT = [
  'thresholds: {unacked_ms: 400}',
  'leg_probes: {interval_ms: 100, burst_ms: 100, lost_after: 8}',
].join('\n');
const READ_MS = 50;

/** Type and managed object. */
export type Expected = readonly [type: string, object: string];

export interface Survived {
  cut_us: number;
  /** Alarm changes since the cut. */
  told: Told[];
}

export class StoragePaths {
  readonly site: GuestSite;
  readonly readers: readonly Reader[];
  /** In /sys/block. */
  readonly disks: { nvme: string; iscsi: string };

  private constructor(site: GuestSite, readers: readonly Reader[], disks: StoragePaths['disks']) {
    this.site = site;
    this.readers = readers;
    this.disks = disks;
  }

  /** borne: types of alarms that are no sign of illness in this guest. */
  static async open(t: Test, wiring: Wiring, borne: readonly string[] = []): Promise<StoragePaths> {
    const site = await GuestSite.open(wiring, PATIENT, borne);
    t.teardown(() => site.close());
    const { processes } = site;
    await startNvmeTarget();
    await startIscsiTarget();
    const nvme = await connectNvme({ keepAliveS: 2 });
    const iscsi = await connectIscsi(processes);
    const readers = [
      await Reader.start(processes, nvme, READ_MS),
      await Reader.start(processes, iscsi, READ_MS),
    ];
    await site.start(MAPS);
    return new StoragePaths(site, readers, { nvme: nvme.slice('/dev/'.length), iscsi: 'dm-0' });
  }

  /** NVMe's disk of one path: nvme0c0n1 of nvme0n1. */
  nvmePath(path: Path): string {
    return this.disks.nvme.replace(/n(\d+)$/, `c${controllerOf(path).slice('nvme'.length)}n$1`);
  }

  /** Alarms about the kernel's sessions with the target by this path. */
  async sessionsLost(path: Path): Promise<Expected[]> {
    const { sessions } = await this.site.host.ask('paths', { limit: 1 });
    return sessions
      .filter(({ remote }) => remote === storageAddress(path))
      .map(({ id }) => ['storage-path-lost', `session/${id}`]);
  }

  /**
   * Cuts, waits until every one of these alarms was raised, mends, and waits until all is well. Every alarm that was told
   * must have ended, but for those that last (ended()), and no read may have failed.
   */
  async survives(
    t: Test,
    expected: readonly Expected[],
    cut: () => unknown,
    mend: () => unknown,
  ): Promise<Survived> {
    const cut_us = nowUs();
    await cut();
    const missing = () => expected.filter(one => !this.#raised(cut_us, one));
    await until(
      'every alarm',
      () => {
        if (missing().length === 0) return true;
        throw new Error(`not told: ${missing().join('; ')}`);
      },
      WAIT_MS,
    ).catch((error: Error) => t.fail(error.message));
    await mend();
    await this.site.settled(MAPS);
    const unended = () => this.#unended([...this.site.borne, ...LASTING]);
    await until('every alarm to be cleared', () => unended().length === 0, WAIT_MS).catch(() => {});
    t.strictSame(unended(), [], 'every alarm was cleared');
    const told = this.site.receiver.alarms(cut_us);
    for (const line of toldTable(told, cut_us)) t.comment(line);
    for (const reader of this.readers) {
      const { took_us } = await reader.slowest(cut_us, nowUs());
      t.comment(`slowest read: ${(took_us / 1000).toFixed(0)} ms`);
      t.ok(
        reader.reads.every(({ error }) => error === 0),
        'no read failed',
      );
    }
    return { cut_us, told };
  }

  /** The failover records of which the cut is not before then, the oldest first. */
  async records(from_us: number): Promise<FailoverRecord[]> {
    const all = await this.site.host.ask('failovers', { limit: 100 });
    return all
      .filter(({ cut }) => cut.t_us + cut.uncertainty_us >= from_us)
      .sort((a, b) => a.cut.t_us - b.cut.t_us);
  }

  /** The first of them that fits; waits for it. */
  async record(
    from_us: number,
    what: string,
    fits: (record: FailoverRecord) => boolean,
  ): Promise<FailoverRecord> {
    return await until(
      `a record that is ${what}`,
      async () => {
        const records = await this.records(from_us);
        const found = records.find(fits);
        if (found === undefined) throw new Error(`there are ${JSON.stringify(records)}`);
        return found;
      },
      WAIT_MS,
      500,
    );
  }

  /** What lasts has ended, too, and each alarm has had one raise, one clear, and its changes in order. */
  async ended(t: Test): Promise<void> {
    const unended = () => this.#unended(this.site.borne);
    const isOver = () => unended().length === 0;
    await until('what lasts to be cleared', isOver, LONG_WAIT_MS, 200).catch(() => {});
    t.strictSame(unended(), [], 'every alarm was cleared');
    const broken = [...this.#lives().values()].flatMap(changes => {
      const { type, managedObjectId } = changes[0]!.change.alarm;
      const kinds = changes.map(({ change }) => change.kind);
      const inOrder = changes.every(({ change }, i) => change.revision === i + 1);
      const life = kinds.filter(kind => kind !== 'changed').join();
      if (this.site.borne.includes(type) || (inOrder && life === 'raised,cleared')) return [];
      return [`${type} ${managedObjectId}: ${kinds}`];
    });
    t.strictSame(broken, [], 'each alarm was raised once, cleared once, and told in order');
  }

  #raised(from_us: number, [type, object]: Expected): boolean {
    return this.site.receiver
      .alarms(from_us)
      .some(
        ({ change: { kind, alarm } }) =>
          kind === 'raised' && alarm.type === type && alarm.managedObjectId === object,
      );
  }

  /** All changes of each alarm, by its id. */
  #lives(): Map<string, Told[]> {
    const lives = new Map<string, Told[]>();
    for (const told of this.site.receiver.alarms()) {
      const { id } = told.change.alarm;
      lives.set(id, [...(lives.get(id) ?? []), told]);
    }
    return lives;
  }

  /** Alarms of other types than these whose last change is no clear. */
  #unended(but: readonly string[]): string[] {
    return [...this.#lives().values()]
      .map(changes => changes.at(-1)!.change)
      .filter(({ kind, alarm }) => kind !== 'cleared' && !but.includes(alarm.type))
      .map(({ alarm }) => `${alarm.type} ${alarm.managedObjectId}`);
  }
}
