/** What the tests of the whole product on multipath storage share: both kinds of storage with steady reads, and what was told. */
import type { Test } from 'tap';
import { connectIscsi, startIscsiTarget } from '../../scripts/lab/guest-iscsi.ts';
import { connectNvme, startNvmeTarget } from '../../scripts/lab/guest-nvme.ts';
import { GuestSite, NO_ILLNESS } from '../../scripts/lab/guest-site.ts';
import { Reader } from '../../scripts/lab/reader.ts';
import { type Told, toldTable } from '../../scripts/lab/told.ts';
import type { Wiring } from '../../scripts/lab/two-paths.ts';
import { nowUs, until } from '../../scripts/lab/wait.ts';

const MAPS = 2;
const WAIT_MS = 60_000;
/** A guest's processors are away for a hundred ms now and then: no stalled flow is told for that. */
const PATIENT = 'thresholds: {unacked_ms: 400}';

/** Type and managed object. */
export type Expected = readonly [type: string, object: string];

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

  static async open(t: Test, wiring: Wiring): Promise<StoragePaths> {
    const site = await GuestSite.open(wiring, PATIENT);
    t.teardown(() => site.close());
    const { processes } = site;
    await startNvmeTarget();
    await startIscsiTarget();
    const nvme = await connectNvme({ keepAliveS: 2 });
    const iscsi = await connectIscsi(processes);
    const readers = [await Reader.start(processes, nvme), await Reader.start(processes, iscsi)];
    await site.start(MAPS);
    return new StoragePaths(site, readers, { nvme: nvme.slice('/dev/'.length), iscsi: 'dm-0' });
  }

  /**
   * Cuts, waits until every one of these alarms was raised, mends, and waits until all is well. Every alarm that was told
   * must have ended, and no read may have failed.
   */
  async survives(
    t: Test,
    expected: readonly Expected[],
    cut: () => unknown,
    mend: () => unknown,
  ): Promise<Told[]> {
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
    await until('every alarm to be cleared', () => this.#unended().length === 0, WAIT_MS).catch(
      () => {},
    );
    t.strictSame(this.#unended(), [], 'every alarm was cleared');
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
    return told;
  }

  #raised(from_us: number, [type, object]: Expected): boolean {
    return this.site.receiver
      .alarms(from_us)
      .some(
        ({ change: { kind, alarm } }) =>
          kind === 'raised' && alarm.type === type && alarm.managedObjectId === object,
      );
  }

  /** Alarms whose last change is no clear. */
  #unended(): string[] {
    const last = new Map<string, Told>();
    for (const told of this.site.receiver.alarms())
      if (!NO_ILLNESS.includes(told.change.alarm.type)) last.set(told.change.alarm.id, told);
    return [...last.values()]
      .filter(({ change }) => change.kind !== 'cleared')
      .map(({ change: { alarm } }) => `${alarm.type} ${alarm.managedObjectId}`);
  }
}
