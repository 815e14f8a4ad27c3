/** The form of a result. */

export interface Figures {
  n: number;
  median: number;
  p99: number;
  max: number;
}

export interface Result {
  name: string;
  unit: string;
  ours: Figures;
  peer: Figures & { name: string };
  /** The peer's median divided by ours; null when ours is 0. */
  ratio: number | null;
}

/** By nearest rank. Throws on an empty list: a benchmark without a value is none. */
export function figures(values: readonly number[]): Figures {
  if (values.length === 0) throw new Error('no value was measured');
  const sorted = values.toSorted((x, y) => x - y);
  const rank = (p: number) =>
    round(sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN);
  return { n: sorted.length, median: rank(0.5), p99: rank(0.99), max: rank(1) };
}

export function result(
  name: string,
  unit: string,
  ours: readonly number[],
  peer: { name: string; values: readonly number[] },
): Result {
  const [mine, theirs] = [figures(ours), figures(peer.values)];
  return {
    name,
    unit,
    ours: mine,
    peer: { name: peer.name, ...theirs },
    ratio: mine.median === 0 ? null : round(theirs.median / mine.median),
  };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
