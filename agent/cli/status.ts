/** `pathwarden status`: one glance tells whether all is well; below it, why. */
import type { Status } from '../control/protocol.ts';
import type { Flow, Group, Leg } from '../types.ts';
import { type Asset, assetLine, readAsset } from './asset.ts';
import { ask, writeJson } from './context.ts';
import { EXIT } from './exit.ts';
import { count, duration, mebibytes, uptime } from './format.ts';
import { clean, type Paint, paint, type Terminal, table } from './terminal.ts';
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
  for (const o of status.outbox)
    if ((o.oldest_ms ?? 0) > OUTBOX_LATE_MS) found.push(`${o.adapter} has not been told`);
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
    const how: Paint = s.state === 'ok' ? 'green' : s.state === 'degraded' ? 'yellow' : 'red';
    const reason = s.reason === null ? '' : `: ${clean(s.reason)}`;
    lines.push([i === 0 ? 'sources' : '', `${clean(s.name)} ${paint(out, how, s.state)}${reason}`]);
  }
  const lost = Object.entries(helper.dropped).filter(([, n]) => n > 0);
  lines.push([
    'events lost',
    lost.length === 0 ? 'none' : lost.map(([where, n]) => `${n} in ${where}`).join(', '),
  ]);
  lines.push(['alarms', alarmLine(out, status)]);
  for (const [i, o] of status.outbox.entries())
    lines.push([i === 0 ? 'outbox' : '', outboxLine(out, o)]);
  if (status.outbox.length === 0) lines.push(['outbox', 'no adapter: alarms are told to nobody']);
  lines.push(['budget', `${status.budget_ms} ms for a failover`]);

  const width = Math.max(...lines.map(([k]) => k.length));
  const head = `${paint(out, 'bold', clean(status.host))}  ${verdict}\n`;
  return `${head}${lines.map(([k, v]) => `  ${k.padEnd(width)}  ${v}\n`).join('')}${groups(out, status)}`;
}

function alarmLine(out: Terminal, { alarms }: Status): string {
  const colours = { CRITICAL: 'red', MAJOR: 'red', MINOR: 'yellow', WARNING: 'yellow' } as const;
  const active = (Object.keys(colours) as (keyof typeof colours)[]).filter(s => alarms[s] > 0);
  if (active.length === 0) return 'none active';
  return active.map(s => paint(out, colours[s], `${alarms[s]} ${s.toLowerCase()}`)).join(', ');
}

function outboxLine(out: Terminal, o: Status['outbox'][number]): string {
  const name = clean(o.adapter);
  const error = o.last_error === null ? '' : `, last error: ${clean(o.last_error)}`;
  if (o.pending === 0) return `${name}: all told${error}`;
  const lag = o.oldest_ms === null ? '' : `, the oldest for ${o.oldest_ms} ms`;
  const how: Paint = (o.oldest_ms ?? 0) > OUTBOX_LATE_MS ? 'red' : 'yellow';
  return `${name}: ${paint(out, how, `${count(o.pending, 'notice')} waiting${lag}`)}${error}`;
}

function groups(out: Terminal, status: Status): string {
  if (status.groups.length === 0)
    return '\nNo path group: no bond, multipath route or nexthop group with two legs was found.\n';
  const orphans = status.flows.filter(f => !status.groups.some(g => g.id === f.group));
  return (
    status.groups.map(g => groupText(out, g, status)).join('') +
    (orphans.length === 0
      ? ''
      : `\n${paint(out, 'bold', 'flows of no group')}\n${flowTable(out, orphans, status)}`)
  );
}

function groupText(out: Terminal, group: Group, status: Status): string {
  const up = group.legs.filter(l => l.state === 'up').length;
  const how: Paint = up === group.legs.length ? 'green' : up > 0 ? 'yellow' : 'red';
  const to = group.targets.length > 0 ? ` to ${group.targets.join(', ')}` : '';
  const state = paint(out, how, `${up} of ${group.legs.length} legs up`);
  const flows = status.flows.filter(f => f.group === group.id);
  const legs = table(
    out,
    [
      { title: 'LEG' },
      { title: 'STATE' },
      { title: 'CARRIER' },
      { title: 'ADMIN' },
      { title: 'ANSWERS' },
      { title: 'GATEWAY', shrink: true },
      { title: 'NIC', shrink: true },
      { title: 'FLOWS', align: 'right' },
    ],
    group.legs.map(l => legRow(out, l, flows)),
    '  ',
  );
  const body = flows.length === 0 ? '  no storage flow\n' : flowTable(out, flows, status);
  return `\n${paint(out, 'bold', clean(group.id))}${clean(to)}  ${state}\n${legs}${body}`;
}

const yes = (value: boolean | null, ifTrue: string, ifFalse: string): string =>
  value === null ? '?' : value ? ifTrue : ifFalse;

function legRow(out: Terminal, leg: Leg, flows: Flow[]): string[] {
  const how: Paint = leg.state === 'up' ? 'green' : 'red';
  return [
    clean(leg.id),
    paint(out, how, leg.state),
    yes(leg.carrier, 'yes', 'no'),
    yes(leg.admin_up, 'up', 'down'),
    leg.answering === null ? 'not probed' : yes(leg.answering, 'yes', 'no'),
    clean(leg.gateway ?? ''),
    clean(leg.parent_dev ?? ''),
    String(flows.filter(f => f.leg_out === leg.id || f.leg_in === leg.id).length),
  ];
}

function flowTable(out: Terminal, flows: Flow[], status: Status): string {
  return table(
    out,
    [
      { title: 'FLOW', shrink: true },
      { title: 'ROLE' },
      { title: 'OUT BY' },
      { title: 'BACK BY' },
      { title: 'RTT', align: 'right' },
      { title: 'STATE' },
    ],
    flows.map(f => {
      const how: Paint = f.state === 'moving' ? 'green' : f.state === 'slow' ? 'yellow' : 'red';
      const since = f.since_us === null ? '' : ` for ${duration(status.now_us - f.since_us)}`;
      return [
        clean(f.id),
        f.role,
        clean(f.leg_out ?? '?'),
        clean(f.leg_in ?? '?'),
        `${(f.srtt_us / 1000).toFixed(2)} ms`,
        paint(out, how, f.state) + since,
      ];
    }),
    '  ',
  );
}
