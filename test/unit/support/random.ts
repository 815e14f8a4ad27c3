/** A seeded generator (mulberry32), so that a failing fuzz run can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  };
}

/** The seed of this run: SEED from the environment, or one that the test prints. */
export const runSeed = (): number => Number(process.env.SEED ?? Date.now() % 1_000_000);
