/**
 * Writes what led to an alarm, and what followed: the last minute of frames and ten seconds more, so that the incident
 * can be replayed. It takes references while frames pass, and works when the loop has time; it can fail, and nothing else
 * does.
 */
import { mkdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Log } from '../../log.ts';
import { type Clock, systemClock, type Timer } from '../../time.ts';
import type { TopologyMemory } from '../../topology/state.ts';
import type { AlarmChange, Observation, Us } from '../../types.ts';
import type { Frame } from '../../wire.ts';
import { create, makeRoom, recordingName } from './archive.ts';
import type { RecordingHead } from './lines.ts';
import { type Item, type Picture, RING_LIMITS, Ring, weight } from './ring.ts';
import { Writer } from './writer.ts';

export interface RecorderOptions {
  folder: string;
  limits: { bytes: number; files: number };
  head(): Omit<RecordingHead, 'from_us' | 'about' | 'memory' | 'dropped'>;
  memory(): TopologyMemory;
  log: Log;
  clock?: Clock;
}

export interface RecorderState {
  written: number;
  failed: number;
  /** Why the last one could not be written; null: it was. */
  problem: string | null;
}

const AFTER_US = 10_000_000;
/** Copying the picture takes tens of ms, which would be the alarm's; the ring still has all of it a second later. */
const PICTURE_MS = 1000;
/** A recording ends, whatever follows. */
const LONGEST_US = 60_000_000;
/** The same alarm is recorded again after so long. */
const AGAIN_US = 600_000_000;
const KNOWN_MAX = 256;
const CLOSE_MS = 2000;
/** Each holds its frames in memory. */
const WAITING_MAX = 2;
const FILE_MAX = 32 * 2 ** 20;

interface Open {
  about: string;
  type: string;
  begun: Us;
  until: Us;
  /** What came after its picture; null: that was not taken yet. */
  after: Item[] | null;
  bytes: number;
  dropped: number;
  /** Resolves `ended`. */
  end(): void;
  ended: Promise<void>;
}

export class Recorder {
  readonly state: RecorderState = { written: 0, failed: 0, problem: null };
  readonly #options: RecorderOptions;
  readonly #ring = new Ring();
  readonly #clock: Clock;
  #open: Open | null = null;
  #timer: Timer | null = null;
  #closed = false;
  /** Recordings that are being written, or wait for it. */
  #waiting = 0;
  #writing: Promise<void> = Promise.resolve();
  /** Alarms that have been recorded, and when. */
  readonly #known = new Map<string, Us>();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  frame(frame: Frame, now: Us): void {
    this.#take(frame, now);
  }

  observe(observe: Observation, now: Us): void {
    this.#take({ observe }, now);
  }

  #take(item: Item, now: Us): void {
    this.#ring.push(item, now, this.#options.memory());
    const open = this.#open;
    if (open === null || open.after === null || now > open.until) return;
    const bytes = open.bytes + weight(item);
    if (open.after.length >= RING_LIMITS.items || bytes > RING_LIMITS.bytes) {
      open.dropped++;
      return;
    }
    open.bytes = bytes;
    open.after.push(item);
  }

  /** Alarms that follow while one is recorded are in it, too. */
  note(changes: readonly AlarmChange[], now: Us): void {
    for (const { kind, alarm } of changes) {
      if (kind !== 'raised') continue;
      const about = `${alarm.type} ${alarm.managedObjectId}`;
      const last = this.#known.get(about);
      if (last !== undefined && now - last < AGAIN_US) continue;
      this.#known.set(about, now);
      if (this.#known.size > KNOWN_MAX) this.#known.delete(this.#known.keys().next().value!);
      // Its timer is late, and what came since is not in it.
      if (this.#open !== null && now > this.#open.until) this.#end(this.#open);
      const until = now + AFTER_US;
      if (this.#open === null) this.#begin(about, alarm.type, now, until);
      else this.#open.until = Math.min(until, this.#open.begun + LONGEST_US);
    }
  }

  #begin(about: string, type: string, begun: Us, until: Us): void {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const open = { about, type, begun, until, after: null, bytes: 0, dropped: 0, end, ended };
    this.#open = open;
    this.#timer = this.#clock.after(PICTURE_MS, () => this.#takePicture(open));
  }

  #takePicture(open: Open): void {
    if (this.#closed) return;
    if (this.#waiting >= WAITING_MAX) {
      this.#open = null;
      this.#fail(new Error('the disk has not taken the last ones yet'));
      return;
    }
    this.#waiting++;
    const picture = this.#ring.picture(open.begun, this.#options.memory());
    open.after = [];
    this.#arm(open);
    this.#writing = this.#writing
      .then(() => this.#write(open, picture))
      .finally(() => this.#waiting--);
  }

  #arm(open: Open): void {
    const rest = open.until - this.#clock.monoUs();
    if (rest <= 0) this.#end(open);
    else this.#timer = this.#clock.after(rest / 1000 + 1, () => this.#arm(open));
  }

  /** What is raised from now on is another recording's. */
  #end(open: Open): void {
    if (this.#open === open) this.#open = null;
    open.end();
  }

  async #write(open: Open, picture: Picture): Promise<void> {
    const { folder, limits, head, log } = this.#options;
    const begin = head();
    const name = recordingName(open.begun + begin.wall_offset_us, open.type);
    const file = path.join(folder, name);
    let made = false;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const room = Math.min(FILE_MAX, limits.bytes / 2);
      await makeRoom(folder, limits, room);
      await using handle = await create(file);
      made = true;
      const writer = new Writer(handle);
      const { from_us, memory, base, items, dropped } = picture;
      await writer.line({
        recording: { ...begin, from_us, about: open.about, memory, dropped },
      });
      await writer.add(base, room / 2);
      await writer.add(items, room);
      await writer.flush();
      await open.ended;
      await writer.add(open.after!, room);
      const lost = writer.dropped + open.dropped;
      await writer.line({ recorded: { until_us: open.until, dropped: lost } });
      await writer.flush();
      this.state.written++;
      this.state.problem = null;
      log.info({ file, about: open.about }, 'what led to an alarm is recorded');
    } catch (error) {
      this.#fail(error as Error);
      // Half of one only takes the room.
      if (made) await unlink(file).catch(() => {});
    }
  }

  /** Named once, until one succeeds again. */
  #fail({ message }: Error): void {
    this.state.failed++;
    if (this.state.problem === null) {
      this.#options.log.error({ problem: message }, 'an alarm could not be recorded');
    }
    this.state.problem = message;
  }

  /** Ends what is being written, with what there is; a disk that hangs is not waited for. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    if (this.#open?.after === null) this.#takePicture(this.#open);
    this.#closed = true;
    this.#timer?.cancel();
    const open = this.#open;
    if (open !== null) {
      open.until = Math.min(open.until, this.#clock.monoUs());
      this.#end(open);
    }
    const patience = new Promise<void>(resolve => this.#clock.after(CLOSE_MS, resolve));
    await Promise.race([this.#writing, patience]);
  }
}
