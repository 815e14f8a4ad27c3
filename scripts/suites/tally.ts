/** What a suite counted. A skip says why; a failure says what. */
export interface Tally {
  passed: number;
  failures: string[];
  skips: { name: string; reason: string }[];
}

export const emptyTally = (): Tally => ({ passed: 0, failures: [], skips: [] });

export function addTally(sum: Tally, more: Tally): void {
  sum.passed += more.passed;
  sum.failures.push(...more.failures);
  sum.skips.push(...more.skips);
}

/** The line that closes a run. */
export function closingLine(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failures.length} failed, ${tally.skips.length} skipped`;
}
