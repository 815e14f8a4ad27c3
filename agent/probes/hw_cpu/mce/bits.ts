/** Bits of 64-bit registers, which come as `0x…`: no JSON number holds them. */

/** @param hex as the wire has checked it: `0x` and one to sixteen digits */
export const register = (hex: string): bigint => BigInt(hex);

export const bit = (value: bigint, at: number): boolean => ((value >> BigInt(at)) & 1n) === 1n;

/** Bits `high` to `low`, at most 53 of them. */
export const bits = (value: bigint, high: number, low: number): number =>
  Number((value >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n));
