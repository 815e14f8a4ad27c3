/**
 * An immutable map. A change copies one of its shards, so that a dump of ten thousand routes costs no more than each
 * of its entries and the table before stays as it was.
 */

const SHARDS = 64;

type Key = string | number;

export interface Table<K extends Key, V> {
  readonly size: number;
  readonly shards: readonly (ReadonlyMap<K, V> | undefined)[];
}

export function emptyTable<K extends Key, V>(): Table<K, V> {
  return { size: 0, shards: [] };
}

export function tableGet<K extends Key, V>(table: Table<K, V>, key: K): V | undefined {
  return table.shards[shardOf(key)]?.get(key);
}

export function tableSet<K extends Key, V>(table: Table<K, V>, key: K, value: V): Table<K, V> {
  const at = shardOf(key);
  const before = table.shards[at];
  if (before?.get(key) === value && before.has(key)) return table;
  const shards = table.shards.slice();
  shards[at] = new Map(before).set(key, value);
  return { size: table.size + (before?.has(key) ? 0 : 1), shards };
}

export function tableDelete<K extends Key, V>(table: Table<K, V>, key: K): Table<K, V> {
  const at = shardOf(key);
  const before = table.shards[at];
  if (!before?.has(key)) return table;
  const shards = table.shards.slice();
  const after = new Map(before);
  after.delete(key);
  shards[at] = after;
  return { size: table.size - 1, shards };
}

/** In no particular order. */
export function* tableEntries<K extends Key, V>(table: Table<K, V>): Generator<[K, V]> {
  for (const shard of table.shards) if (shard) yield* shard.entries();
}

/** In no particular order. */
export function* tableValues<K extends Key, V>(table: Table<K, V>): Generator<V> {
  for (const shard of table.shards) if (shard) yield* shard.values();
}

/** The same table with each value replaced by what `fn` makes of it. */
export function tableMap<K extends Key, V>(table: Table<K, V>, fn: (value: V) => V): Table<K, V> {
  return {
    size: table.size,
    shards: table.shards.map(
      shard => shard && new Map([...shard].map(([key, value]) => [key, fn(value)] as const)),
    ),
  };
}

function shardOf(key: Key): number {
  if (typeof key === 'number') return key % SHARDS;
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
  return (hash >>> 0) % SHARDS;
}
