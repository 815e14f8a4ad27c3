/**
 * storage-path-lost of a session that the kernel keeps: it is not usable, or its connection was closed and is not there
 * again while there are disks that need it.
 */
import type { Observation, StorageProtocol, Us } from '../types.ts';
import { sessionCauses } from './causes.ts';
import { damp, dropLevel, dropMissing, type Levels, setLevel } from './damped.ts';
import { limits } from './limits.ts';
import { type Context, type Family, failoverOf, type Judgement, makeFault } from './set.ts';

type Session = Extract<Observation, { probe: 'storage_session' }>;

const LOST = 'storage-path-lost';

/** Ceph closes connections that are idle, and looks for another monitor; NFS has no disks; DRBD's state says it. */
const KEEPS_CONNECTION: readonly StorageProtocol[] = ['iscsi', 'nvme-tcp', 'nbd'];

export const sessionFamily: Family<Levels> = (levels, input, now, context) =>
  damp(LOST, levels, input, now, ownSessions(context), (before, then) => {
    if (input.probe === 'storage_session') return observe(before, input, context);
    if (input.probe === 'census' && input.storage?.sessions != null) {
      return dropMissing(before, LOST, input.storage.sessions, input.t, then);
    }
    return [before, []];
  });

/** Maps have faults of the same type. */
const ownSessions = (context: Context): Context => ({
  ...context,
  active: Object.fromEntries(
    Object.entries(context.active).filter(([, { object }]) => object.startsWith('session/')),
  ),
});

function observe(levels: Levels, seen: Session, context: Context): [Levels, Judgement[]] {
  const { subject: object, value, t, group } = seen;
  if (value === 'unknown') return [levels, []];
  if (value === 'absent') return dropLevel(levels, LOST, object, t);
  const session = object.slice('session/'.length);
  const fault = makeFault({
    type: LOST,
    object,
    t,
    details: details(seen),
    group,
    ...failoverOf(context.scene, group),
    causes: sessionCauses(session, context.scene),
  });
  const [bad, delay] = judge(seen);
  return [setLevel(levels, fault, bad, delay), []];
}

function judge({ value, connected, disks, protocol }: Session): [bad: boolean, delay: Us] {
  const { reconnect_us, clear_after_us } = limits.session;
  if (value === 'failed') return [true, 0];
  const alone = connected === false && disks.length > 0 && KEEPS_CONNECTION.includes(protocol);
  return alone ? [true, reconnect_us] : [false, clear_after_us];
}

function details({ protocol, name, target, value, state, disks }: Session): string[] {
  const said = [
    [protocol, ...(name === null ? [] : [name]), ...(target === null ? [] : ['at', target])].join(
      ' ',
    ),
  ];
  said.push(value === 'failed' ? `state ${state}` : 'its connection was closed, and is not back');
  if (disks.length > 0) said.push(`disks: ${disks.join(', ')}`);
  return said;
}
