/**
 * Records of the kernel's log that mean something, as data. A pattern is one that matches in linear time: no repetition
 * within a repetition, nothing optional beside its like. Its named groups are what it tells.
 */
export interface KmsgPattern {
  /** What it means; unique in its table. */
  what: string;
  pattern: RegExp;
}

export interface KmsgMatch {
  what: string;
  /** By the names of its groups; one that took no part is missing. */
  names: Readonly<Record<string, string>>;
}

/** By the first pattern that fits. */
export function matchKmsg(patterns: readonly KmsgPattern[], text: string): KmsgMatch | null {
  for (const { what, pattern } of patterns) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const groups = Object.entries(found.groups ?? {}).filter(([, value]) => value !== undefined);
    return { what, names: Object.fromEntries(groups) };
  }
  return null;
}
