/**
 * What the tests of broken hardware share: the whole product in a guest, rasdaemon beside it, and what both said of each
 * thing that was done to it, and when.
 */
import type { Test } from 'tap';
import { Rasdaemon } from '../../scripts/lab/guest-rasdaemon.ts';
import { GuestSite } from '../../scripts/lab/guest-site.ts';
import type { Told } from '../../scripts/lab/told.ts';
import type { Wiring } from '../../scripts/lab/two-paths.ts';
import { until } from '../../scripts/lab/wait.ts';

/** A guest's processors are away for hundreds of ms now and then, and it has two for everything. */
const WAIT_MS = 60_000;
/** rasdaemon writes its database before it says a word; what it has not said this long after us it does not say. */
const RASDAEMON_MS = 1500;
/** Far beyond what is printed: an emulated processor, and another's work beside it. */
const LATE_MS = 10_000;

export interface Injected {
  what: string;
  /** Does it; µs of CLOCK_MONOTONIC just before. */
  inject: () => number | Promise<number>;
  type: string;
  object: string;
  severity: string;
  /** Each is found in one of the alarm's details. */
  details?: readonly RegExp[];
  /** What rasdaemon says of it; null: whatever it says then, if anything. */
  rasdaemon: RegExp | null;
  /** How it is found out, where nothing tells of it by itself, and how long that may take. */
  polled?: { how: string; ms: number };
}

export interface Mended {
  /** µs of CLOCK_MONOTONIC when it was well again; null: it ends by itself. */
  mend: (() => number | Promise<number>) | null;
  /** It has to be well for so long. */
  after_ms: number;
}

const after = (t_us: number | null, from_us: number) =>
  t_us === null ? 'nothing' : `${((t_us - from_us) / 1000).toFixed(0)} ms`;

export class Bench {
  readonly site: GuestSite;
  readonly rasdaemon: Rasdaemon;
  readonly #rows: string[][] = [
    ['done to it', 'alarm', 'severity', 'told after', 'rasdaemon after', 'cleared after'],
  ];

  private constructor(site: GuestSite, rasdaemon: Rasdaemon) {
    this.site = site;
    this.rasdaemon = rasdaemon;
  }

  /** Ends with the test. prepare: what there has to be before the product is started. */
  static async open(
    t: Test,
    wiring: Wiring | null,
    prepare: (site: GuestSite) => Promise<unknown>,
    extra = '',
  ): Promise<Bench> {
    const site = await GuestSite.open(wiring, extra);
    t.teardown(() => site.close());
    await prepare(site);
    const rasdaemon = await Rasdaemon.start(site.processes);
    await site.host.startReader();
    await site.start(0);
    return new Bench(site, rasdaemon);
  }

  /** Changes of this alarm since then, as the receiver had them. */
  told({ type, object }: Pick<Injected, 'type' | 'object'>, from_us: number): Told[] {
    return this.site.receiver
      .alarms(from_us)
      .filter(({ change: { alarm } }) => alarm.type === type && alarm.managedObjectId === object);
  }

  /** Waits for the alarm at the receiver; null: it has not come. */
  async raises(t: Test, injected: Injected): Promise<Told | null> {
    const { what, type, object, severity, details = [], rasdaemon, polled } = injected;
    const from_us = await injected.inject();
    const raised = () =>
      this.told(injected, from_us).find(
        ({ change: { alarm } }) => alarm.perceivedSeverity === severity,
      );
    const found = await until(`${type} ${object}`, raised, WAIT_MS + (polled?.ms ?? 0)).catch(
      () => null,
    );
    if (found === null) {
      const all = this.site.receiver.alarms(from_us).map(({ change: { kind, alarm } }) => {
        const { perceivedSeverity, type, managedObjectId } = alarm;
        return `${kind} ${perceivedSeverity} ${type} ${managedObjectId}`;
      });
      t.fail(`${what}: ${severity} ${type} ${object} was not told`, { told: all });
      return null;
    }
    const took_ms = (found.t_us - from_us) / 1000;
    const within = (polled?.ms ?? 0) + LATE_MS;
    t.ok(
      took_ms < within,
      `${what}: told in ${took_ms.toFixed(0)} ms${polled ? ` (${polled.how})` : ''}`,
    );
    const { faultDetails } = found.change.alarm;
    for (const wanted of details)
      t.ok(
        faultDetails.some(one => wanted.test(one)),
        `${wanted}`,
        { faultDetails },
      );
    t.comment(faultDetails.join(' | '));
    const seen = await this.#rasdaemonSaw(rasdaemon, from_us);
    if (rasdaemon !== null) t.not(seen, null, 'rasdaemon saw it, too');
    this.#rows.push([
      what,
      `${type} ${object}`,
      severity,
      after(found.t_us, from_us),
      after(seen, from_us),
      '',
    ]);
    return found;
  }

  async #rasdaemonSaw(what: RegExp | null, from_us: number): Promise<number | null> {
    const seen = () => this.rasdaemon.saw(what ?? /./, from_us);
    return await until('rasdaemon', seen, RASDAEMON_MS).catch(() => null);
  }

  /** The alarm that was raised last ends. */
  async clears(t: Test, raised: Told | null, { mend, after_ms }: Mended): Promise<void> {
    if (raised === null) return;
    const { id, type, managedObjectId } = raised.change.alarm;
    const from_us = mend === null ? raised.t_us : await mend();
    const cleared = await until(
      `the end of ${type} ${managedObjectId}`,
      () =>
        this.site.receiver
          .alarms(raised.t_us)
          .find(({ change: { kind, alarm } }) => kind === 'cleared' && alarm.id === id),
      WAIT_MS + after_ms,
    ).catch(() => null);
    t.ok(cleared, `${type} ${managedObjectId} ends`);
    const row = this.#rows.findLast(cells => cells[1] === `${type} ${managedObjectId}`);
    if (row && cleared) row[5] = after(cleared.t_us, from_us);
  }

  /** Who saw what, when: from just before it was done, or from when it was well again. */
  table(t: Test): void {
    const widths = this.#rows[0]!.map((_, i) => Math.max(...this.#rows.map(row => row[i]!.length)));
    for (const row of this.#rows)
      t.comment(
        row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd(),
      );
  }
}
