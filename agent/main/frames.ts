/** Frames as they come from a socket: those that fit the schema are taken, the others counted and named. */
import type { Log } from '../log.ts';
import { type Frame, frameSchema } from '../wire.ts';

export interface FramesOptions {
  log: Log;
  /** One did not fit: what is wrong, and since when nothing can be concluded. */
  onMisfit(type: string, problem: string): void;
}

export class Frames {
  /** Frames that did not fit, by type. */
  readonly misfits = new Map<string, number>();
  readonly #options: FramesOptions;

  constructor(options: FramesOptions) {
    this.#options = options;
  }

  /** Null: it does not fit. fits: what the sender may send. */
  read(type: string, data: unknown, fits: (frame: Frame) => boolean = () => true): Frame | null {
    const parsed = frameSchema.safeParse({ type, data });
    if (parsed.success && fits(parsed.data)) return parsed.data;
    const issue = parsed.error?.issues[0];
    this.#misfit(
      type,
      issue ? `${issue.path.slice(1).join('.')}: ${issue.message}` : 'not of this sender',
    );
    return null;
  }

  #misfit(type: string, problem: string): void {
    const kind = type.slice(0, 32);
    const count = (this.misfits.get(kind) ?? 0) + 1;
    // A hostile peer shall not fill the memory with names.
    if (this.misfits.has(kind) || this.misfits.size < 64) this.misfits.set(kind, count);
    if (count === 1)
      this.#options.log.error({ frame: kind, problem }, 'a frame does not fit its schema');
    this.#options.onMisfit(kind, problem);
  }
}
