/** `pathwarden status`: one glance tells whether all is well; below it, why. */
import type { Status } from '../control/protocol.ts';
import { optionalSources } from '../topology/sources.ts';
import { type Asset, assetLine, readAsset } from './asset.ts';
import { ask, writeJson } from './context.ts';
import { EXIT } from './exit.ts';
import { count, mebibytes, uptime, wrap } from './format.ts';
import { groupsText } from './group-text.ts';
import { maintenanceText } from './maintenance-text.ts';
import { age, STATE_COLOURS } from './outbox-text.ts';
import { clean, type Paint, paint, type Terminal } from './terminal.ts';
import type { Verb } from './verb.ts';

export const statusVerb: Verb = {
  define(program, run) {
    program
      .command('status')
      .description(
        'health at a glance, then the helper, the path groups with legs and flows, and the outbox',
      )
      .option('--json', 'the whole status as JSON')
      .option('--asset', 'also vendor, model and serial number of this host')
      .option('--check', 'exit 1 when not healthy')
      .action((options: { json?: boolean; asset?: boolean; check?: boolean }) =>
        run(async context => {
          const status = await ask(context, client => client.request('status', {}));
          const asset = options.asset ? await readAsset(context) : null;
          if (options.json) writeJson(context.out, asset ? { ...status, asset } : status);
          else context.out.write(renderStatus(context.out, status, asset));
          return options.check && complaints(status).length > 0 ? EXIT.no : EXIT.ok;
        }),
      );
  },
};

/** A notice that waits longer is a VIM that does not know. */
const OUTBOX_LATE_MS = 10_000;

/** Why the host is not healthy; empty: it is. Warnings and sources that see less than they could are no illness. */
export function complaints(status: Status): string[] {
  const found: string[] = [];
  const { alarms, helper } = status;
  if (!helper.connected) found.push('the helper is not connected: nothing is seen');
  for (const severity of ['CRITICAL', 'MAJOR', 'MINOR'] as const)
    if (alarms[severity] > 0)
      found.push(count(alarms[severity], `${severity.toLowerCase()} alarm`));
  for (const group of status.groups) {
    const lost = group.legs.filter(l => l.state !== 'up');
    if (lost.length > 0) found.push(`${group.id} without ${lost.map(l => l.id).join(', ')}`);
  }
  const stalled = status.flows.filter(f => f.state === 'stalled').length;
  if (stalled > 0) found.push(`${count(stalled, 'flow')} stalled`);
  for (const o of status.outbox) {
    if (o.state === 'failing') found.push(`${o.adapter} takes no notices`);
    else if ((o.oldest_ms ?? 0) > OUTBOX_LATE_MS) found.push(`${o.adapter} has not been told`);
  }
  return found;
}

