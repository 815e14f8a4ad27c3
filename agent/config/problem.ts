/** What is wrong with a configuration, said so that an operator can mend it. */
export interface Problem {
  file: string;
  /** From 1; 0 when the file could not be read at all. */
  line: number;
  column: number;
  /** `adapters[0].timeout_ms`; empty for the whole file. */
  key: string;
  /** A sentence without its end: what was expected, and what is there. */
  message: string;
  remedy: string | null;
}

/** One line per problem, and one for its remedy, in the order of the file. */
export function formatProblems(problems: Problem[]): string {
  return [...problems]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ file, line, column, key, message, remedy }) => {
      const place = line > 0 ? `${file}:${line}:${column}` : file;
      const what = key ? `${key}: ${message}` : message;
      return remedy ? `${place}: ${what}\n    ${remedy}` : `${place}: ${what}`;
    })
    .join('\n');
}

/** `['adapters', 0, 'url']` → `adapters[0].url`; keys with dots are quoted. */
export function keyPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const text = String(part);
      const name = /^[\w-]+$/.test(text) ? text : JSON.stringify(text);
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}

/** The word of `known` nearest to `word`: they differ by a third of its letters at most, or by one's end. */
export function closest(word: string, known: readonly string[]): string | null {
  let best = known.find(one => one.startsWith(word) || word.startsWith(one)) ?? null;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's: insertions, removals and replacements; words beyond 64 characters are cut. */
function editDistance(a: string, b: string): number {
  const from = a.slice(0, 64);
  const to = b.slice(0, 64);
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
