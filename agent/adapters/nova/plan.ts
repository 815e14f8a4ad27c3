/** What is to be changed at a nova-compute service so that it is as the active alarms want it. Pure. */
import type { Reason } from './map.ts';
import type { NovaSettings } from './settings.ts';

/** As GET /os-services tells of it. */
export interface ComputeService {
  id: string;
  forced_down: boolean;
  status: 'enabled' | 'disabled';
  disabled_reason: string | null;
}

/** Body of a PUT. */
export interface Change {
  forced_down?: boolean;
  status?: 'enabled' | 'disabled';
  disabled_reason?: string;
}

/** What the adapter must know of itself to undo nothing but its own. */
export interface Mark {
  /** It was the adapter that has forced the service down. */
  ours: boolean;
  /** Ids of the alarms for which that was done: one of them that goes on is no reason to do it again. */
  alarms: string[];
}

export interface Situation {
  service: ComputeService;
  /** Alarms that are active now and mean that the host cannot serve. */
  reasons: readonly Reason[];
  mark: Mark;
  /** The host has been fenced, or that is not asked for. */
  fenced: boolean;
}

export interface Plan {
  /** Null: nothing is to be done. */
  change: Change | null;
  /** Holds once the change is made. */
  mark: Mark;
  /** The host is to be forced down, but not without a proof of fencing. */
  waits: boolean;
}

/** Begins a disabled_reason that is ours. */
const OURS = 'pathwarden: ';
/** Nova's column is that long. */
const REASON_MAX = 255;

type Policy = Pick<NovaSettings, 'force_down' | 'disable'>;

export function plan(now: Situation, policy: Policy): Plan {
  return now.reasons.length > 0 ? planDown(now, policy) : planUp(now);
}

/** Does the plan depend on a proof? */
export function needsProof({ service, reasons, mark }: Omit<Situation, 'fenced'>, policy: Policy) {
  return (
    policy.force_down === 'fenced' &&
    !service.forced_down &&
    reasons.some(({ id }) => !mark.alarms.includes(id))
  );
}

function planDown({ service, reasons, mark, fenced }: Situation, policy: Policy): Plan {
  const alarms = reasons.map(({ id }) => id);
  const added = reasons.filter(({ id }) => !mark.alarms.includes(id));
  const change: Change = {};
  let waits = false;
  if (added.length > 0) {
    const force = policy.force_down !== 'never' && !service.forced_down;
    if (force && fenced) change.forced_down = true;
    waits = force && !fenced;
    // Disabled by somebody else, it has their reason: it stays.
    if (policy.disable && service.status === 'enabled') {
      change.status = 'disabled';
      change.disabled_reason = disabledReason(added);
    }
  }
  const ours = mark.ours || change.forced_down === true;
  // While it waits, the alarms that came are still to be done.
  return { change: orNull(change), mark: waits ? mark : { ours, alarms }, waits };
}

function planUp({ service, mark }: Situation): Plan {
  const change: Change = {};
  if (mark.ours && service.forced_down) change.forced_down = false;
  if (service.status === 'disabled' && service.disabled_reason?.startsWith(OURS))
    change.status = 'enabled';
  return { change: orNull(change), mark: { ours: false, alarms: [] }, waits: false };
}

const orNull = (change: Change): Change | null => (Object.keys(change).length > 0 ? change : null);

const disabledReason = (reasons: readonly Reason[]): string =>
  `${OURS}${reasons.map(({ text }) => text).join(', ')}`.slice(0, REASON_MAX);
