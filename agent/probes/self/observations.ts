/** Observations that main.ts makes of what comes from the right, or from itself, to re-enter on the left. */
import type { HelperEntry } from '../../topology/state.ts';
import type { FailoverRecord, Observation, Us } from '../../types.ts';

type Self = Extract<Observation, { probe: 'self' }>;
type SelfOf<A extends Self['aspect']> = Extract<Self, { aspect: A }>;

export function helperConnected(
  t: Us,
  of: Pick<HelperEntry, 'strategy' | 'nudge' | 'boot_id' | 'wall_offset_us'>,
): SelfOf<'helper'> {
  return helper(t, 'connected', of);
}

/** The connection broke. Also feed framesOfLoss() through the topology: nothing is known from here on. */
export function helperLost(
  t: Us,
  of: Pick<HelperEntry, 'strategy' | 'nudge' | 'boot_id' | 'wall_offset_us'>,
): SelfOf<'helper'> {
  return helper(t, 'lost', of);
}

function helper(
  t: Us,
  value: 'connected' | 'lost',
  of: Pick<HelperEntry, 'strategy' | 'nudge' | 'boot_id' | 'wall_offset_us'>,
): SelfOf<'helper'> {
  const { strategy, nudge, boot_id, wall_offset_us } = of;
  const what = { strategy, nudge, boot_id, wall_offset_us };
  return { probe: 'self', aspect: 'helper', subject: 'host', value, t, ...what };
}

/** `source`: a helper source, or `frames` for frames that fail their schema. */
export function sight(
  t: Us,
  source: string,
  value: SelfOf<'sight'>['value'],
  reason: string,
): SelfOf<'sight'> {
  return { probe: 'self', aspect: 'sight', subject: `source/${source}`, value, t, reason };
}

export function spool(t: Us, value: SelfOf<'spool'>['value'], reason: string): SelfOf<'spool'> {
  return { probe: 'self', aspect: 'spool', subject: 'host', value, t, reason };
}

export function delivery(
  t: Us,
  adapter: string,
  value: SelfOf<'delivery'>['value'],
  reason: string,
): SelfOf<'delivery'> {
  return { probe: 'self', aspect: 'delivery', subject: `adapter/${adapter}`, value, t, reason };
}

export function escalation(
  t: Us,
  adapter: string,
  value: SelfOf<'escalation'>['value'],
  reason: string,
): SelfOf<'escalation'> {
  return { probe: 'self', aspect: 'escalation', subject: `adapter/${adapter}`, value, t, reason };
}

/** t: when the adapter's acknowledgement came. failover: id of the record that the alarm belongs to. */
export function told(
  t: Us,
  of: { alarm: string; adapter: string; primary: boolean; failover: string | null },
): SelfOf<'told'> {
  const { alarm, adapter, primary, failover } = of;
  const subject = `alarm/${alarm}` as const;
  return { probe: 'self', aspect: 'told', subject, value: 'told', t, adapter, primary, failover };
}

/** t: when the cut was made, or undone; for `ready` and `ended`, now. */
export function drill(
  t: Us,
  value: SelfOf<'drill'>['value'],
  of: Pick<SelfOf<'drill'>, 'kind' | 'group' | 'leg' | 'uncertainty_us' | 'budget_ms'> & {
    drill: string;
  },
): SelfOf<'drill'> {
  const { drill, kind, group, leg, uncertainty_us, budget_ms } = of;
  const what = { kind, group, leg, uncertainty_us, budget_ms };
  return { probe: 'self', aspect: 'drill', subject: `drill/${drill}`, value, t, ...what };
}

/** t: now. */
export function failover(t: Us, record: FailoverRecord): SelfOf<'failover'> {
  const value = record.state === 'open' ? 'open' : 'closed';
  const subject = `failover/${record.id}` as const;
  return { probe: 'self', aspect: 'failover', subject, value, t, record };
}
