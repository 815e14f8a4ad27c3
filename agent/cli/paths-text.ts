/** Storage paths as `pathwarden paths` shows them. */
import type { PathFlow, Paths } from '../control/protocol.ts';
import type { Group, PathSession, Us } from '../types.ts';
import { count, elapsed, endpoint, rtt } from './format.ts';
import { disksText, mapsText } from './paths-disks.ts';
import { type Column, clean, type Paint, paint, type Terminal, table } from './terminal.ts';

export function renderPaths(out: Terminal, paths: Paths): string {
  const { groups, flows, sessions, flow_count } = paths;
  const none = flow_count + sessions.length + paths.maps.length + paths.disks.length === 0;
  const known = new Set(groups.map(({ id }) => id));
  const isOrphan = ({ group }: { group: string | null }) => group === null || !known.has(group);
  return [
    headText(out, paths),
    ...groups.map(group => groupText(out, paths, group)),
    otherText(out, paths, flows.filter(isOrphan), sessions.filter(isOrphan)),
    mapsText(out, paths),
    disksText(out, paths),
    none ? '\nNo storage connection, session or disk was found.\n' : '',
    paths.measured || flow_count === 0
      ? ''
      : '\nThe helper did not say what the sockets know: no times of theirs.\n',
    flows.length < flow_count
      ? `\n${count(flow_count - flows.length, 'more connection')}: --limit\n`
      : '',
  ].join('');
}

function headText(out: Terminal, { host, groups, flows, flow_count, sessions }: Paths): string {
  const stalled = flows.filter(({ state }) => state === 'stalled').length;
  const failed = sessions.filter(({ usable }) => !usable).length;
  const parts = [
    count(groups.length, 'path group'),
    count(flow_count, 'connection'),
    ...(stalled > 0 ? [paint(out, 'red', `${stalled} stalled`)] : []),
    ...(sessions.length > 0 ? [count(sessions.length, 'session')] : []),
    ...(failed > 0 ? [paint(out, 'red', `${failed} failed`)] : []),
  ];
  return `${paint(out, 'bold', clean(host))}  ${parts.join(', ')}\n`;
}

function groupText(out: Terminal, paths: Paths, group: Group): string {
  const up = group.legs.filter(({ state }) => state === 'up').length;
  const how: Paint = up === group.legs.length ? 'green' : up > 0 ? 'yellow' : 'red';
  const state = paint(out, how, `${up} of ${group.legs.length} legs up`);
  const mode = group.mode === null ? '' : `${clean(group.mode)}, `;
  const flows = paths.flows.filter(flow => flow.group === group.id);
  const sessions = paths.sessions.filter(one => one.group === group.id);
  return (
    `\n${paint(out, 'bold', clean(group.id))}  ${mode}${state}\n` +
    flowTable(out, paths, flows, group) +
    sessionTable(out, sessions)
  );
}

function otherText(
  out: Terminal,
  paths: Paths,
  flows: PathFlow[],
  sessions: PathSession[],
): string {
  if (flows.length + sessions.length === 0) return '';
  const title = `\n${paint(out, 'bold', 'of no path group')}\n`;
  return title + flowTable(out, paths, flows, null) + sessionTable(out, sessions);
}

/** Ways that are drawn as one leg each; those of a bond of which nobody has seen the member come last. */
function flowTable(out: Terminal, paths: Paths, flows: PathFlow[], group: Group | null): string {
  const legs = group?.legs.map(({ id }) => id) ?? [];
  const ways = [...new Set([...legs, ...flows.map(wayOut)])];
  const columns = flowColumns(paths);
  const rows = ways.flatMap(way => {
    const leg = group?.legs.find(({ id }) => id === way);
    const state = leg === undefined ? '' : legState(out, leg);
    const own = flows.filter(flow => wayOut(flow) === way).sort(byState);
    if (own.length === 0) return [[`${clean(way)}${state}`, '-']];
    return own.map((flow, i) => [
      i === 0 ? `${clean(way)}${state}` : '',
      ...columns.map(([, cell]) => cell(out, flow)),
    ]);
  });
  if (rows.length === 0) return '';
  return table(
    out,
    [{ title: 'OUT BY', shrink: true }, ...columns.map(([column]) => column)],
    rows,
    '  ',
  );
}

