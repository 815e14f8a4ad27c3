/**
 * When too many notices wait for a destination, for too long, or the disk is full: what the policy allows (trim.ts in
 * memory, trim-rows.ts on disk) is given up.
 */
import type { Log } from '../log.ts';
import type { Clock } from '../time.ts';
import type { OutboxLimits } from './api.ts';
import type { Backlog } from './backlog.ts';
import type { Entry } from './entry.ts';
import type { Spool } from './spool.ts';
import type { Trimmed, TrimRequest, TrimTier } from './spool-protocol.ts';
import type { Writer } from './writer.ts';

/** Makes this much room at once, as a share of the limit. */
const TRIM_TO = 0.9;
/** Notices that the worker looks at in one step; commits go in between. */
const TRIM_STEP = 2000;
const TIERS: readonly TrimTier[] = ['between', 'opening', 'unheard'];

export interface GivingUpOptions {
  adapter: string;
  backlog: Backlog;
  limits: OutboxLimits;
  /** Notices that the lane keeps in memory. */
  in_memory: number;
  spool: Spool;
  writer: Writer;
  clock: Clock;
  log: Log;
  onGiven(count: number, why: string): void;
}

export class GivingUp {
  readonly #options: GivingUpOptions;
  readonly #backlog: Backlog;
  /** Above this some are given up: of all, and of those in memory. */
  #allAbove: number;
  #memoryAbove: number;
  #trimming = false;

  constructor(options: GivingUpOptions) {
    this.#options = options;
    this.#backlog = options.backlog;
    this.#allAbove = options.limits.notices;
    this.#memoryAbove = 2 * options.in_memory;
  }

  /** To be called after something was put: with a disk that takes nothing, memory must hold it all. */
  limitMemory(): void {
    const { in_memory, writer, onGiven } = this.#options;
    const { inMemory } = this.#backlog;
    // While the disk takes them, those in memory are but on their way there.
    if (inMemory <= this.#memoryAbove || writer.takes) return;
    const goal = Math.floor(2 * in_memory * TRIM_TO);
    const given = this.#backlog.shed(inMemory - goal, () => true);
    // If only active alarms are left, looking again soon finds nothing either.
    this.#memoryAbove = Math.max(2 * in_memory, Math.ceil(this.#backlog.inMemory / TRIM_TO));
    onGiven(given, 'too many wait for it');
  }

  /** To be called after something was written. */
  limitAll(): void {
    const { waiting, far } = this.#backlog;
    if (waiting <= this.#allAbove || far.count === 0) return;
    const goal = Math.floor(this.#options.limits.notices * TRIM_TO);
    void this.#trim(waiting - goal, null, 'too many wait for it');
  }

  /** The spool is nearly as large as it may be. */
  shrink(): void {
    const share = Math.ceil(this.#backlog.far.count * (1 - TRIM_TO));
    if (share > 0) void this.#trim(share, null, 'the spool is full');
  }

  /** Gives up what has waited for too long. */
  expire(): void {
    const { clock, limits, onGiven } = this.#options;
    const before_us = clock.monoUs() - limits.age_ms * 1000;
    if ((this.#backlog.oldest_us ?? before_us) >= before_us) return;
    const old = ({ since_us }: Entry) => since_us < before_us;
    const why = 'they waited too long';
    onGiven(this.#backlog.shed(Number.POSITIVE_INFINITY, old), why);
    void this.#trim(Number.MAX_SAFE_INTEGER, clock.wallUs() - limits.age_ms * 1000, why);
  }

  /** On disk, in small steps. */
  async #trim(give: number, before_wall_us: number | null, why: string): Promise<void> {
    if (this.#trimming) return;
    this.#trimming = true;
    const { spool, adapter, log, limits, onGiven } = this.#options;
    let given = 0;
    try {
      for (const tier of TIERS) {
        let after: number | null = 0;
        while (after !== null && given < give) {
          const up_to = this.#backlog.far.upTo;
          const not = [...this.#options.writer.unwritten()];
          const where = { adapter, after, up_to, limit: TRIM_STEP, not };
          const what: TrimRequest = { ...where, tier, give: give - given, before_wall_us };
          const step: Trimmed = await spool.ask('trim', what, null);
          given += step.given;
          after = step.next;
          this.#backlog.gaveUp(step.given);
        }
      }
    } catch (error) {
      log.error({ adapter, err: error }, 'the spool cannot be trimmed');
    }
    this.#trimming = false;
    const { waiting } = this.#backlog;
    const untilMore = given < give ? Math.ceil(waiting / TRIM_TO) : 0;
    this.#allAbove = Math.max(limits.notices, untilMore);
    onGiven(given, why);
    this.limitAll();
  }
}
