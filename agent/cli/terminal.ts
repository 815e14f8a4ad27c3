/** Where the CLI writes: colour, width and characters that the other end can take. */
import { stripVTControlCharacters } from 'node:util';

const SGR = {
  bold: '1',
  dim: '2',
  red: '31',
  green: '32',
  yellow: '33',
  cyan: '36',
} as const;

export type Paint = keyof typeof SGR;

export interface Terminal {
  write(text: string): void;
  /** Colour only on a terminal, never with NO_COLOR (https://no-color.org) or TERM=dumb. */
  readonly color: boolean;
  /** Somebody waits before it. */
  readonly interactive: boolean;
  /** Columns of the terminal, or COLUMNS (POSIX, 8.3) where it is none; null: lines may be as long as they like. */
  readonly columns: number | null;
  /** Lines of the terminal; null: it is none. */
  readonly rows: number | null;
  /** Whether bars and dots may be more than ASCII. */
  readonly unicode: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Stream = { isTTY?: boolean; columns?: number; rows?: number; write(text: string): unknown };

export function terminalOf(stream: Stream, env: Environment = process.env): Terminal {
  const tty = stream.isTTY === true;
  return {
    write: text => void stream.write(text),
    color: tty && !env.NO_COLOR && env.TERM !== 'dumb',
    interactive: tty,
    get columns() {
      return tty ? (stream.columns ?? 80) : columnsOf(env);
    },
    get rows() {
      return tty ? (stream.rows ?? 24) : null;
    },
    // The first one that is set counts (locale(7)).
    unicode: /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || ''),
  };
}

function columnsOf({ COLUMNS = '' }: Environment): number | null {
  return /^[1-9]\d{0,3}$/.test(COLUMNS) ? Number(COLUMNS) : null;
}

export const paint = (out: Terminal, how: Paint, text: string): string =>
  out.color && text !== '' ? `\x1b[${SGR[how]}m${text}\x1b[0m` : text;

/** Names and texts come from the kernel and over sockets: a terminal must not obey what is in them. */
export const clean = (text: string): string =>
  stripVTControlCharacters(text).replace(/\p{Cc}/gu, '?');

/** Characters that it takes on the terminal, without its colours. */
export const textWidth = (text: string): number => [...stripVTControlCharacters(text)].length;

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** May be cut short when the terminal is too narrow. */
  shrink?: boolean;
}

/** Fewest characters that a shrunk column keeps. */
const SHRUNK_MIN = 8;

/**
 * Rows under bold titles, columns two spaces apart. On a terminal that is too narrow the columns that may shrink are
 * cut, the widest first; elsewhere nothing is cut.
 */
export function table(out: Terminal, columns: Column[], rows: string[][], indent = ''): string {
  const widths = columns.map((c, i) =>
    Math.max(textWidth(c.title), ...rows.map(r => textWidth(r[i] ?? ''))),
  );
  if (out.columns !== null) {
    let over = indent.length + sum(widths) + 2 * (columns.length - 1) - out.columns;
    while (over > 0) {
      const widest = columns
        .map((c, i) => ({ i, can: c.shrink ? (widths[i] ?? 0) - SHRUNK_MIN : 0 }))
        .reduce((a, b) => (b.can > a.can ? b : a));
      if (widest.can <= 0) break;
      const by = Math.min(over, widest.can);
      widths[widest.i] = (widths[widest.i] ?? 0) - by;
      over -= by;
    }
  }
  const line = (cells: string[], how?: Paint) =>
    indent +
    columns
      .map((c, i) => {
        const fitted = fit(out, cells[i] ?? '', widths[i] ?? 0);
        const room = ' '.repeat((widths[i] ?? 0) - textWidth(fitted));
        const cell = how ? paint(out, how, fitted) : fitted;
        if (c.align === 'right') return room + cell;
        return i === columns.length - 1 ? cell : cell + room;
      })
      .join('  ')
      .trimEnd();
  return `${[
    line(
      columns.map(c => c.title),
      'bold',
    ),
    ...rows.map(r => line(r)),
  ].join('\n')}\n`;
}

/** A text in the place of the last one: on a terminal from its upper left corner, as much as it has room for. */
export function screenful(out: Terminal, text: string): string {
  if (!out.interactive || out.rows === null) return `${text}\n`;
  const lines = text.split('\n').slice(0, -1);
  const room = Math.max(1, out.rows - 1);
  const shown = lines.length <= room ? lines : lines.slice(0, room - 1);
  const more = lines.length - shown.length;
  const all = more === 0 ? shown : [...shown, paint(out, 'dim', `${more} more lines`)];
  // Each line is overwritten, its rest erased, and what was below it: the screen is never empty (ECMA-48: CUP, EL, ED).
  return `\x1b[H${all.map(line => `${line}\x1b[K\n`).join('')}\x1b[J`;
}

function fit(out: Terminal, text: string, room: number): string {
  if (textWidth(text) <= room) return text;
  const dots = out.unicode ? '…' : '..';
  return (
    [...stripVTControlCharacters(text)].slice(0, Math.max(0, room - dots.length)).join('') + dots
  );
}

const sum = (all: number[]): number => all.reduce((a, b) => a + b, 0);
