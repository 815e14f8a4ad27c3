/** `pathwarden failovers`: the latest records, or the time line of one. */
import type { FailoverPhases, FailoverRecord, Us } from '../types.ts';
import { ask, writeJson } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { localTime, ms, parseCount } from './format.ts';
import { type Column, clean, paint, type Terminal, table } from './terminal.ts';
import { gapText, isBonded, renderTimeline, VERDICT_COLOURS } from './timeline.ts';
import type { Verb } from './verb.ts';

/** As many as the agent gives at once (control/protocol.ts). */
const LIMIT_MAX = 1000;

export const failoversVerb: Verb = {
  define(program, run) {
    program
      .command('failovers')
      .description('the latest failovers, real or drilled, against their budget')
      .argument('[id]', 'show the time line of this one')
      .option('-n, --limit <count>', 'how many', '20')
      .option('--json', 'the records as JSON')
      .action((id: string | undefined, options: { limit: string; json?: boolean }) =>
        run(async context => {
          const limit = id ? LIMIT_MAX : parseCount('--limit', options.limit, 1, LIMIT_MAX);
          const all = await ask(context, client => client.request('failovers', { limit }));
          const records = id ? all.filter(r => r.id === id) : all;
          if (id && records.length === 0)
            throw new CliError(
              EXIT.no,
              `no failover '${clean(id)}' among the latest ${all.length}`,
            );
          if (options.json) writeJson(context.out, records);
          else if (records[0] && id) context.out.write(renderTimeline(context.out, records[0]));
          else context.out.write(renderFailovers(context.out, records));
          return EXIT.ok;
        }),
      );
  },
};

/** A narrower terminal has no room for everything; `failovers <id>` tells the rest. */
const ALL_FROM_COLUMNS = 140;

/** Offset from the cut in ms; `-` when it did not happen. Records of older agents lack what came later. */
export const offset = (record: FailoverRecord, t: Us | null | undefined): string =>
  t == null ? '-' : ms(t - record.cut.t_us);

interface Cell extends Column {
  text(record: FailoverRecord): string;
}

export function renderFailovers(out: Terminal, records: FailoverRecord[]): string {
  if (records.length === 0) return 'No failovers.\n';
  const all = out.columns === null || out.columns >= ALL_FROM_COLUMNS;
  const bonds = records.some(isBonded);
  // Where bonds are among them, their parts say more than who saw and told it.
  const chosen = bonds && !all ? partsOnly(out) : cells(out, bonds, all);
  const rows = records.map(record => chosen.map(cell => cell.text(record)));
  const legend = 'PARTS: detection + switch + announcement + recovery of the transport\n';
  return `${table(out, chosen, rows)}${bonds ? paint(out, 'dim', legend) : ''}`;
}

function cells(out: Terminal, bonds: boolean, reasons: boolean): Cell[] {
  const at = (title: string, time: (r: FailoverRecord) => Us | null | undefined): Cell => {
    return { title, align: 'right', text: r => offset(r, time(r)) };
  };
  return [
    { title: 'WHEN', text: r => localTime(r.opened.wall_us) },
    ...what,
    {
      title: 'CUT BY',
      text: r => (r.drill === null ? r.cut.source.replaceAll('_', ' ') : 'drill'),
    },
    at('SEEN', r => r.seen_us),
    at('SWITCHED', r => r.switched_us),
    ...(bonds ? [at('ANNOUNCED', r => r.announced_us)] : []),
    at('FLOWING', r => r.flowing_us),
    at('TOLD', r => r.told_us),
    { title: 'GAP ms', align: 'right', text: r => gapText(out, r) },
    ...(bonds ? [parts] : []),
    verdict(out),
    ...(reasons ? [{ title: 'REASON', shrink: true, text: reason }] : []),
  ];
}

/** In 110 columns. */
function partsOnly(out: Terminal): Cell[] {
  return [
    // Without the year.
    { title: 'WHEN', text: r => localTime(r.opened.wall_us).slice('2026-'.length) },
    ...what,
    { title: 'SWITCHED', align: 'right', text: r => offset(r, r.switched_us) },
    { title: 'FLOWING', align: 'right', text: r => offset(r, r.flowing_us) },
    { title: 'GAP ms', align: 'right', text: r => gapText(out, r) },
    parts,
    verdict(out),
  ];
}

const what: Cell[] = [
  { title: 'ID', text: r => clean(r.id) },
  { title: 'GROUP', shrink: true, text: r => clean(r.group) },
  { title: 'LEG', text: r => clean([...new Set(r.legs.map(l => l.leg))].join(',')) },
];

const reason = (record: FailoverRecord): string => clean(record.reason);

const verdict = (out: Terminal): Cell => ({
  title: 'VERDICT',
  text: r => (r.state === 'open' ? 'open' : paint(out, VERDICT_COLOURS[r.verdict], r.verdict)),
});

const parts: Cell = { title: 'PARTS ms', align: 'right', text: r => partsText(r.phases ?? null) };

/** `100+0.4+0.1+811`; `?` for a part whose end was not seen. */
function partsText(phases: FailoverPhases | null): string {
  if (phases === null) return '-';
  const { detection_us, switch_us, announcement_us, recovery_us } = phases;
  return [detection_us, switch_us, announcement_us, recovery_us].map(short).join('+');
}

function short(us: Us | null): string {
  if (us === null) return '?';
  return us < 10_000 ? String(Number(ms(us))) : String(Math.round(us / 1000));
}
