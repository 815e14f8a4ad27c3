/** A recording on its way to the disk: a few lines at a time, so that nothing waits for it. */

import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { maskSecrets } from './mask.ts';
import type { Item } from './ring.ts';

/** Lines between two rests: about a millisecond, on a slow processor twenty. */
const LINES = 64;
/** It rests so many times as long as these took: what comes in meanwhile, the alarm first of all, has most of the loop. */
const REST = 4;
const REST_MAX_MS = 200;
const CHUNK_BYTES = 256 * 1024;

export class Writer {
  /** Lines that found no room. */
  dropped = 0;
  readonly #file: FileHandle;
  #bytes = 0;
  #chunk = '';

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** As long as the file is no larger than `room` bytes. */
  async add(items: readonly Item[], room: number): Promise<void> {
    let began = performance.now();
    for (let i = 0; i < items.length; i++) {
      if (i % LINES === LINES - 1) {
        await sleep(Math.min((performance.now() - began) * REST, REST_MAX_MS));
        began = performance.now();
      }
      if (this.#bytes >= room) {
        this.dropped += items.length - i;
        break;
      }
      await this.line(masked(items[i]!));
    }
  }

  async line(value: unknown): Promise<void> {
    const text = `${JSON.stringify(value)}\n`;
    this.#bytes += Buffer.byteLength(text);
    this.#chunk += text;
    if (this.#chunk.length >= CHUNK_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const chunk = this.#chunk;
    this.#chunk = '';
    if (chunk !== '') await this.#file.appendFile(chunk);
  }
}

function masked(item: Item): Item {
  if (!('type' in item) || item.type !== 'page_victim' || item.data.command === null) return item;
  return { ...item, data: { ...item.data, command: maskSecrets(item.data.command) } };
}