export function renderStatus(out: Terminal, status: Status, asset: Asset | null = null): string {
  const wrong = complaints(status);
  const verdict =
    wrong.length === 0
      ? paint(out, 'green', 'HEALTHY')
      : `${paint(out, 'red', 'NOT HEALTHY')}: ${clean(wrong.join('; '))}`;
  const { agent, helper } = status;
  const lines: [string, string][] = [
    [
      'agent',
      `${status.version}, pid ${agent.pid}, up ${uptime(agent.uptime_s)}, ${mebibytes(agent.rss_bytes)}`,
    ],
    [
      'helper',
      helper.connected
        ? `${helper.version ?? '?'}, carrier strategy ${helper.strategy ?? '?'}, nudge ${helper.nudge ?? '?'}`
        : paint(out, 'red', 'not connected'),
    ],
  ];
  if (asset) lines.push(['asset', assetLine(asset)]);
  for (const [i, s] of helper.sources.entries()) {
    // Without a team there is nothing to see of teams.
    const fine = s.state === 'degraded' || optionalSources.includes(s.name);
    const how: Paint = s.state === 'ok' ? 'green' : fine ? 'yellow' : 'red';
    const reason = s.reason === null ? '' : `: ${clean(s.reason)}`;
    lines.push([i === 0 ? 'sources' : '', `${clean(s.name)} ${paint(out, how, s.state)}${reason}`]);
  }
  const lost = Object.entries(helper.dropped).filter(([, n]) => n > 0);
  lines.push([
    'events lost',
    lost.length === 0 ? 'none' : lost.map(([where, n]) => `${n} in ${where}`).join(', '),
  ]);
  for (const [i, line] of readerLines(out, status.reader).entries())
    lines.push([i === 0 ? 'reader' : '', line]);
  lines.push(['alarms', alarmLine(out, status)]);
  if (status.maintenance) {
    const text = `on ${maintenanceText(status.maintenance)}`;
    lines.push(['maintenance', paint(out, 'yellow', text)]);
  }
  for (const [i, o] of status.outbox.entries())
    lines.push([i === 0 ? 'outbox' : '', outboxLine(out, o)]);
  if (status.outbox.length === 0) lines.push(['outbox', 'no adapter: alarms are told to nobody']);
  const { recordings } = status;
  if (recordings?.problem != null) {
    const text = `${recordings.failed} could not be written: ${clean(recordings.problem)}`;
    lines.push(['recordings', paint(out, 'yellow', text)]);
  }
  lines.push(['budget', `${status.budget_ms} ms for a failover`]);

  const width = Math.max(...lines.map(([k]) => k.length));
  const head = fitted(out, `${paint(out, 'bold', clean(status.host))}  ${verdict}`, 0)
    .map(line => `${line}\n`)
    .join('');
  const body = lines.flatMap(([k, v]) =>
    fitted(out, v, width + 4).map((line, i) => `  ${(i === 0 ? k : '').padEnd(width)}  ${line}\n`),
  );
  return `${head}${body.join('')}${groupsText(out, status)}`;
}

/** Its version, and what it can do; then what it cannot, and what troubles it. */
function readerLines(
  out: Terminal,
  { use, connected, version, tools }: Status['reader'],
): string[] {
  if (!connected)
    return [use === 'on' ? paint(out, 'red', 'not connected') : use === 'off' ? 'off' : 'none'];
  const reads = tools.filter(({ state }) => state === 'ok').map(({ tool }) => clean(tool));
  return [
    `${version ?? '?'}, reads ${reads.join(', ') || 'nothing'}`,
    ...tools.flatMap(({ tool, state, reason }) =>
      reason === null ? [] : [`${clean(tool)} ${paint(out, 'yellow', state)}: ${clean(reason)}`],
    ),
  ];
}

const fitted = (out: Terminal, text: string, indent: number): string[] =>
  out.columns === null ? [text] : wrap(text, out.columns, indent);

function alarmLine(out: Terminal, { alarms }: Status): string {
  const colours = {
    CRITICAL: 'red',
    MAJOR: 'red',
    MINOR: 'yellow',
    WARNING: 'yellow',
    INDETERMINATE: 'yellow',
  } as const;
  const active = (Object.keys(colours) as (keyof typeof colours)[]).filter(s => alarms[s] > 0);
  if (active.length === 0) return 'none active';
  return active.map(s => paint(out, colours[s], `${alarms[s]} ${s.toLowerCase()}`)).join(', ');
}

function outboxLine(out: Terminal, o: Status['outbox'][number]): string {
  const name = clean(o.adapter);
  const state = o.state === 'ok' ? '' : `${paint(out, STATE_COLOURS[o.state], o.state)}, `;
  const dead = o.dead === 0 ? '' : `, ${paint(out, 'yellow', `${o.dead} dead`)}`;
  const error = `${dead}${o.last_error === null ? '' : `, last error: ${clean(o.last_error)}`}`;
  if (o.pending === 0) return `${name}: ${state}all told${error}`;
  const lag = o.oldest_ms === null ? '' : `, the oldest for ${age(o.oldest_ms)}`;
  const how: Paint = (o.oldest_ms ?? 0) > OUTBOX_LATE_MS ? 'red' : 'yellow';
  return `${name}: ${state}${paint(out, how, `${count(o.pending, 'notice')} waiting${lag}`)}${error}`;
}
