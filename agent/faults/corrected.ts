/** Corrected errors of components, each with its leaky buckets: what memory, processors and PCI functions share. */
import { type Fault, faultKey, type Us } from '../types.ts';
import { othersOf } from './beyond.ts';
import {
  type Bucket,
  emptyBucket,
  endsOf,
  exceeded,
  filledBucket,
  leak,
  pour,
  type Rate,
  rateText,
} from './bucket.ts';
import { activeObjects, type Context, clear, earliest, type Judgement, makeFault } from './set.ts';

/** By object. */
export type Buckets = Readonly<Record<string, Bucket>>;
export const noBuckets: Buckets = {};

/** So many components of one kind are told apart; what is beyond them is counted together, under `<kind>/others`. */
export const COMPONENTS_MAX = 256;

export interface CorrectedErrors {
  object: string;
  t: Us;
  count: number;
  details: readonly string[];
  fru: string | null;
}

export class Corrected {
  readonly #type: string;
  readonly #rates: readonly Rate[];

  constructor(type: string, rates: readonly Rate[]) {
    this.#type = type;
    this.#rates = rates;
  }

  /** With these errors, and what follows at once. */
  take(buckets: Buckets, errors: CorrectedErrors, context: Context): [Buckets, Judgement[]] {
    const object = this.#place(buckets, errors.object, errors.t, context);
    const before = buckets[object] ?? this.#first(object, errors.t, context);
    const after = pour(before, this.#rates, errors.t, errors.count);
    const fault = this.#judge(object, after, errors, context);
    return [{ ...buckets, [object]: after }, fault === null ? [] : [{ is: 'active', fault }]];
  }

  /** What is less bad, or over, by `reached`; null: nothing waits. */
  tick(buckets: Buckets, reached: Us, context: Context): [Buckets, Judgement[], Us | null] {
    const next: Record<string, Bucket> = {};
    const judgements: Judgement[] = [];
    for (const [object, bucket] of this.#all(buckets, reached, context)) {
      const after = leak(bucket, this.#rates, reached);
      const known = context.active[faultKey({ type: this.#type, object })];
      if (exceeded(after, this.#rates) === null && known !== undefined) {
        const end = Math.max(bucket.t, ...endsOf(bucket, this.#rates));
        judgements.push(clear(this.#type, object, Math.min(reached, end)));
      } else if (known !== undefined) {
        const fault = this.#judge(object, after, null, context);
        if (fault !== null) judgements.push({ is: 'active', fault });
      }
      // Nothing in it: as if it had never been.
      if (after.levels.some(level => level > 0))
        next[object] = bucket.over.includes(true) ? after : bucket;
    }
    const ends = Object.values(next).flatMap(bucket => endsOf(bucket, this.#rates));
    return [next, judgements, earliest(...ends)];
  }

  /** Without it: it is gone. */
  drop(buckets: Buckets, object: string, t: Us): [Buckets, Judgement[]] {
    const { [object]: _gone, ...rest } = buckets;
    return [rest, [clear(this.#type, object, t, 'subject-gone')]];
  }

  /** Without those that are not among `present` (names without their `pci/`). */
  dropMissing(
    buckets: Buckets,
    present: readonly string[],
    t: Us,
    context: Context,
  ): [Buckets, Judgement[]] {
    let next = buckets;
    const judgements: Judgement[] = [];
    for (const object of new Set([
      ...Object.keys(buckets),
      ...activeObjects(context.active, this.#type),
    ])) {
      const name = object.slice(object.indexOf('/') + 1);
      if (name === 'others' || present.includes(name)) continue;
      const [rest, told] = this.drop(next, object, t);
      next = rest;
      judgements.push(...told);
    }
    return [next, judgements];
  }

  /** Those that are alarmed and have none are of before a reboot. */
  #all(buckets: Buckets, reached: Us, context: Context): [string, Bucket][] {
    const alarmed = activeObjects(context.active, this.#type);
    const orphans = alarmed.filter(object => buckets[object] === undefined);
    const filled = orphans.map((object): [string, Bucket] => [
      object,
      this.#first(object, reached, context),
    ]);
    return [...Object.entries(buckets), ...filled];
  }

  #first(object: string, t: Us, { active }: Context): Bucket {
    const fault = active[faultKey({ type: this.#type, object })];
    if (fault === undefined) return emptyBucket(this.#rates, t);
    return filledBucket(this.#rates, Math.min(fault.t, t), fault.severity);
  }

  /** Its own bucket while there is room: that of the one which was quiet for longest, and is not alarmed, goes. */
  #place(buckets: Buckets, object: string, t: Us, { active }: Context): string {
    if (buckets[object] !== undefined) return object;
    const known = Object.entries(buckets);
    if (known.length < COMPONENTS_MAX) return object;
    const idle = known.some(([one, bucket]) => {
      const empty = leak(bucket, this.#rates, t).levels.every(level => level === 0);
      return empty && active[faultKey({ type: this.#type, object: one })] === undefined;
    });
    return idle ? object : othersOf(object);
  }

  /** What was said at the raise stays until it gets worse or better: each error would be news. */
  #judge(
    object: string,
    bucket: Bucket,
    errors: CorrectedErrors | null,
    { active }: Context,
  ): Fault | null {
    const rate = exceeded(bucket, this.#rates);
    if (rate === null) return null;
    const known = active[faultKey({ type: this.#type, object })];
    if (known?.severity === rate.severity) return null;
    const words = errors === null ? (known?.details.slice(1) ?? []) : wordsOf(errors);
    const details = [`corrected errors: ${rateText(rate)} or more`, ...words];
    const t = known?.t ?? bucket.t;
    return makeFault({ type: this.#type, object, t, details, severity: rate.severity });
  }
}

const wordsOf = ({ details, fru }: CorrectedErrors): string[] => [
  ...(fru === null ? [] : [`part: ${fru}`]),
  ...details.map((detail, i) => (i === 0 ? `the last: ${detail}` : detail)),
];
