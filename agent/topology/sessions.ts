/**
 * The kernel's sessions and the connections to their ends. A session knows address and port of its other end, but not
 * which of our ports it uses: what is said of it holds for all connections to that end.
 */
import type { Frame } from '../wire.ts';
import { groupOfFlow } from './flows.ts';
import type { FlowEntry, Topology } from './state.ts';
import { touchStorage } from './storage.ts';
import { tableEntries, tableSet, tableValues } from './table.ts';
import type { SessionEntry } from './told.ts';

/** With what a frame has changed of connections and groups; sessions for which that is news are to be read again. */
export function connectSessions(topology: Topology, frame: Frame): Topology {
  const { effect, storage } = topology;
  if (storage.session.size === 0) return topology;
  const regrouped = effect.groups.length + effect.gone.groups.length > 0;
  const all = regrouped || frame.type === 'session' || frame.type === 'snapshot';
  if (!all && frame.type !== 'flow') return topology;
  let next = topology;
  for (const [id, session] of tableEntries(storage.session)) {
    // Of thousands of connections most lead elsewhere.
    if (!all && frame.type === 'flow' && frame.data.remote !== session.remote) continue;
    const after = withConnection(topology, session);
    if (after.group === session.group && after.connected === session.connected) continue;
    const table = tableSet(next.storage.session, id, after);
    const storage = { ...next.storage, session: table };
    next = touchStorage({ ...next, storage }, 'session', [id]);
  }
  return next;
}

function withConnection(topology: Topology, session: SessionEntry): SessionEntry {
  const flow = flowTo(topology, session);
  const { remote, connected } = session;
  if (remote === null) return session;
  if (flow !== undefined) {
    return { ...session, group: groupOfFlow(topology, flow), connected: true };
  }
  const group = groupOfFlow(topology, { remote, group: session.group, out_ifindex: null });
  return { ...session, group, connected: connected === null ? null : false };
}

function flowTo(topology: Topology, session: SessionEntry): FlowEntry | undefined {
  for (const flow of tableValues(topology.flows)) {
    if (leadsTo(flow, session)) return flow;
  }
  return undefined;
}

/** Each end of DRBD connects to the other; they listen on the same port as a rule. */
export const leadsTo = (
  flow: FlowEntry,
  { protocol, remote, remote_port }: SessionEntry,
): boolean =>
  (flow.role === 'client' || protocol === 'drbd') &&
  flow.service_port === remote_port &&
  flow.remote === remote;

/** The kernel's sessions with the other end of a flow. */
export function sessionsOf(topology: Topology, flow: FlowEntry): SessionEntry[] {
  return [...tableValues(topology.storage.session)].filter(session => leadsTo(flow, session));
}
