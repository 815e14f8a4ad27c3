/** `pathwarden failovers`: the latest records, or the time line of one. */
import type { FailoverRecord, Us } from '../types.ts';
import { ask, writeJson } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { localTime, ms, parseCount } from './format.ts';
import { clean, paint, type Terminal, table } from './terminal.ts';
import { gapText, renderTimeline, VERDICT_COLOURS } from './timeline.ts';
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

/** A narrower terminal has no room for reasons beside everything else; `failovers <id>` tells them. */
const REASON_FROM_COLUMNS = 140;

/** Offset from the cut in ms; `-` when it did not happen. */
export const offset = (record: FailoverRecord, t: Us | null): string =>
  t === null ? '-' : ms(t - record.cut.t_us);

export function renderFailovers(out: Terminal, records: FailoverRecord[]): string {
  if (records.length === 0) return 'No failovers.\n';
  const reasons = out.columns === null || out.columns >= REASON_FROM_COLUMNS;
  return table(
    out,
    [
      { title: 'WHEN' },
      { title: 'ID' },
      { title: 'GROUP', shrink: true },
      { title: 'LEG' },
      { title: 'CUT BY' },
      { title: 'SEEN', align: 'right' },
      { title: 'SWITCHED', align: 'right' },
      { title: 'FLOWING', align: 'right' },
      { title: 'TOLD', align: 'right' },
      { title: 'GAP ms', align: 'right' },
      { title: 'VERDICT' },
      ...(reasons ? [{ title: 'REASON', shrink: true }] : []),
    ],
    records.map(r => [
      localTime(r.opened.wall_us),
      clean(r.id),
      clean(r.group),
      clean([...new Set(r.legs.map(l => l.leg))].join(',')),
      r.drill === null ? r.cut.source.replaceAll('_', ' ') : 'drill',
      offset(r, r.seen_us),
      offset(r, r.switched_us),
      offset(r, r.flowing_us),
      offset(r, r.told_us),
      gapText(out, r),
      r.state === 'open' ? 'open' : paint(out, VERDICT_COLOURS[r.verdict], r.verdict),
      ...(reasons ? [clean(r.reason)] : []),
    ]),
  );
}
