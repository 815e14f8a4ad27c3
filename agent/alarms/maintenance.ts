/**
 * Maintenance: alarms on its objects are kept and marked; with notices `hold` nobody is told of those raised in it.
 *
 * Whether an alarm is held is decided when it is raised, and stands until the maintenance ends: so nobody is told of the
 * end of what they never heard of, and everybody of the end of what they did. Alarms about the monitor itself are held only
 * where a pattern names them: work on a host is no reason to go blind or mute unnoticed, and `*` is what everybody types.
 */
import { globMatches } from '../config/glob.ts';
import type { Maintenance, Us } from '../types.ts';
import { clearDamped } from './damping.ts';
import type { Turn } from './turn.ts';

export interface MaintenanceInput {
  verb: 'maintenance';
  /** Replaces the one that is on; null: ends it. */
  maintenance: Maintenance | null;
}

/** Objects of alarms about pathwarden itself. */
const OURS = ['host', 'source/*', 'adapter/*'];
const isOurs = (object: string): boolean => OURS.some(pattern => globMatches(pattern, object));

const covers = (maintenance: Maintenance, object: string): boolean =>
  maintenance.objects.some(pattern => globMatches(pattern, object));

/** What an alarm on this object is marked with. */
export const reasonFor = (maintenance: Maintenance | null, object: string): string | null =>
  maintenance !== null && covers(maintenance, object) ? maintenance.reason : null;

/** Is nobody to be told of what is raised on this object? */
export function holds(maintenance: Maintenance | null, object: string): boolean {
  if (maintenance?.notices !== 'hold') return false;
  return maintenance.objects.some(
    pattern => globMatches(pattern, object) && !(isOurs(object) && /^\*+$/.test(pattern)),
  );
}

/** µs until it is over, by the wall clock: it may be stepped, and the host may boot meanwhile. */
const leftUs = ({ until }: Maintenance, turn: Turn): Us => until.wall_us - turn.stamp.wall_us;

export function setMaintenance(turn: Turn, { maintenance }: MaintenanceInput): void {
  turn.state = { ...turn.state, maintenance };
  if (!endMaintenance(turn)) release(turn);
}

/** Ends the one whose time has come. True: it did. */
export function endMaintenance(turn: Turn): boolean {
  const { maintenance } = turn.state;
  if (maintenance === null || leftUs(maintenance, turn) > 0) return false;
  turn.state = { ...turn.state, maintenance: null };
  release(turn);
  return true;
}

/** When to look again; null: there is none. */
export function maintenanceWakeAt(turn: Turn): Us | null {
  const { maintenance } = turn.state;
  return maintenance === null ? null : turn.now + Math.ceil(leftUs(maintenance, turn));
}

/** What is held and no longer to be held is told now, as if it were raised now. */
function release(turn: Turn): void {
  for (const [key, { change, ending }] of Object.entries(turn.state.active)) {
    if (!change.held || holds(turn.state.maintenance, change.alarm.managedObjectId)) continue;
    // It is well, and only waits to see whether it stays so: nobody needs to hear of it any more.
    if (ending !== null) clearDamped(turn, key, ending, ending.cause);
    else turn.change(key, {}, { kind: 'raised', held: false });
  }
}
