/**
 * The picture before a recording's first moment: of all frames that have left the ring, those without which a reader would
 * believe something else. They stay in their order: the latest of each level, and of the helper, the reader and their
 * snapshots what is still in force.
 */
import { isSource, kindsOf, READER, sources } from '../../topology/sources.ts';
import type { Frame, FrameOf } from '../../wire.ts';
import { aboutIt, endedWith, isUnnamed, type Level, levelOf, seenAgain } from './levels.ts';

/** More levels than this are counted, not kept: a host with a full routing table. */
const LEVELS_MAX = 50_000;

interface Kept<F extends Frame = Frame> {
  frame: F;
  /** Rises with every frame that is folded in. */
  order: number;
}
type Mark = Kept<FrameOf<'snapshot'>>;
type Lost = Kept<FrameOf<'lost'>>;

/** What is in force of a source. */
interface Source {
  /** Its last complete snapshot. */
  complete: readonly [begin: Mark, end: Mark] | null;
  /** Of the one that runs. */
  begun: Mark | null;
  /** The last loss since. */
  lost: Lost | null;
  /** The first and the last that say that the connection broke, which a helper that resumes takes back. */
  broken: readonly [first: Lost, last: Lost] | null;
}
const unknown: Source = { complete: null, begun: null, lost: null, broken: null };

export class Base {
  /** Levels that found no room. */
  dropped = 0;
  #order = 0;
  /** By their types; `resumed`: of the helper that had greeted before. */
  readonly #voices = new Map<string, Kept>();
  readonly #kept = new Map<string, Kept & { kind: Level['kind'] }>();
  readonly #sources = new Map<string, Source>();
  /** By the numbers of flows: the last word on each that says how it moves. */
  readonly #heard = new Map<number, number>();

  get size(): number {
    return this.#kept.size;
  }

  fold(frame: Frame): void {
    const order = ++this.#order;
    if (frame.type === 'hello') this.#greet(frame, order);
    else if (frame.type === 'lost') this.#lose(frame, order);
    else if (frame.type === 'snapshot') this.#mark({ frame, order });
    else if (frame.type === 'reader_hello' || frame.type === 'heartbeat') {
      this.#voices.set(frame.type, { frame, order });
    } else this.#keep(frame, order);
  }

  #keep(frame: Frame, order: number): void {
    const level = levelOf(frame);
    if (level === null) return;
    const { kind, key, ends } = level;
    const kept = this.#kept;
    const isStale = saysHowItMoves(frame) && this.#isStale(frame);
    if (frame.type === 'flow' && ends) this.#heard.delete(frame.data.flow);
    else if (saysHowItMoves(frame)) this.#heard.set(frame.data.flow, order);
    if (ends) {
      for (const old of [key, ...earlier(key), ...endedWith(frame)]) kept.delete(old);
      return;
    }
    const before = kept.get(key);
    if (isStale && frame.type === 'flow') {
      for (const old of aboutIt(frame)) kept.delete(old);
    } else if (isStale) {
      // It ends the blindness, whatever is said of the same later.
      kept.set(seenAgain(frame.data.flow), { frame, kind, order });
    }
    // What was said of it in between comes between the two; and it must be named by the snapshot that others are.
    const [first, named] = earlier(key);
    if (!aboutIt(frame).some(other => kept.has(other))) {
      kept.delete(first);
      kept.delete(named);
    } else if (before !== undefined) {
      if (!kept.has(first)) kept.set(first, before);
      else if (this.#isNamed(before)) kept.set(named, before);
    }
    // At the end: it stays nearly sorted.
    kept.delete(key);
    if (kept.size < LEVELS_MAX) kept.set(key, { frame, kind, order });
    else this.dropped++;
  }

