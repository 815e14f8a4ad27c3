/** `pathwarden watch`: alarms, failovers and what the probes see, as they come. */
import type { Status, StreamEvent } from '../control/protocol.ts';
import type { FailoverRecord, Us } from '../types.ts';
import { changeLine } from './alarm-text.ts';
import { connectAgent, explainControl, untilInterrupted, writeJsonLine } from './context.ts';
import { duration, localTime } from './format.ts';
import { maintenanceSentence } from './maintenance-text.ts';
import { STATE_COLOURS } from './outbox-text.ts';
import { clean, paint, type Terminal } from './terminal.ts';
import { gapText, VERDICT_COLOURS } from './timeline.ts';
import type { Verb } from './verb.ts';

export const watchVerb: Verb = {
  define(program, run) {
    program
      .command('watch')
      .description('alarms, failovers and observations as they come, until interrupted')
      .option('--json', 'one event a line')
      .action((options: { json?: boolean }) =>
        run(async context => {
          const client = await connectAgent(context, 'view');
          try {
            const status = await client.request('status', {});
            const { wall_offset_us } = status;
            if (!options.json) context.out.write(renderUnusual(context.out, status));
            const news = newsOnly();
            await client.follow(['alarms', 'failovers', 'observations'], event => {
              if (options.json) writeJsonLine(context.out, event);
              else if (news(event))
                context.out.write(`${eventLine(context.out, event, wall_offset_us)}\n`);
            });
            return await untilInterrupted(context, client.closed);
          } catch (error) {
            throw explainControl(error);
          } finally {
            client.close();
          }
        }),
      );
  },
};

/** What has been so for a while, and would not be told again. */
export function renderUnusual(out: Terminal, { maintenance, outbox }: Status): string {
  const ill = outbox.filter(({ state }) => state !== 'ok');
  return [
    ...(maintenance ? [maintenanceSentence(out, maintenance)] : []),
    ...ill.map(
      ({ adapter, state, last_error }) =>
        `${clean(adapter)} is ${paint(out, STATE_COLOURS[state], state)}` +
        `${last_error === null ? '' : `: ${clean(last_error)}`}\n`,
    ),
  ].join('');
}

/** Levels are told again and again; a person wants to read what is new. Alarms always are. */
export function newsOnly(): (event: StreamEvent) => boolean {
  const last = new Map<string, string>();
  return event => {
    if (event.topic === 'alarms') return true;
    const [key, text] =
      event.topic === 'failovers'
        ? [event.record.id, JSON.stringify([event.record.state, ...moments(event.record)])]
        : [event.text.split('=')[0] ?? '', event.text];
    // Only `subject aspect=level` says what it replaces.
    if (event.topic === 'observations' && key === text) return true;
    if (last.get(key) === text) return false;
    last.set(key, text);
    return true;
  };
}

const MOMENTS = ['seen', 'switched', 'flowing', 'told'] as const;
const moments = (r: FailoverRecord): (Us | null)[] => MOMENTS.map(name => r[`${name}_us`]);

/** One line for an event. wall_offset_us: CLOCK_REALTIME − CLOCK_MONOTONIC. */
export function eventLine(out: Terminal, event: StreamEvent, wall_offset_us: number): string {
  switch (event.topic) {
    case 'alarms':
      return changeLine(out, event.change);
    case 'failovers':
      return failoverLine(out, event.record);
    case 'observations':
      return `${localTime(event.t_us + wall_offset_us)} ${paint(out, 'dim', clean(event.text))}`;
  }
}

function failoverLine(out: Terminal, r: FailoverRecord): string {
  const legs = [...new Set(r.legs.map(l => l.leg))].join(', ');
  const what = clean(`failover ${r.id} ${r.group} leg ${legs}`);
  if (r.state === 'open') {
    const steps = MOMENTS.flatMap(name => {
      const t = r[`${name}_us`];
      return t === null ? [] : [`${name} +${duration(t - r.cut.t_us)}`];
    });
    return `${localTime(r.opened.wall_us)} ${what}: open${steps.length ? `, ${steps.join(', ')}` : ''}`;
  }
  const word = paint(out, VERDICT_COLOURS[r.verdict], r.verdict);
  return `${localTime(r.opened.wall_us)} ${what}: ${word}, gap ${gapText(out, r)} ms: ${clean(r.reason)}`;
}