const wayOut = ({ leg_out, device_out }: PathFlow): string => wayOf(leg_out, device_out);

function wayOf(leg: string | null, device: string | null): string {
  if (leg !== null) return leg;
  return device === null ? '?' : `${device} (member unknown)`;
}

function legState(out: Terminal, { state, answering }: Group['legs'][number]): string {
  if (state !== 'up') return ` ${paint(out, 'red', state)}`;
  return answering === false ? ` ${paint(out, 'red', 'no answer')}` : '';
}

const RANK = { stalled: 0, slow: 1, moving: 2 };
const byState = (a: PathFlow, b: PathFlow): number =>
  RANK[a.state] - RANK[b.state] || (a.id < b.id ? -1 : 1);

type FlowColumn = [column: Column, cell: (out: Terminal, flow: PathFlow) => string];

function flowColumns({ now_us, measured, flows }: Paths): FlowColumn[] {
  const columns: FlowColumn[] = [
    [{ title: 'BACK BY', shrink: true }, (_, flow) => clean(wayOf(flow.leg_in, flow.device_in))],
    [
      { title: 'PROTOCOL' },
      (_, { protocol, role }) => (role === 'server' ? `${protocol}, served` : protocol),
    ],
    [
      { title: 'OTHER END', shrink: true },
      (_, { remote, remote_port }) => endpoint(remote, remote_port),
    ],
  ];
  if (flows.some(({ target_name }) => target_name !== null)) {
    columns.push([
      { title: 'TARGET', shrink: true },
      (_, { target_name }) => clean(target_name ?? ''),
    ]);
  }
  if (measured) columns.push(...figureColumns(now_us));
  columns.push([{ title: 'STATE' }, (out, flow) => stateText(out, flow, now_us)]);
  return columns;
}

const figureColumns = (now_us: Us): FlowColumn[] => [
  [{ title: 'RTT', align: 'right' }, (_, { figures }) => (figures ? rtt(figures.srtt_us) : '?')],
  [
    { title: 'RETRANS', align: 'right' },
    (_, { figures }) => (figures ? String(figures.retransmits) : '?'),
  ],
  [
    { title: 'BACKOFF', align: 'right' },
    (out, { figures }) =>
      figures ? paint(out, figures.backoff > 0 ? 'red' : 'dim', String(figures.backoff)) : '?',
  ],
  [
    { title: 'PROGRESS', align: 'right' },
    (_, { figures }) => {
      if (figures === null) return '?';
      const { progress_us } = figures;
      return progress_us === null ? 'never' : `${elapsed(Math.max(0, now_us - progress_us))} ago`;
    },
  ],
];

function stateText(out: Terminal, { state, since_us }: PathFlow, now_us: Us): string {
  const how: Paint = state === 'moving' ? 'green' : state === 'slow' ? 'yellow' : 'red';
  return paint(out, how, state) + (since_us === null ? '' : ` for ${elapsed(now_us - since_us)}`);
}

function sessionTable(out: Terminal, sessions: PathSession[]): string {
  if (sessions.length === 0) return '';
  return table(
    out,
    [
      { title: 'SESSION' },
      { title: 'PROTOCOL' },
      { title: 'OTHER END' },
      { title: 'TARGET', shrink: true },
      { title: 'STATE' },
      { title: 'DISKS', shrink: true },
    ],
    sessions.map(one => [
      clean(one.id),
      one.protocol,
      one.remote === null ? '?' : endpoint(one.remote, one.remote_port),
      clean(one.name ?? ''),
      sessionState(out, one),
      clean(one.disks.join(' ')),
    ]),
    '  ',
  );
}

function sessionState(out: Terminal, { usable, state, connected }: PathSession): string {
  if (!usable) return paint(out, 'red', clean(state));
  return connected === false
    ? `${clean(state)}, ${paint(out, 'yellow', 'no connection')}`
    : paint(out, 'green', clean(state));
}