  /** By the last complete snapshot of its source. */
  #isNamed({ kind, order }: Kept & { kind: Level['kind'] }): boolean {
    for (const [name, { complete }] of this.#sources) {
      if (complete === null || !kindsOf(name).includes(kind)) continue;
      if (complete[0].order < order && order < complete[1].order) return true;
    }
    return false;
  }

  /** What nobody could see for a while begins afresh with the next word on it. */
  #isStale(frame: FrameOf<'flow' | 'flow_stall' | 'flow_resume'>): boolean {
    const last = this.#heard.get(frame.data.flow) ?? 0;
    const { lost, broken } = this.#source('tcp');
    const blind = [lost, broken?.[1], this.#voices.get('hello')].map(one => one?.order ?? 0);
    return last < Math.max(...blind);
  }

  /** A helper that begins anew knows nothing of what was; one that resumes goes on as if it had never been away. */
  #greet(frame: FrameOf<'hello'>, order: number): void {
    const known = this.#voices.get('hello')?.frame as FrameOf<'hello'> | undefined;
    if (!frame.data.resumed || known?.data.epoch !== frame.data.epoch) {
      this.#voices.set('hello', { frame, order });
      this.#voices.delete('resumed');
      for (const name of this.#sources.keys()) if (name !== READER) this.#sources.delete(name);
      return;
    }
    this.#voices.set('resumed', { frame, order });
    for (const [name, one] of this.#sources) {
      if (name === READER || one.broken === null) continue;
      // What was not known before it broke is not known now: as after any other loss.
      const known = one.complete !== null && one.lost === null;
      const [, last] = one.broken;
      const lost = known ? null : { ...last, frame: numbered(last.frame) };
      this.#sources.set(name, { ...one, broken: null, lost });
    }
  }

  #lose(frame: FrameOf<'lost'>, order: number): void {
    const { source, seq } = frame.data;
    for (const name of isSource(source) ? [source] : sources) {
      const before = this.#source(name);
      const lost = { frame: { ...frame, data: { ...frame.data, source: name } }, order };
      const more = seq === 0 ? { broken: [before.broken?.[0] ?? lost, lost] as const } : { lost };
      this.#sources.set(name, { ...before, begun: null, ...more });
    }
  }

  #mark(mark: Mark): void {
    const { source: name, phase, complete } = mark.frame.data;
    const source = this.#source(name);
    const { begun } = source;
    if (phase === 'begin') {
      this.#sources.set(name, { ...source, begun: mark });
    } else if (!complete || begun === null) {
      this.#sources.set(name, { ...source, begun: null });
    } else {
      this.#forget(name, begun.order);
      this.#sources.set(name, { ...unknown, complete: [begun, mark] });
    }
  }

  /** What a complete snapshot has not named, with all that was said of it. */
  #forget(source: string, since: number): void {
    const kinds = kindsOf(source);
    for (const [key, { frame, kind, order }] of this.#kept) {
      if (!kinds.includes(kind) || isAboutAnother(key)) continue;
      if (order > since && !isUnnamed(frame)) continue;
      for (const old of [key, ...earlier(key), ...endedWith(frame)]) this.#kept.delete(old);
      if (frame.type === 'flow') this.#heard.delete(frame.data.flow);
    }
  }

  #source(name: string): Source {
    return this.#sources.get(name) ?? unknown;
  }

  /** In the order in which they were told. */
  frames(): Frame[] {
    const marks = [...this.#sources.values()].flatMap(({ complete, begun, broken, lost }) => [
      ...[...(complete ?? []), ...(broken ?? [])],
      ...[begun, lost].filter(one => one !== null),
    ]);
    const all: Kept[] = [...this.#voices.values(), ...marks, ...this.#kept.values()];
    return [...new Set(all)].sort((a, b) => a.order - b.order).map(one => one.frame);
  }
}

/** By such a word it is seen again (topology/flows.ts). */
const saysHowItMoves = (frame: Frame): frame is FrameOf<'flow' | 'flow_stall' | 'flow_resume'> =>
  ['flow', 'flow_stall', 'flow_resume'].includes(frame.type);

/** Keys of what was said before: the first before what was said of it, and the one that the last snapshot named. */
const earlier = (key: string) => [`${key} first`, `${key} named`] as const;

/** It goes with what it is about. */
const isAboutAnother = (key: string): boolean =>
  /^(flow_stall|flow_switch|flow_member|flow_seen|active_member) | (first|named)$/.test(key);

/** As one that does not say that the connection broke. */
const numbered = ({ type, data }: FrameOf<'lost'>): FrameOf<'lost'> => ({
  type,
  data: { ...data, seq: 1 },
});
