/** Which group and which leg a drill is about, and what it is called. */
import { randomBytes } from 'node:crypto';
import type { Status } from '../control/protocol.ts';
import type { DrillGroup, DrillLeg } from '../drills/groups.ts';
import { type ChosenLeg, legInUse } from '../drills/legs.ts';
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
      : 'there is no path group here: no multipath route, nexthop group, bond or team with two legs',
  );
}

/** The leg that was named, or the one in use. Null: there is no such leg. */
export function findLeg(
  group: DrillGroup,
  wanted: string | undefined,
  status: Status,
): ChosenLeg | null {
  if (wanted === undefined) return legInUse(group, status.flows);
  const leg = group.legs.find(l => l.ifname === wanted);
  return leg ? { leg, guessed: false } : null;
}

/** @throws CliError (usage) naming the legs that there are */
export function chooseLeg(group: DrillGroup, wanted: string | undefined, status: Status): DrillLeg {
  const found = findLeg(group, wanted, status);
  if (found) return found.leg;
  const names = group.legs.map(l => clean(l.ifname)).join(', ');
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

/** `drill-20260301-140509-3fa2`: sorts by time, and does not repeat within a second. */
export const drillId = (now: Date): string =>
  `drill-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${randomBytes(2).toString('hex')}`;
