/** Which group and which leg a drill is about, and what it is called. */
import { randomBytes } from 'node:crypto';
import type { Status } from '../control/protocol.ts';
import type { DrillGroup, DrillLeg } from '../drills/groups.ts';
import type { Flow } from '../types.ts';
import { CliError, EXIT } from './exit.ts';
import { clean } from './terminal.ts';

/** @throws CliError (usage) naming the groups that there are */
export function chooseGroup(groups: DrillGroup[], wanted: string | undefined): DrillGroup {
  const names = groups.map(g => clean(g.id)).join(', ');
  if (wanted !== undefined) {
    const found = groups.find(g => g.id === wanted);
    if (found) return found;
    throw new CliError(
      EXIT.usage,
      `--group: the kernel has no path group '${clean(wanted)}'; ${names ? `it has ${names}` : 'it has none at all'}`,
    );
  }
  const [only, another] = groups;
  if (only && !another) return only;
  throw new CliError(
    EXIT.usage,
    only
      ? `there are several path groups: name one with --group: ${names}`
      : 'there is no path group here: no multipath route, nexthop group or bond with two legs',
  );
}

/**
 * The leg that was named, or the one by which most of the group's storage flows leave, those that this host opened
 * before those that it serves: the agent's own choice (main/readiness.ts).
 *
 * @throws CliError (usage) naming the legs that there are
 */
export function chooseLeg(group: DrillGroup, wanted: string | undefined, status: Status): DrillLeg {
  const names = group.legs.map(l => clean(l.ifname)).join(', ');
  const found = group.legs.find(l => l.ifname === (wanted ?? carryingLeg(group, status.flows)));
  if (found) return found;
  if (wanted !== undefined)
    throw new CliError(
      EXIT.usage,
      `--leg: ${clean(group.id)} has no leg '${clean(wanted)}'; it has ${names}`,
    );
  throw new CliError(
    EXIT.usage,
    `no storage flow is seen on ${clean(group.id)}, so there is no leg to choose`,
    `Name one with --leg: ${names}`,
  );
}

function carryingLeg(group: DrillGroup, all: Flow[]): string | null {
  const flows = all.filter(f => f.group === group.id);
  const clients = flows.filter(f => f.role === 'client');
  const counts = new Map<string, number>();
  for (const { leg_out } of clients.length > 0 ? clients : flows)
    if (leg_out !== null) counts.set(leg_out, (counts.get(leg_out) ?? 0) + 1);
  const [most] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return most?.[0] ?? null;
}

/** `drill-20260301-140509-3fa2`: sorts by time, and does not repeat within a second. */
export const drillId = (now: Date): string =>
  `drill-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${randomBytes(2).toString('hex')}`;
