/** A host whose hardware is told of, and what the middle says of it. */
import { type Frame, frameSchema, type ReaderTool } from '../../../agent/wire.ts';
import { Helper, us } from '../support/frames.ts';
import { type Fields, type HardwareType, hw } from '../support/hardware_frames.ts';
import { disk, ioErrors } from '../support/storage_frames.ts';
import { Mind } from './mind.ts';

const SOURCES = [
  ...['rtnl', 'carrier', 'tcp', 'prober'],
  ...['disk', 'block', 'pci', 'processors', 'md', 'mount', 'supply', 'kmsg'],
];

export class Iron {
  readonly h = new Helper();
  readonly mind: Mind;
  readonly frames: Frame[] = [];
  ms = 0;

  constructor(mind = new Mind(us(0))) {
    this.mind = mind;
    // No greeting: then nobody waits for a sign of life each second.
    for (const source of SOURCES) this.take(...this.h.snapshot(0, source, []));
  }

  /** These frames, and all that is due by then. */
  take(...frames: Frame[]): this {
    this.frames.push(...frames);
    this.mind.take(frames);
    return this;
  }

  tell<T extends HardwareType>(type: T, fields: Partial<Fields<T>> = {}): this {
    return this.take(hw(this.h, this.ms, type, fields));
  }

  /** What a tool says of a subject. */
  read(tool: ReaderTool, subject: string, output: string, more: Partial<Fields<'reading'>> = {}) {
    return this.tell('reading', { tool, subject, output, ...more });
  }

  /** A local disk. */
  disk(name: string, fields: Parameters<typeof disk>[3] = {}): this {
    const own = { kind: 'local' as const, session: null, ...fields };
    return this.take(disk(this.h, this.ms, name, own));
  }

  /** Requests that the medium failed, since the helper's start. */
  medium(name: string, medium: number, medium_sector: number): this {
    const frame = ioErrors(this.h, this.ms, name, medium);
    const data = { ...frame.data, medium, medium_sector };
    return this.take(frameSchema.parse({ type: 'io_errors', data }));
  }

  kmsg(text: string): this {
    return this.tell('kmsg', { text });
  }

  wait(ms: number): this {
    this.ms += ms;
    this.mind.until(us(this.ms));
    return this;
  }

  /** A snapshot of a source that names what `tell` tells; complete. */
  snapshot(source: string, tell: () => void = () => {}, complete = true): this {
    const [begin, end] = this.h.snapshot(this.ms, source, [], complete);
    this.take(begin!);
    tell();
    return this.take(end!);
  }

  /** What came since the last call, as `raised array-degraded array/md0`. */
  said(): string[] {
    return this.mind.said();
  }

  active(): string[] {
    return this.mind.active();
  }

  details(key: string): string[] {
    return this.mind.middle.faults.active[key]?.details ?? [];
  }

  severity(type: string): string | undefined {
    return this.mind.middle.activeAlarms.find(one => one.type === type)?.perceivedSeverity;
  }
}

export const s = 1000;
export const hour = 3600 * s;
