/** A table whose rows end in a note: a sentence that is worth more than to be cut. */
import { wrap } from './format.ts';
import { type Column, paint, type Terminal, table, textWidth } from './terminal.ts';

/** The note is the last column where all of it fits, else it stands below its row. */
export function notedTable(
  out: Terminal,
  columns: Column[],
  rows: string[][],
  title: string,
  notes: string[],
): string {
  const whole = [...columns, { title }];
  const beside = rows.map((row, i) => [...row, notes[i] ?? '']);
  const widths = whole.map((column, i) =>
    Math.max(...[column.title, ...beside.map(row => row[i] ?? '')].map(textWidth)),
  );
  const needed = widths.reduce((a, b) => a + b) + 2 * (whole.length - 1);
  if (out.columns === null || needed <= out.columns) return table(out, whole, beside);
  const [head, ...lines] = table(out, columns, rows).trimEnd().split('\n');
  const indent = ' '.repeat((widths[0] ?? 0) + 2);
  const below = (note: string | undefined): string[] =>
    note
      ? wrap(note, out.columns ?? 0, indent.length).map(line => indent + paint(out, 'dim', line))
      : [];
  const text = [head, ...lines.flatMap((line, i) => [line, ...below(notes[i])])];
  return `${text.join('\n')}\n`;
}
