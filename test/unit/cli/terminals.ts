/** Terminals for tests of text. */
import { CliError } from '../../../agent/cli/exit.ts';
import type { Terminal } from '../../../agent/cli/terminal.ts';

export interface Paper extends Terminal {
  readonly text: string;
}

/** A file or pipe: as wide as it likes, ASCII unless said otherwise, no colour. */
export function paper(over: Partial<Omit<Terminal, 'write'>> = {}): Paper {
  const written: string[] = [];
  return {
    interactive: over.columns != null,
    color: false,
    columns: null,
    rows: null,
    unicode: false,
    ...over,
    write: text => void written.push(text),
    get text() {
      return written.join('');
    },
  };
}

/** Expected text without the indentation that it has in the test. */
export function text(strings: TemplateStringsArray): string {
  const lines = strings.join('').split('\n').slice(1, -1);
  const indent = Math.min(...lines.filter(l => l !== '').map(l => l.length - l.trimStart().length));
  return `${lines.map(l => l.slice(indent)).join('\n')}\n`;
}

/** What an operator is told to do about the error that this throws. */
export function remedyOf(run: () => unknown): string | null {
  try {
    run();
  } catch (error) {
    if (error instanceof CliError) return error.remedy;
    throw error;
  }
  throw new Error('it did not throw');
}
