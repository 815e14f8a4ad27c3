import t from 'tap';
import { clean, paint, table, terminalOf } from '../../../agent/cli/terminal.ts';
import { paper, text } from './terminals.ts';

const stream = (isTTY: boolean) => ({ isTTY, columns: 40, write: () => true });

t.test('colour only on a terminal, and never against NO_COLOR', async t => {
  t.equal(terminalOf(stream(true), {}).color, true);
  t.equal(terminalOf(stream(false), {}).color, false);
  t.equal(terminalOf(stream(true), { NO_COLOR: '1' }).color, false);
  t.equal(terminalOf(stream(true), { NO_COLOR: '' }).color, true, 'empty is not set');
  t.equal(terminalOf(stream(true), { TERM: 'dumb' }).color, false);
  t.equal(paint(paper({ color: true }), 'red', 'x'), '\x1b[31mx\x1b[0m');
  t.equal(paint(paper(), 'red', 'x'), 'x');
});

t.test('width is that of a terminal; more than ASCII is what the locale says', async t => {
  t.equal(terminalOf(stream(true), {}).columns, 40);
  t.equal(terminalOf(stream(false), {}).columns, null);
  t.equal(terminalOf(stream(false), { COLUMNS: '96' }).columns, 96);
  t.equal(terminalOf(stream(false), { COLUMNS: 'wide' }).columns, null);
  t.equal(terminalOf(stream(false), { COLUMNS: '96' }).interactive, false);
  t.equal(terminalOf(stream(true), { LANG: 'C.UTF-8' }).unicode, true);
  t.equal(terminalOf(stream(true), { LANG: 'C.UTF-8', LC_ALL: 'C' }).unicode, false);
  t.equal(terminalOf(stream(true), {}).unicode, false);
});

t.test('what comes from elsewhere cannot move the cursor', async t => {
  t.equal(clean('a\x1b[31mb\x1b]0;title\x07c\nd'), 'abc?d');
});

const columns = [
  { title: 'NAME' },
  { title: 'MS', align: 'right' as const },
  { title: 'WHY', shrink: true },
];
const rows = [
  ['c-a', '1.2', 'a rather long reason for all of it'],
  ['a-longer-name', '1311.0', ''],
];

t.test('columns are aligned, without spaces at the end', async t => {
  t.equal(
    table(paper(), columns, rows, '  '),
    text`
        NAME               MS  WHY
        c-a               1.2  a rather long reason for all of it
        a-longer-name  1311.0
    `
      .replace(/^/gm, '  ')
      .replace(/ +$/gm, ''),
  );
});

t.test('a narrow terminal cuts what may be cut', async t => {
  const narrow = table(paper({ columns: 40, unicode: true }), columns, rows);
  t.ok(narrow.split('\n').every(line => line.length <= 40));
  t.match(narrow, / a rather long re…\n/);
  t.match(table(paper({ columns: 40 }), columns, rows), / a rather long r\.\.\n/);
  t.match(table(paper({ columns: 10 }), columns, rows), /a-longer-name/, 'never what may not');
});

t.test('colour does not count as width', async t => {
  const out = paper({ color: true });
  const painted = table(out, columns, [[paint(out, 'red', 'c-a'), '1', 'x']]);
  t.match(painted, '\x1b[31mc-a\x1b[0m    1  x');
});
