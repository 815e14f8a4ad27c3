/** The outbox in tables: what each adapter was told and how late, and single notices. */
import type { Replies, Status } from '../control/protocol.ts';
import { count, localTime, ms, uptime, wrap } from './format.ts';
import { notedTable } from './noted-table.ts';
import { type Column, clean, type Paint, paint, type Terminal, table } from './terminal.ts';

type PendingOf = Status['outbox'][number];
type Letter = Replies['outbox'][number];

export const STATE_COLOURS: Record<PendingOf['state'], Paint> = {
  ok: 'green',
  slow: 'yellow',
  failing: 'red',
};

/** A narrower terminal has no room for everything; --json tells all. */
const ALL_FROM_COLUMNS = 100;

const isWide = ({ columns }: Terminal): boolean => columns === null || columns >= ALL_FROM_COLUMNS;

interface Cell extends Column {
  text(of: PendingOf): string;
  wideOnly?: boolean;
}

export function renderLag(out: Terminal, adapters: PendingOf[]): string {
  if (adapters.length === 0) return 'No adapter: alarms are told to nobody.\n';
  const number = (title: string, text: (a: PendingOf) => string): Cell => {
    return { title, align: 'right', text };
  };
  const cells: Cell[] = [
    { title: 'ADAPTER', shrink: true, text: a => `${clean(a.adapter)}${a.primary ? ' *' : ''}` },
    { title: 'KIND', wideOnly: true, text: a => clean(a.kind) },
    { title: 'STATE', text: a => paint(out, STATE_COLOURS[a.state], a.state) },
    number('WAITING', a => String(a.pending)),
    number('OLDEST', a => (a.oldest_ms === null ? '' : age(a.oldest_ms))),
    number('P50 ms', a => (a.latency === null ? '-' : ms(a.latency.p50_us))),
    number('P99 ms', a => (a.latency === null ? '-' : ms(a.latency.p99_us))),
    number('TOLD', a => String(a.delivered)),
    number('DEAD', a => marked(out, a.dead)),
    number('GIVEN UP', a => marked(out, a.given_up)),
  ];
  const errors = adapters.flatMap(a =>
    a.last_error === null ? [] : lines(out, `${clean(a.adapter)}: ${clean(a.last_error)}`),
  );
  const legend = '* primary; P50, P99: event to acknowledgement, over 5 minutes\n';
  const last = errors.length > 0 ? `\nLast errors\n${errors.join('')}` : '';
  const shown = cells.filter(({ wideOnly }) => isWide(out) || wideOnly !== true);
  const lag = table(
    out,
    shown,
    adapters.map(a => shown.map(cell => cell.text(a))),
  );
  return `${lag}${paint(out, 'dim', legend)}${last}`;
}

const marked = (out: Terminal, n: number): string =>
  n === 0 ? '0' : paint(out, 'yellow', String(n));

/** `850 ms`, `1 min 5 s`. */
export const age = (age_ms: number): string =>
  age_ms < 10_000 ? `${age_ms} ms` : uptime(age_ms / 1000);

const lines = (out: Terminal, text: string): string[] =>
  wrap(text, out.columns ?? 100, 4).map((line, i) => `${i === 0 ? '  ' : '    '}${line}\n`);

export function renderLetters(out: Terminal, letters: Letter[], more: boolean): string {
  if (letters.length === 0) return 'No notices.\n';
  const table = notedTable(
    out,
    [
      { title: 'N', align: 'right' },
      { title: 'PUT' },
      { title: 'ADAPTER', shrink: true },
      { title: 'STATE' },
      { title: 'NOTICE' },
      { title: 'ALARM' },
      { title: 'OBJECT', shrink: true },
    ],
    letters.map(l => [
      String(l.n),
      putTime(out, l.put_wall_us),
      clean(l.adapter),
      l.state === 'dead' ? paint(out, 'red', 'dead') : l.state,
      l.kind,
      clean(l.type),
      clean(l.object),
    ]),
    'TRIED',
    letters.map(l => clean(tries(l))),
  );
  const hint = `${count(letters.length, 'notice')}, the oldest; --limit shows more\n`;
  return `${table}${more ? hint : ''}`;
}

const tries = ({ tries: n, error }: Letter): string =>
  n === 0 ? 'not yet' : `${n === 1 ? 'once' : `${n} times`}${error === null ? '' : `: ${error}`}`;

/** `03-01 12:01:01`; without the day where there is no room. */
const putTime = (out: Terminal, wall_us: number): string =>
  localTime(wall_us).slice(isWide(out) ? '2026-'.length : '2026-03-01 '.length, -'.000'.length);
