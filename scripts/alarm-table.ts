/** Prints the README's table of alarms; with --write puts it between the README's marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { alarmTable, TABLE_BEGIN, TABLE_END } from '../agent/alarms/table.ts';

const README = new URL('../README.md', import.meta.url);

if (process.argv.includes('--write')) {
  const text = readFileSync(README, 'utf8');
  const begin = text.indexOf(TABLE_BEGIN);
  const end = text.indexOf(TABLE_END);
  if (begin < 0 || end < begin) {
    throw new Error(`README.md: put ${TABLE_BEGIN} and ${TABLE_END} where the table shall stand`);
  }
  const head = text.slice(0, begin + TABLE_BEGIN.length);
  writeFileSync(README, `${head}\n\n${alarmTable()}\n${text.slice(end)}`);
} else {
  process.stdout.write(alarmTable());
}
