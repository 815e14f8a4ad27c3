/** The latest of something, by id; the oldest go. */
export class Ring<T> {
  readonly #max: number;
  readonly #idOf: (item: T) => string;
  readonly #items = new Map<string, T>();

  constructor(max: number, idOf: (item: T) => string, items: readonly T[] = []) {
    this.#max = max;
    this.#idOf = idOf;
    for (const item of items) this.put(item);
  }

  /** A known id keeps its place. */
  put(item: T): void {
    this.#items.set(this.#idOf(item), item);
    for (const id of this.#items.keys()) {
      if (this.#items.size <= this.#max) break;
      this.#items.delete(id);
    }
  }

  get(id: string): T | undefined {
    return this.#items.get(id);
  }

  /** Oldest first. */
  list(): T[] {
    return [...this.#items.values()];
  }
}
