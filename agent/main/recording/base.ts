/**
 * The picture before a recording's first moment: of all frames that have left the ring, the latest of each level. It is
 * told as the helper would tell it: hello, then each source's snapshot.
 */
import { isSource, type Kind, kindsOf } from '../../topology/sources.ts';
import type { Frame, FrameOf } from '../../wire.ts';
import { aboutIt, endedWith, type Level, levelOf, outdatedBy } from './levels.ts';

/** More levels than this are counted, not kept: a host with a full routing table. */
const LEVELS_MAX = 50_000;

interface Kept {
  frame: Frame;
  kind: Level['kind'];
  /** Rises with every frame that is folded in. */
  order: number;
}

interface Source {
  /** Order of its running snapshot's begin; null: none runs. */
  begun: number | null;
  complete: boolean;
  lost: FrameOf<'lost'> | null;
}

export class Base {
  /** Levels that found no room. */
  dropped = 0;
  #order = 0;
  #helloAt = 0;
  #hello: FrameOf<'hello'> | null = null;
  #reader: FrameOf<'reader_hello'> | null = null;
  #heartbeat: FrameOf<'heartbeat'> | null = null;
  readonly #kept = new Map<string, Kept>();
  readonly #sources = new Map<string, Source>();

  get size(): number {
    return this.#kept.size;
  }

  fold(frame: Frame): void {
    const order = ++this.#order;
    if (frame.type === 'hello') this.#greet(frame, order);
    else if (frame.type === 'reader_hello') this.#reader = frame;
    else if (frame.type === 'heartbeat') this.#heartbeat = frame;
    else if (frame.type === 'lost') this.#lose(frame);
    else if (frame.type === 'snapshot') this.#mark(frame, order);
    else this.#keep(frame, order);
  }

  #keep(frame: Frame, order: number): void {
    const level = levelOf(frame);
    if (level === null) return;
    const { kind, key, ends } = level;
    const kept = this.#kept;
    for (const old of outdatedBy(frame)) kept.delete(old);
    if (ends) {
      for (const old of [key, first(key), ...endedWith(frame)]) kept.delete(old);
      return;
    }
    const before = kept.get(key);
    // What was said of it in between comes between the two.
    if (!aboutIt(frame).some(other => kept.has(other))) kept.delete(first(key));
    else if (before !== undefined && !kept.has(first(key))) kept.set(first(key), before);
    // At the end: it stays nearly sorted.
    kept.delete(key);
    if (kept.size < LEVELS_MAX) kept.set(key, { frame, kind, order });
    else this.dropped++;
  }

  #greet(frame: FrameOf<'hello'>, order: number): void {
    const resumed = frame.data.resumed && this.#hello?.data.epoch === frame.data.epoch;
    this.#hello = frame;
    if (resumed) {
      for (const one of this.#sources.values()) if (one.lost?.data.seq === 0) one.lost = null;
      return;
    }
    this.#helloAt = order;
    for (const name of this.#sources.keys()) if (name !== READER) this.#sources.delete(name);
  }

  #lose(frame: FrameOf<'lost'>): void {
    const { source } = frame.data;
    const names = isSource(source) ? [source] : [...this.#sources.keys()];
    for (const name of names) {
      const data = { ...frame.data, source: name };
      this.#sources.set(name, { ...this.#source(name), begun: null, lost: { ...frame, data } });
    }
  }

  #mark({ data: { source: name, phase, complete } }: FrameOf<'snapshot'>, order: number): void {
    const source = this.#source(name);
    if (phase === 'begin') {
      this.#sources.set(name, { ...source, begun: order });
      return;
    }
    const { begun } = source;
    if (!complete || begun === null) {
      this.#sources.set(name, { ...source, begun: null });
      return;
    }
    for (const [key, one] of this.#kept) {
      if (one.order < begun && kindsOf(name).includes(one.kind)) this.#kept.delete(key);
    }
    this.#sources.set(name, { begun: null, complete: true, lost: null });
  }

  #source(name: string): Source {
    return this.#sources.get(name) ?? { begun: null, complete: false, lost: null };
  }

  /** As of `t_us`, in the order in which they have to be told. */
  frames(t_us: number): Frame[] {
    const all = [...this.#kept.values()].sort((a, b) => a.order - b.order);
    const byKind = Map.groupBy(all, one => one.kind);
    /** Of these kinds, those that fit; each is told once. */
    const tell = (kinds: Iterable<Kind>, fits = (_order: number) => true): Frame[] =>
      [...kinds]
        .flatMap(kind => {
          const group = byKind.get(kind) ?? [];
          byKind.set(
            kind,
            group.filter(one => !fits(one.order)),
          );
          return group.filter(one => fits(one.order));
        })
        .map(one => one.frame);
    const snapshot = (source: string, frames: Frame[]): Frame[] => {
      const mark = (phase: 'begin' | 'end'): Frame => ({
        type: 'snapshot',
        data: { ...headOf(voiceOf(source)!, t_us), source, phase, complete: true },
      });
      return [mark('begin'), ...frames, mark('end')];
    };
    const greeting = [this.#hello, this.#heartbeat].filter(frame => frame !== null);
    const voiceOf = (name: string) => (name === READER ? this.#reader : this.#hello);
    const sources = [...this.#sources].filter(([name]) => voiceOf(name) !== null);
    const known = new Set(sources.flatMap(([name, one]) => (one.complete ? kindsOf(name) : [])));
    const unknown = [...byKind.keys()].filter(kind => !known.has(kind));
    const before = tell(unknown, order => order < this.#helloAt);
    const whole = sources
      .filter(([, { complete, begun }]) => complete && begun === null)
      .flatMap(([name]) => snapshot(name, tell(kindsOf(name))));
    const begun = sources.flatMap(([name, { begun: from, complete }]) => {
      if (from === null) return [];
      const early = tell(kindsOf(name), order => order < from);
      const [begin] = snapshot(name, []);
      return [...(complete ? snapshot(name, early) : early), begin!, ...tell(kindsOf(name))];
    });
    const rest = tell([...byKind.keys()]);
    const lost = sources.flatMap(([, source]) => source.lost ?? []);
    const reader = this.#reader === null ? [] : [this.#reader];
    return [...before, ...greeting, ...reader, ...whole, ...rest, ...begun, ...lost];
  }
}

const first = (key: string): string => `${key} first`;

/** A process of its own, with a hello of its own. */
const READER = 'reader';

const headOf = ({ data: { boot_id, epoch } }: Frame, t_us: number) => ({
  ...{ boot_id, epoch, seq: 0, t_us },
});
