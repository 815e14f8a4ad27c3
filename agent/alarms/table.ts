/** The README's table of alarms, made from the catalogue. */
import { catalogue } from './catalogue.ts';

/** The lines of the README between which the table stands. */
export const TABLE_BEGIN = '<!-- alarms -->';
export const TABLE_END = '<!-- /alarms -->';

/** Markdown, with a line end at its end. */
export function alarmTable(): string {
  const rows = catalogue.map(entry => [
    `\`${entry.type}\``,
    entry.perceivedSeverity,
    entry.probableCause,
    entry.text,
    entry.clears,
    entry.repair,
  ]);
  const head = ['Alarm', 'Severity', 'Probable cause', 'Means', 'Clears', 'Repair'];
  const line = (cells: string[]) => `| ${cells.map(c => c.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}
