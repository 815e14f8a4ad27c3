/** Path groups with their legs and flows, as `pathwarden status` shows them. */
import type { Status } from '../control/protocol.ts';
import { lacpText } from '../topology/lacp_text.ts';
import type { Flow, Group, Leg } from '../types.ts';
import { duration } from './format.ts';
import { type Column, clean, type Paint, paint, type Terminal, table } from './terminal.ts';

export function groupsText(out: Terminal, status: Status): string {
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
  const columns = legColumns(group, flows);
  const legs = table(
    out,
    columns.map(([column]) => column),
    group.legs.map(leg => columns.map(([, cell]) => cell(out, leg))),
    '  ',
  );
  const body = flows.length === 0 ? '  no storage flow\n' : flowTable(out, flows, status);
  return `\n${paint(out, 'bold', clean(group.id))}${clean(to)}  ${masterText(group)}${state}\n${legs}${body}`;
}

const isMaster = ({ kind }: Group): boolean => kind === 'bond' || kind === 'team';

/** `active-backup, ens1f0 in use, `. */
function masterText(group: Group): string {
  if (!isMaster(group)) return '';
  const mode = group.mode === null ? '' : `${clean(group.mode)}, `;
  return group.active === null ? mode : `${mode}${clean(group.active)} in use, `;
}

type LegColumn = [column: Column, cell: (out: Terminal, leg: Leg) => string];

/** A bond's leg has no gateway, and a route's hop no master. */
function legColumns(group: Group, flows: Flow[]): LegColumn[] {
  const columns: LegColumn[] = [
    [{ title: 'LEG' }, (_, leg) => clean(leg.id)],
    [{ title: 'STATE' }, (out, { state }) => paint(out, state === 'up' ? 'green' : 'red', state)],
    [{ title: 'CARRIER' }, (_, leg) => yes(leg.carrier, 'yes', 'no')],
    [{ title: 'ADMIN' }, (_, leg) => yes(leg.admin_up, 'up', 'down')],
    [
      { title: 'ANSWERS' },
      (_, { answering }) => (answering === null ? 'not probed' : yes(answering, 'yes', 'no')),
    ],
  ];
  if (!isMaster(group)) {
    columns.push([{ title: 'GATEWAY', shrink: true }, (_, leg) => clean(leg.gateway ?? '')]);
  }
  if (group.legs.some(leg => leg.member !== null)) {
    columns.push([{ title: 'MEMBER', shrink: true }, (_, leg) => memberText(leg)]);
  }
  if (group.legs.some(leg => leg.speed_mbps !== null)) {
    columns.push([{ title: 'SPEED', align: 'right' }, (_, leg) => speedText(leg.speed_mbps)]);
  }
  const used = ({ id }: Leg) => flows.filter(f => f.leg_out === id || f.leg_in === id).length;
  columns.push(
    [{ title: 'NIC', shrink: true }, (_, leg) => clean(leg.parent_dev ?? '')],
    [{ title: 'FLOWS', align: 'right' }, (_, leg) => String(used(leg))],
  );
  return columns;
}

/** `up`, `going-down`; of an LACP port also what its partner makes of it: `up, distributing, aggregator 1`. */
function memberText({ member }: Leg): string {
  if (member === null) return '';
  const { mii, lacp } = member;
  return lacp === null ? mii : `${mii}, ${lacpText(lacp)}, aggregator ${lacp.aggregator_id}`;
}

function speedText(mbps: number | null): string {
  if (mbps === null) return '?';
  return mbps < 1000 ? `${mbps} Mb/s` : `${mbps / 1000} Gb/s`;
}

const yes = (value: boolean | null, ifTrue: string, ifFalse: string): string =>
  value === null ? '?' : value ? ifTrue : ifFalse;

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
