/** Keeps the spool within its size and its age, and says while notices are being given up. */
import type { Clock } from '../time.ts';
import type { Us } from '../types.ts';
import type { Health } from './health.ts';
import type { Post } from './post.ts';

/** Above this share of its size something on the disk is given up; looked at not more often than this. */
const CROWDED = 0.8;
const SHRINK_INTERVAL_US = 200_000;
const EXPIRE_INTERVAL_MS = 60_000;

export class Room {
  readonly #clock: Clock;
  readonly #health: Health;
  readonly #posts: () => readonly Post[];
  /** Posts in which notices are being given up. */
  readonly #overflowing = new Set<Post>();
  #shrunk_us: Us = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(clock: Clock, health: Health, posts: () => readonly Post[]) {
    this.#clock = clock;
    this.#health = health;
    this.#posts = posts;
    this.#expireLater();
  }

  /** So full it is, from 0 to 1. */
  used(share: number): void {
    const now = this.#clock.monoUs();
    if (share < CROWDED || now - this.#shrunk_us < SHRINK_INTERVAL_US || this.#closed) return;
    this.#shrunk_us = now;
    for (const post of this.#posts()) post.givingUp.shrink();
  }

  #expireLater(): void {
    this.#clock.after(EXPIRE_INTERVAL_MS, () => {
      if (this.#closed) return;
      for (const post of this.#posts()) post.givingUp.expire();
      this.#expireLater();
    });
  }

  /** So many of it were given up in all; null: few wait now. */
  overflow(post: Post, given: number | null): void {
    if (given !== null) {
      this.#overflowing.add(post);
      this.#health.overflow(`${given} notices for ${post.destination.name} were given up`);
      return;
    }
    this.#overflowing.delete(post);
    if (this.#overflowing.size === 0) this.#health.overflow(null);
  }

  close(): void {
    this.#closed = true;
  }
}
