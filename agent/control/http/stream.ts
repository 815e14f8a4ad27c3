/**
 * One client of the alarm stream: first what it missed, out of the journal, then each change as it comes.
 *
 * Between the two there is neither hole nor repetition: near the journal's end the live ones are kept too, the journal is
 * read once more up to what was newest then, and what was read is left out of those that were kept.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalEntry } from '../../outbox/api.ts';
import type { AlarmChange } from '../../types.ts';
import { alarmEvent } from './data.ts';
import type { Journal } from './journal.ts';
import { isAt, type Position, writePosition } from './position.ts';

/** Entries of one reading of the journal. */
const READ = 100;
/** Live changes that are kept while the journal is read. */
const KEPT_MAX = 500;
/** Unsent bytes at which a client is too slow: it may come again and resume. Some 1,700 changes at once. */
const UNSENT_MAX = 1024 * 1024;
/** A change that was put may be on its way to the disk. */
const COMMIT_WAIT_MS = 50;
const COMMIT_WAITS = 20;
/** After an end the client is to wait so long, ms. */
const RETRY_MS = 2000;

export interface StreamOptions {
  response: ServerResponse;
  journal: Journal;
  passes(change: AlarmChange): boolean;
  /** Null: only what comes from now on. */
  after: Position | null;
  beat_ms: number;
  /** May it still read? */
  holds(): boolean;
}

export class Stream {
  readonly #options: StreamOptions;
  readonly #response: ServerResponse;
  /** Everything up to this number was sent or is not for it. */
  #after = 0;
  #position: string | null = null;
  #mode: 'reading' | 'keeping' | 'live' = 'live';
  #kept: JournalEntry[] = [];
  #ended = false;
  /** Something has left since the last beat. */
  #moved = true;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#response = options.response;
  }

  /** Resolved with the reason when it has ended. Never rejects. */
  async run(): Promise<string> {
    const { journal, beat_ms, after } = this.#options;
    let reason = 'the client left';
    let leave = () => {};
    const left = new Promise<void>(resolve => {
      leave = resolve;
    });
    const end = (why: string) => {
      if (!this.#ended) reason = why;
      this.#ended = true;
      leave();
    };
    this.#response.once('close', () => end(reason));
    this.#response.on('error', error => end(error.message));
    if (this.#response.closed) end(reason);
    const unfollow = journal.follow(entry => {
      this.#take(entry);
      if (this.#response.writableLength > UNSENT_MAX) end('it reads too slowly');
    });
    const beat = setInterval(() => this.#beat(end), beat_ms);
    beat.unref();
    try {
      this.#write(`retry: ${RETRY_MS}\n\n`);
      if (after === null) this.#goLive(journal.last, journal.position);
      else await Promise.race([this.#catchUp(after), left]);
      await left;
    } catch (error) {
      end((error as Error).message);
    } finally {
      this.#ended = true;
      clearInterval(beat);
      unfollow();
      this.#kept = [];
      // What is unsent would wait for a client that does not read.
      if (this.#response.writableLength > 0) this.#response.destroy();
      else this.#response.end();
    }
    return reason;
  }

  async #catchUp(from: Position): Promise<void> {
    const { journal } = this.#options;
    this.#mode = 'reading';
    if (!(await this.#isKnown(from))) {
      this.#rebuilt();
      return;
    }
    this.#after = from.n;
    this.#position = from.text;
    let newest = 0;
    let waits = 0;
    while (!this.#ended) {
      const { entries } = await journal.read(this.#after, READ);
      // Numbers have no gap but where a change was lost, or an agent has died that may have told more than it kept.
      const gap = entries.findIndex((entry, index) => entry.n !== this.#after + 1 + index);
      for (const entry of gap < 0 ? entries : entries.slice(0, gap)) this.#send(entry);
      if (gap >= 0) break;
      await this.#drained();
      if (entries.length === READ) continue;
      if (this.#mode === 'reading') {
        this.#mode = 'keeping';
        newest = journal.last;
      } else if (this.#after >= newest) {
        this.#goLive(this.#after, this.#position);
        return;
      } else if (entries.length === 0) {
        if (++waits > COMMIT_WAITS) break;
        await sleep(COMMIT_WAIT_MS);
      }
    }
    this.#rebuilt();
  }

  /** Is what the client saw last what it is here? */
  async #isKnown(from: Position): Promise<boolean> {
    const { journal } = this.#options;
    if (from.n > journal.last) return false;
    if (from.mark === null) return true;
    const { entries } = await journal.read(from.n - 1, 1);
    return isAt(from, entries[0]);
  }

  /** What the client knows may have a hole. It reads the list, which has all up to here. */
  #rebuilt(): void {
    const { last, position } = this.#options.journal;
    const data = { reason: 'what followed the last event is not kept any more' };
    // Where it goes live it gets its id, and its end.
    this.#write(`event: rebuilt\ndata: ${JSON.stringify(data)}\n`);
    this.#goLive(last, position);
  }

  #goLive(after: number, position: string | null): void {
    this.#after = after;
    this.#position = position;
    this.#mode = 'live';
    // An id without data is no event; the client resumes from it all the same.
    this.#write(`${this.#id()}\n`);
    for (const entry of this.#kept.splice(0)) this.#send(entry);
  }

  #take(entry: JournalEntry): void {
    if (this.#ended || this.#mode === 'reading') return;
    if (this.#mode === 'live') {
      this.#send(entry);
      return;
    }
    this.#kept.push(entry);
    if (this.#kept.length <= KEPT_MAX) return;
    // They will be read.
    this.#kept = [];
    this.#mode = 'reading';
  }

  #send(entry: JournalEntry): void {
    if (entry.n <= this.#after) return;
    this.#after = entry.n;
    this.#position = writePosition(entry);
    const { change } = entry;
    if (!this.#options.passes(change)) return;
    const data = JSON.stringify(alarmEvent(change));
    this.#write(`${this.#id()}event: ${change.kind}\ndata: ${data}\n\n`);
  }

  #id = (): string => (this.#position === null ? '' : `id: ${this.#position}\n`);

  #write(text: string): void {
    if (this.#ended || this.#response.destroyed) return;
    this.#response.write(text, error => {
      this.#moved ||= !error;
    });
  }

  /** With the place that it has reached: what passed it by meanwhile needs not be read again. */
  #beat(end: (why: string) => void): void {
    if (!this.#options.holds()) end('its token is not known any more');
    else if (!this.#moved) end('it does not read');
    this.#moved = false;
    this.#write(`: beat\n${this.#mode === 'live' ? this.#id() : ''}\n`);
  }

  async #drained(): Promise<void> {
    while (!this.#ended && this.#response.writableNeedDrain) {
      await new Promise<void>(resolve => {
        const go = () => {
          this.#response.off('drain', go);
          this.#response.off('close', go);
          resolve();
        };
        this.#response.once('drain', go);
        this.#response.once('close', go);
      });
    }
  }
}
