/** The last minute of what came in, and the picture before it. Bounded; what leaves it goes into the picture. */
import type { TopologyMemory } from '../../topology/state.ts';
import type { Observation, Us } from '../../types.ts';
import type { Frame } from '../../wire.ts';
import { Base } from './base.ts';

export interface RingLimits {
  span_us: Us;
  items: number;
  /** Of memory, about. */
  bytes: number;
}

export const RING_LIMITS: RingLimits = { span_us: 60_000_000, items: 20_000, bytes: 16 * 2 ** 20 };

/** What a recording's line is made of. */
export type Item = Frame | { observe: Observation };

interface Entry {
  item: Item;
  /** When it came. */
  at: Us;
  /** Before it. */
  memory: TopologyMemory;
}

/** A moment's copy. */
export interface Picture {
  from_us: Us;
  memory: TopologyMemory;
  base: Item[];
  items: Item[];
  /** Levels that found no room. */
  dropped: number;
}

/** Room that is not there before it is taken back from the array's begin. */
const SLACK = 4096;

export class Ring {
  readonly #limits: RingLimits;
  readonly #base = new Base();
  readonly #entries: Entry[] = [];
  #begin = 0;
  #bytes = 0;
  /** What the agent last saw of itself, of what lasts. */
  readonly #seen = new Map<string, Observation>();

  constructor(limits = RING_LIMITS) {
    this.#limits = limits;
  }

  push(item: Item, at: Us, memory: TopologyMemory): void {
    this.#entries.push({ item, at, memory });
    this.#bytes += weight(item);
    const { span_us, items, bytes } = this.#limits;
    for (;;) {
      const oldest = this.#entries[this.#begin];
      if (oldest === undefined) break;
      const count = this.#entries.length - this.#begin;
      if (oldest.at >= at - span_us && count <= items && this.#bytes <= bytes) break;
      this.#begin++;
      this.#bytes -= weight(oldest.item);
      this.#fold(oldest.item);
    }
    if (this.#begin > SLACK) {
      this.#entries.splice(0, this.#begin);
      this.#begin = 0;
    }
  }

  #fold(item: Item): void {
    if ('type' in item) {
      if (item.type === 'hello') this.#seen.delete('helper host');
      this.#base.fold(item);
      return;
    }
    const { observe: seen } = item;
    if (seen.probe !== 'self' || seen.aspect === 'told' || seen.aspect === 'drill') return;
    if (seen.aspect === 'failover') return;
    const key = `${seen.aspect} ${seen.subject}`;
    if (seen.value === 'absent' || seen.value === 'ok') this.#seen.delete(key);
    else this.#seen.set(key, seen);
  }

  /** With what came up to `now`. */
  picture(now: Us, memory: TopologyMemory): Picture {
    const entries = this.#entries.slice(this.#begin);
    const first = entries[0];
    const from_us = first?.at ?? now;
    const own = [...this.#seen.values()].map(observe => ({ observe }));
    return {
      from_us,
      memory: first?.memory ?? memory,
      base: [...this.#base.frames(), ...own],
      items: entries.map(({ item }) => item),
      dropped: this.#base.dropped,
    };
  }
}

/** Of an ordinary frame as JavaScript keeps it, and of one with a list. */
const FRAME_BYTES = 512;
const LIST_BYTES = 4096;

/** Memory that it takes, about: it must cost nothing to ask. */
export function weight(item: Item): number {
  if (!('type' in item)) return FRAME_BYTES;
  switch (item.type) {
    case 'reading':
      return FRAME_BYTES + item.data.output.length;
    case 'hwmon':
    case 'edac':
    case 'md':
    case 'multipath':
    case 'module_eeprom':
    case 'team':
    case 'hello':
      return LIST_BYTES;
    default:
      return FRAME_BYTES;
  }
}
